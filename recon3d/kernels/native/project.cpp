// Forward: Gaussians to their footprints on the image plane, with the colour they show to this camera.
#include <algorithm>
#include <cmath>

#include "ewa.h"
#include "spherical_harmonics.h"
#include "threads.h"

namespace {

constexpr int CHUNK = 256;  // Gaussians per item of parallel work

// The least and the greatest tile index that an interval of pixels meets, cut to [0, tiles).
INLINE void tile_range(float middle, float reach, int tiles, int16_t* begin, int16_t* end) {
    const float last = static_cast<float>(tiles);
    *begin = static_cast<int16_t>(std::clamp(std::floor((middle - reach) * (1.f / TILE)), 0.f, last));
    *end = static_cast<int16_t>(std::clamp(std::floor((middle + reach) * (1.f / TILE)) + 1, 0.f, last));
}

template <int SH_COUNT>
INLINE void shade(const float* coefficients, const float* basis, int lane, float* colour) {
    Floats4 sum = {0.5f, 0.5f, 0.5f, 0.f};
    for (int k = 0; k < SH_COUNT - 1; k++)  // reads one float past the triple, which is the next triple's
        sum += basis[k * LANES + lane] * *reinterpret_cast<const UnalignedFloats4*>(coefficients + 3 * k);
    const float* last = coefficients + 3 * (SH_COUNT - 1);
    for (int c = 0; c < 3; c++) colour[c] = std::max(0.f, sum[c] + basis[(SH_COUNT - 1) * LANES + lane] * last[c]);
}

template <int SH_COUNT>
void project_group(Workspace& w, const Gaussians& g, const Camera& camera, int first) {
    const int count = std::min(LANES, g.count - first);
    const Ewa e(g, camera, first, count);
    const Factor factor(e);
    Floats opacity = gather(g.opacities, 1, 0, first, count);
    if (camera.antialiased)
        opacity *= square_root(maximum(e.sharp_determinant / e.determinant, broadcast(COMPENSATION_FLOOR_SQUARED)));
    Vector3 direction;
    for (int k = 0; k < 3; k++) direction[k] = e.mean[k] - camera.centre[k];
    const Floats inverse_distance = 1.f / square_root(dot(direction, direction));
    Floats basis[SH_COUNT];
    sh::basis<SH_COUNT>(direction[0] * inverse_distance, direction[1] * inverse_distance,
                        direction[2] * inverse_distance, basis);

    for (int lane = 0; lane < count; lane++) {
        const int i = first + lane;
        w.depth_key[i] = 0;
        w.pair_count[i] = 0;
        // Written so that a NaN anywhere fails and the Gaussian is not shown.
        const float log2_opacity = std::log2(opacity[lane]);
        if (!(e.local[2][lane] > camera.near) || !(log2_opacity >= LOG2_ALPHA_MIN) || !(e.determinant[lane] > 0.f))
            continue;
        const float reach_squared = 2.f * LN_2 * (log2_opacity - LOG2_ALPHA_MIN);  // in variances
        const float reach_x = std::sqrt(reach_squared * e.xx[lane]), reach_y = std::sqrt(reach_squared * e.yy[lane]);
        if (!(reach_x < 1e9f && reach_y < 1e9f && std::abs(e.mean_x[lane]) < 1e9f && std::abs(e.mean_y[lane]) < 1e9f))
            continue;
        Projected& p = w.projected[i];
        tile_range(e.mean_x[lane], reach_x, w.tiles_across, &p.tile_left, &p.tile_right);
        tile_range(e.mean_y[lane], reach_y, w.tiles_down, &p.tile_top, &p.tile_bottom);
        if (p.tile_right <= p.tile_left || p.tile_bottom <= p.tile_top) continue;
        p.x = e.mean_x[lane];
        p.y = e.mean_y[lane];
        p.u_x = factor.u_x[lane];
        p.u_y = factor.u_y[lane];
        p.v_y = factor.v_y[lane];
        p.log2_opacity = log2_opacity;
        p.inverse_u_x = 1.f / p.u_x;
        p.extreme_y = e.xy[lane] / e.xx[lane] * reach_x;
        p.depth = e.local[2][lane];
        shade<SH_COUNT>(g.sh + 3 * SH_COUNT * static_cast<size_t>(i), reinterpret_cast<const float*>(basis), lane, p.colour);
        std::memcpy(&w.depth_key[i], &p.depth, 4);  // positive floats sort like their bits
        w.pair_count[i] = (p.tile_right - p.tile_left) * (p.tile_bottom - p.tile_top);
    }
}

template <int SH_COUNT>
void project_all(Workspace& w, const Gaussians& g, const Camera& camera) {
    threads::for_each_stretch(g.count, CHUNK, [&](int begin, int end) {
        for (int first = begin; first < end; first += LANES) project_group<SH_COUNT>(w, g, camera, first);
    });
}

}  // namespace

void project(Workspace& w, const Gaussians& g, const Camera& camera) {
    w.tiles_across = (camera.width + TILE - 1) / TILE;
    w.tiles_down = (camera.height + TILE - 1) / TILE;
    w.projected.reserve(g.count);
    w.depth_key.reserve(g.count);
    w.pair_count.reserve(g.count);
    switch (g.sh_count) {
        case 1: return project_all<1>(w, g, camera);
        case 4: return project_all<4>(w, g, camera);
        case 9: return project_all<9>(w, g, camera);
        default: return project_all<16>(w, g, camera);
    }
}
