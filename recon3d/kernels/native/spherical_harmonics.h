// Real spherical harmonics to degree 3 and their derivatives, for a vector of directions at once.
// Order, signs and constants as in recon3d/geometry/spherical_harmonics.py.
#pragma once
#include "lanes.h"

namespace sh {

constexpr float Y0 = 0.28209479177387814f, Y1 = 0.4886025119029199f;
constexpr float Y2[5] = {1.0925484305920792f, -1.0925484305920792f, 0.31539156525252005f, -1.0925484305920792f,
                         0.5462742152960396f};
constexpr float Y3[7] = {-0.5900435899266435f, 2.890611442640554f,   -0.4570457994644658f, 0.3731763325901154f,
                         -0.4570457994644658f, 1.445305721320277f,   -0.5900435899266435f};

// COUNT basis values at the unit directions (x, y, z).
template <int COUNT>
INLINE void basis(Floats x, Floats y, Floats z, Floats* b) {
    b[0] = broadcast(Y0);
    if (COUNT > 1) {
        b[1] = -Y1 * y;
        b[2] = Y1 * z;
        b[3] = -Y1 * x;
    }
    if (COUNT > 4) {
        const Floats xx = x * x, yy = y * y, zz = z * z;
        b[4] = Y2[0] * x * y;
        b[5] = Y2[1] * y * z;
        b[6] = Y2[2] * (2.f * zz - xx - yy);
        b[7] = Y2[3] * x * z;
        b[8] = Y2[4] * (xx - yy);
        if (COUNT > 9) {
            b[9] = Y3[0] * y * (3.f * xx - yy);
            b[10] = Y3[1] * x * y * z;
            b[11] = Y3[2] * y * (4.f * zz - xx - yy);
            b[12] = Y3[3] * z * (2.f * zz - 3.f * xx - 3.f * yy);
            b[13] = Y3[4] * x * (4.f * zz - xx - yy);
            b[14] = Y3[5] * z * (xx - yy);
            b[15] = Y3[6] * x * (xx - 3.f * yy);
        }
    }
}

// d basis / d x, y, z; entry 0 (a constant) is left out of the loops that use these.
template <int COUNT>
INLINE void basis_derivative(Floats x, Floats y, Floats z, Floats* dx, Floats* dy, Floats* dz) {
    const Floats none{};
    if (COUNT > 1) {
        dx[1] = none, dy[1] = none - Y1, dz[1] = none;
        dx[2] = none, dy[2] = none, dz[2] = none + Y1;
        dx[3] = none - Y1, dy[3] = none, dz[3] = none;
    }
    if (COUNT > 4) {
        dx[4] = Y2[0] * y, dy[4] = Y2[0] * x, dz[4] = none;
        dx[5] = none, dy[5] = Y2[1] * z, dz[5] = Y2[1] * y;
        dx[6] = -2.f * Y2[2] * x, dy[6] = -2.f * Y2[2] * y, dz[6] = 4.f * Y2[2] * z;
        dx[7] = Y2[3] * z, dy[7] = none, dz[7] = Y2[3] * x;
        dx[8] = 2.f * Y2[4] * x, dy[8] = -2.f * Y2[4] * y, dz[8] = none;
    }
    if (COUNT > 9) {
        const Floats xx = x * x, yy = y * y, zz = z * z, xy = x * y, yz = y * z, xz = x * z;
        dx[9] = Y3[0] * 6.f * xy, dy[9] = Y3[0] * 3.f * (xx - yy), dz[9] = none;
        dx[10] = Y3[1] * yz, dy[10] = Y3[1] * xz, dz[10] = Y3[1] * xy;
        dx[11] = Y3[2] * -2.f * xy, dy[11] = Y3[2] * (4.f * zz - xx - 3.f * yy), dz[11] = Y3[2] * 8.f * yz;
        dx[12] = Y3[3] * -6.f * xz, dy[12] = Y3[3] * -6.f * yz, dz[12] = Y3[3] * (6.f * zz - 3.f * xx - 3.f * yy);
        dx[13] = Y3[4] * (4.f * zz - 3.f * xx - yy), dy[13] = Y3[4] * -2.f * xy, dz[13] = Y3[4] * 8.f * xz;
        dx[14] = Y3[5] * 2.f * xz, dy[14] = Y3[5] * -2.f * yz, dz[14] = Y3[5] * (xx - yy);
        dx[15] = Y3[6] * 3.f * (xx - yy), dy[15] = Y3[6] * -6.f * xy, dz[15] = none;
    }
}

}  // namespace sh
