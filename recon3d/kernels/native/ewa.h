// EWA projection of LANES Gaussians at once (Zwicker et al. 2002), shared by the forward and the backward pass.
// Row vectors and small matrices of `Floats`; the loops below are unrolled by the compiler.
#pragma once
#include "splat.h"

struct Vector3 {
    Floats v[3];
    Floats& operator[](int i) { return v[i]; }
    const Floats& operator[](int i) const { return v[i]; }
};
struct Matrix3 {
    Vector3 row[3];
    Vector3& operator[](int i) { return row[i]; }
    const Vector3& operator[](int i) const { return row[i]; }
};
struct Matrix23 {
    Vector3 row[2];
    Vector3& operator[](int i) { return row[i]; }
    const Vector3& operator[](int i) const { return row[i]; }
};

INLINE Floats dot(const Vector3& a, const Vector3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

// Lane i of the result is column `column` of row first + i of an array with `columns` columns; rows past the end
// repeat the last one.
INLINE Floats gather(const float* array, int columns, int column, int first, int count) {
    Floats result;
    for (int i = 0; i < LANES; i++) {
        const size_t row = first + (i < count ? i : count - 1);
        result[i] = array[row * columns + column];
    }
    return result;
}

INLINE Matrix3 rotation_of(Floats w, Floats x, Floats y, Floats z) {  // of a unit quaternion
    Matrix3 r;
    r[0] = {1.f - 2.f * (y * y + z * z), 2.f * (x * y - w * z), 2.f * (x * z + w * y)};
    r[1] = {2.f * (x * y + w * z), 1.f - 2.f * (x * x + z * z), 2.f * (y * z - w * x)};
    r[2] = {2.f * (x * z - w * y), 2.f * (y * z + w * x), 1.f - 2.f * (x * x + y * y)};
    return r;
}

struct Ewa {
    Vector3 mean, scale, local;       // world mean, standard deviations, mean in the camera frame
    Floats quaternion[4];             // normalised
    Floats inverse_norm;              // of the quaternion as given
    Floats inverse_z, slope_x, slope_y;
    Ints slope_x_free, slope_y_free;  // where the slope is not clamped
    Matrix3 rotation;                 // gaussian axes in the world
    Matrix23 screen;                  // J W: pixels per world unit
    Matrix23 axes;                    // J W R: the Gaussian's axes on the screen, per unit of scale
    Matrix23 spread;                  // axes scaled: covariance = spread spread^T + low-pass
    Floats xx, xy, yy;                // blurred covariance
    Floats determinant, sharp_determinant;  // with and without the low-pass
    Floats mean_x, mean_y;            // pixels

    Ewa(const Gaussians& g, const Camera& camera, int first, int count) {
        for (int k = 0; k < 3; k++) mean[k] = gather(g.means, 3, k, first, count);
        for (int k = 0; k < 3; k++) scale[k] = gather(g.scales, 3, k, first, count);
        for (int k = 0; k < 4; k++) quaternion[k] = gather(g.quaternions, 4, k, first, count);
        place(camera);
        orient();
        flatten(camera);
    }

   private:
    void place(const Camera& camera) {
        const float* m = camera.camera_from_world;
        for (int k = 0; k < 3; k++)
            local[k] = m[4 * k] * mean[0] + m[4 * k + 1] * mean[1] + m[4 * k + 2] * mean[2] + m[4 * k + 3];
        // Those behind the camera are thrown away later; until then they must stay finite.
        inverse_z = 1.f / choose(local[2] > camera.near, local[2], broadcast(1.f));
        mean_x = camera.fx * local[0] * inverse_z + camera.cx;
        mean_y = camera.fy * local[1] * inverse_z + camera.cy;
        const float margin_x = SLOPE_MARGIN * 0.5f * camera.width / camera.fx;
        const float margin_y = SLOPE_MARGIN * 0.5f * camera.height / camera.fy;
        const Floats true_x = local[0] * inverse_z, true_y = local[1] * inverse_z;
        slope_x = clamp(true_x, broadcast(-camera.cx / camera.fx - margin_x),
                        broadcast((camera.width - camera.cx) / camera.fx + margin_x));
        slope_y = clamp(true_y, broadcast(-camera.cy / camera.fy - margin_y),
                        broadcast((camera.height - camera.cy) / camera.fy + margin_y));
        slope_x_free = slope_x == true_x;
        slope_y_free = slope_y == true_y;
    }

    void orient() {
        Floats squared = broadcast(0.f);
        for (int k = 0; k < 4; k++) squared += quaternion[k] * quaternion[k];
        inverse_norm = 1.f / square_root(squared);
        for (int k = 0; k < 4; k++) quaternion[k] *= inverse_norm;
        rotation = rotation_of(quaternion[0], quaternion[1], quaternion[2], quaternion[3]);
    }

    void flatten(const Camera& camera) {
        const float* m = camera.camera_from_world;
        const Floats jx = camera.fx * inverse_z, jxz = -camera.fx * slope_x * inverse_z;
        const Floats jy = camera.fy * inverse_z, jyz = -camera.fy * slope_y * inverse_z;
        for (int k = 0; k < 3; k++) {
            screen[0][k] = jx * m[k] + jxz * m[8 + k];
            screen[1][k] = jy * m[4 + k] + jyz * m[8 + k];
        }
        for (int i = 0; i < 2; i++)
            for (int k = 0; k < 3; k++) {
                axes[i][k] = screen[i][0] * rotation[0][k] + screen[i][1] * rotation[1][k] + screen[i][2] * rotation[2][k];
                spread[i][k] = axes[i][k] * scale[k];
            }
        xx = dot(spread[0], spread[0]), yy = dot(spread[1], spread[1]);
        xy = dot(spread[0], spread[1]);
        // |a|^2 |b|^2 - (a.b)^2 as a cross product: no cancellation for needles seen end on.
        const Vector3 &a = spread[0], &b = spread[1];
        const Vector3 normal = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
        sharp_determinant = dot(normal, normal);
        determinant = sharp_determinant + LOW_PASS * (xx + yy) + LOW_PASS * LOW_PASS;
        xx += LOW_PASS, yy += LOW_PASS;
    }
};

// The numbers u_x, u_y, v_y of `Projected`: factor factor^T = inverse covariance / (2 ln 2).
constexpr float LN_2 = 0.69314718f;
struct Factor {
    Floats u_x, u_y, v_y;
    explicit Factor(const Ewa& e)
        : u_x(square_root(e.yy / (2.f * LN_2 * e.determinant))),
          u_y(-u_x * e.xy / e.yy),
          v_y(square_root(1.f / (2.f * LN_2 * e.yy))) {}
};
