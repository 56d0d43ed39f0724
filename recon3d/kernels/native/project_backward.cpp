// Backward of the projection: a Gaussian's pair gradients, summed in a fixed order, to its parameters.
#include <algorithm>

#include "ewa.h"
#include "spherical_harmonics.h"
#include "threads.h"

namespace {

constexpr int CHUNK = 256;
constexpr int TERMS = 10;  // the used floats of a PairGradient

struct ScreenGradient {  // of LANES Gaussians, in the order of PairGradient
    Floats colour[3], exponent, u, v, u_u, u_v, v_v, depth;
};

// Sums the pairs of each Gaussian; false where none of them was visible.
bool collect(Workspace& w, int first, int count, ScreenGradient& total) {
    alignas(64) float sums[TERMS][LANES] = {};
    bool found = false;
    for (int lane = 0; lane < count; lane++) {
        const int i = first + lane;
        if (!w.depth_key[i]) continue;
        found = true;
        Floats4 parts[3] = {};
        for (uint32_t pair = w.pair_start[i]; pair < w.pair_start[i + 1]; pair++)
            for (int part = 0; part < 3; part++)
                parts[part] += reinterpret_cast<const UnalignedFloats4*>(&w.gradients[pair])[part];
        for (int term = 0; term < TERMS; term++) sums[term][lane] = parts[term / 4][term % 4];
    }
    std::memcpy(&total, sums, sizeof sums);
    return found;
}

struct GeometryGradient {
    Vector3 mean, scale;
    Floats quaternion[4], opacity;
    Floats mean_x, mean_y;
};

GeometryGradient geometry_backward(const Ewa& e, const Camera& camera, const ScreenGradient& g, Floats opacity) {
    GeometryGradient d;
    const Factor f(e);
    // ln alpha = ln opacity - ln 2 (u^2 + v^2), offsets = pixel - mean
    d.mean_x = 2.f * LN_2 * f.u_x * g.u;
    d.mean_y = 2.f * LN_2 * (f.u_y * g.u + f.v_y * g.v);
    d.opacity = g.exponent / opacity;
    // d covariance = K (sum d d^T) K / 2 with K the inverse covariance 2 ln 2 F F^T, so it is 2 (ln 2)^2 F M F^T with
    // the moments M of (u, v).
    const Floats left_u = f.u_y * g.u_u + f.v_y * g.u_v, left_v = f.u_y * g.u_v + f.v_y * g.v_v;  // second row of F M
    Floats d_xx = 2.f * LN_2 * LN_2 * f.u_x * f.u_x * g.u_u;
    Floats d_xy = 2.f * LN_2 * LN_2 * f.u_x * left_u;
    Floats d_yy = 2.f * LN_2 * LN_2 * (left_u * f.u_y + left_v * f.v_y);
    if (camera.antialiased) {  // opacity was dimmed by sqrt(sharp determinant / determinant), above its floor
        const Floats inverse = 1.f / e.determinant;
        const Ints dims = e.sharp_determinant * inverse > COMPENSATION_FLOOR_SQUARED;
        const Floats half = keep(dims, 0.5f * g.exponent), sharp = half / e.sharp_determinant;
        const Floats blurred = half * inverse;
        d_xx += keep(dims, (e.yy - LOW_PASS) * sharp) - e.yy * blurred;
        d_yy += keep(dims, (e.xx - LOW_PASS) * sharp) - e.xx * blurred;
        d_xy += keep(dims, -e.xy * sharp) + e.xy * blurred;
    }
    // covariance = spread spread^T, spread = axes diag(scale), axes = screen rotation
    Matrix23 d_axes;
    for (int k = 0; k < 3; k++) {
        const Floats d_spread_x = 2.f * (d_xx * e.spread[0][k] + d_xy * e.spread[1][k]);
        const Floats d_spread_y = 2.f * (d_xy * e.spread[0][k] + d_yy * e.spread[1][k]);
        d.scale[k] = d_spread_x * e.axes[0][k] + d_spread_y * e.axes[1][k];
        d_axes[0][k] = d_spread_x * e.scale[k];
        d_axes[1][k] = d_spread_y * e.scale[k];
    }
    Matrix3 d_rotation;
    Matrix23 d_screen;
    for (int k = 0; k < 3; k++) {
        for (int j = 0; j < 3; j++)
            d_rotation[k][j] = e.screen[0][k] * d_axes[0][j] + e.screen[1][k] * d_axes[1][j];
        for (int i = 0; i < 2; i++) d_screen[i][k] = dot(e.rotation[k], d_axes[i]);
    }

    // Rotation matrix to unit quaternion to quaternion.
    const Floats w = e.quaternion[0], x = e.quaternion[1], y = e.quaternion[2], z = e.quaternion[3];
    const Matrix3& r = d_rotation;
    Floats q[4];
    q[0] = 2.f * (x * (r[2][1] - r[1][2]) + y * (r[0][2] - r[2][0]) + z * (r[1][0] - r[0][1]));
    q[1] = 2.f * (w * (r[2][1] - r[1][2]) + y * (r[0][1] + r[1][0]) + z * (r[0][2] + r[2][0])) -
           4.f * x * (r[1][1] + r[2][2]);
    q[2] = 2.f * (w * (r[0][2] - r[2][0]) + x * (r[0][1] + r[1][0]) + z * (r[1][2] + r[2][1])) -
           4.f * y * (r[0][0] + r[2][2]);
    q[3] = 2.f * (w * (r[1][0] - r[0][1]) + x * (r[0][2] + r[2][0]) + y * (r[1][2] + r[2][1])) -
           4.f * z * (r[0][0] + r[1][1]);
    const Floats along = q[0] * w + q[1] * x + q[2] * y + q[3] * z;
    for (int k = 0; k < 4; k++) d.quaternion[k] = (q[k] - along * e.quaternion[k]) * e.inverse_norm;

    // screen = J W; J = [fx/z, 0, -fx sx/z; 0, fy/z, -fy sy/z] with the slopes sx, sy clamped
    const float* m = camera.camera_from_world;
    const auto through = [&](const Vector3& d_row, int axis) {
        return d_row[0] * m[4 * axis] + d_row[1] * m[4 * axis + 1] + d_row[2] * m[4 * axis + 2];
    };
    const Floats d_jx = through(d_screen[0], 0), d_jxz = through(d_screen[0], 2);
    const Floats d_jy = through(d_screen[1], 1), d_jyz = through(d_screen[1], 2);
    const Floats d_slope_x = keep(e.slope_x_free, -camera.fx * e.inverse_z * d_jxz);
    const Floats d_slope_y = keep(e.slope_y_free, -camera.fy * e.inverse_z * d_jyz);
    // The mean moves its pixel (fx x/z + cx) and the slope alike, both through x/z.
    const Floats d_ratio_x = d_slope_x + camera.fx * d.mean_x, d_ratio_y = d_slope_y + camera.fy * d.mean_y;
    const Floats d_inverse_z = camera.fx * (d_jx - e.slope_x * d_jxz) + camera.fy * (d_jy - e.slope_y * d_jyz) +
                               d_ratio_x * e.local[0] + d_ratio_y * e.local[1];
    const Vector3 d_local = {d_ratio_x * e.inverse_z, d_ratio_y * e.inverse_z,
                             g.depth - d_inverse_z * e.inverse_z * e.inverse_z};
    for (int k = 0; k < 3; k++) d.mean[k] = d_local[0] * m[k] + d_local[1] * m[4 + k] + d_local[2] * m[8 + k];
    return d;
}

// d colour to the coefficients of one Gaussian, and to the direction it is seen in.
template <int SH_COUNT>
INLINE void shade_backward(const float* coefficients, const float* basis, const float* const* derivative, int lane,
                           Floats4 d_colour, float* d_coefficients, float* d_direction) {
    Floats4 slopes[3] = {};
    for (int k = 0; k < SH_COUNT - 1; k++) {  // reads and writes one float past the triple: the next triple's
        const Floats4 coefficient = *reinterpret_cast<const UnalignedFloats4*>(coefficients + 3 * k);
        *reinterpret_cast<UnalignedFloats4*>(d_coefficients + 3 * k) = basis[k * LANES + lane] * d_colour;
        if (k > 0)
            for (int axis = 0; axis < 3; axis++) slopes[axis] += derivative[axis][k * LANES + lane] * coefficient;
    }
    constexpr int LAST = SH_COUNT - 1;
    const float* from = coefficients + 3 * LAST;
    const Floats4 coefficient = {from[0], from[1], from[2], 0.f};
    for (int c = 0; c < 3; c++) d_coefficients[3 * LAST + c] = basis[LAST * LANES + lane] * d_colour[c];
    if (LAST > 0)
        for (int axis = 0; axis < 3; axis++) slopes[axis] += derivative[axis][LAST * LANES + lane] * coefficient;
    for (int axis = 0; axis < 3; axis++) {
        const Floats4 weighted = slopes[axis] * d_colour;
        d_direction[axis] = weighted[0] + weighted[1] + weighted[2];
    }
}

void write_zeros(const Gaussians& g, const GaussianGradients& out, int first, int count) {
    std::memset(out.means + 3 * first, 0, sizeof(float) * 3 * count);
    std::memset(out.quaternions + 4 * first, 0, sizeof(float) * 4 * count);
    std::memset(out.scales + 3 * first, 0, sizeof(float) * 3 * count);
    std::memset(out.opacities + first, 0, sizeof(float) * count);
    std::memset(out.means2d + 2 * first, 0, sizeof(float) * 2 * count);
    const size_t row = 3 * static_cast<size_t>(g.sh_count);
    std::memset(out.sh + row * first, 0, sizeof(float) * row * count);
}

template <int SH_COUNT>
void backward_group(Workspace& w, const Gaussians& g, const Camera& camera, const GaussianGradients& out, int first) {
    const int count = std::min(LANES, g.count - first);
    ScreenGradient screen;
    if (!collect(w, first, count, screen)) return write_zeros(g, out, first, count);
    const Ewa e(g, camera, first, count);
    const GeometryGradient d = geometry_backward(e, camera, screen, gather(g.opacities, 1, 0, first, count));

    Vector3 direction;
    for (int k = 0; k < 3; k++) direction[k] = e.mean[k] - camera.centre[k];
    const Floats inverse_distance = 1.f / square_root(dot(direction, direction));
    for (int k = 0; k < 3; k++) direction[k] *= inverse_distance;
    Floats basis[SH_COUNT], slope_x[SH_COUNT], slope_y[SH_COUNT], slope_z[SH_COUNT];
    sh::basis<SH_COUNT>(direction[0], direction[1], direction[2], basis);
    sh::basis_derivative<SH_COUNT>(direction[0], direction[1], direction[2], slope_x, slope_y, slope_z);
    const float* const slopes[3] = {reinterpret_cast<const float*>(slope_x), reinterpret_cast<const float*>(slope_y),
                                    reinterpret_cast<const float*>(slope_z)};

    for (int lane = 0; lane < count; lane++) {
        const int i = first + lane;
        if (!w.depth_key[i]) {
            write_zeros(g, out, i, 1);
            continue;
        }
        Floats4 d_colour = {};
        for (int c = 0; c < 3; c++) d_colour[c] = w.projected[i].colour[c] > 0.f ? screen.colour[c][lane] : 0.f;
        const size_t row = 3 * SH_COUNT * static_cast<size_t>(i);
        float d_direction[3];
        shade_backward<SH_COUNT>(g.sh + row, reinterpret_cast<const float*>(basis), slopes, lane, d_colour, out.sh + row,
                                 d_direction);
        float along = 0;
        for (int k = 0; k < 3; k++) along += d_direction[k] * direction[k][lane];
        for (int k = 0; k < 3; k++) {
            const float turn = (d_direction[k] - along * direction[k][lane]) * inverse_distance[lane];
            out.means[3 * i + k] = d.mean[k][lane] + turn;
            out.scales[3 * i + k] = d.scale[k][lane];
        }
        for (int k = 0; k < 4; k++) out.quaternions[4 * i + k] = d.quaternion[k][lane];
        out.opacities[i] = d.opacity[lane];
        out.means2d[2 * i] = d.mean_x[lane];
        out.means2d[2 * i + 1] = d.mean_y[lane];
    }
}

template <int SH_COUNT>
void backward_all(Workspace& w, const Gaussians& g, const Camera& camera, const GaussianGradients& out) {
    threads::for_each_stretch(g.count, CHUNK, [&](int begin, int end) {
        for (int first = begin; first < end; first += LANES) backward_group<SH_COUNT>(w, g, camera, out, first);
    });
}

}  // namespace

void project_backward(Workspace& w, const Gaussians& g, const Camera& camera, const GaussianGradients& out) {
    switch (g.sh_count) {
        case 1: return backward_all<1>(w, g, camera, out);
        case 4: return backward_all<4>(w, g, camera, out);
        case 9: return backward_all<9>(w, g, camera, out);
        default: return backward_all<16>(w, g, camera, out);
    }
}
