"""Real spherical harmonics to degree 3, in the order and sign that 3D Gaussian Splatting uses.

Kerbl et al., "3D Gaussian Splatting for Real-Time Radiance Field Rendering" (2023), section 4; the constants are the
normalisation factors of the real basis, e.g. Y_00 = 1 / (2 sqrt(pi)).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

Y0 = 0.28209479177387814
Y1 = 0.4886025119029199
Y2 = (1.0925484305920792, -1.0925484305920792, 0.31539156525252005, -1.0925484305920792, 0.5462742152960396)
Y3 = (
    -0.5900435899266435,
    2.890611442640554,
    -0.4570457994644658,
    0.3731763325901154,
    -0.4570457994644658,
    1.445305721320277,
    -0.5900435899266435,
)


def degree_of(coefficients: int) -> int:
    """SH degree with that many coefficients: 1, 4, 9, 16 -> 0, 1, 2, 3.

    Raises ValueError for any other count.
    """
    counts = {1: 0, 4: 1, 9: 2, 16: 3}
    if coefficients not in counts:
        raise ValueError(f"{coefficients} spherical harmonics coefficients: expected 1, 4, 9 or 16")
    return counts[coefficients]


def sh_basis(directions: Float[Tensor, "... 3"], degree: int) -> Float[Tensor, "... k"]:
    """The (degree + 1)^2 basis values at unit directions."""
    x, y, z = directions.unbind(-1)
    values = [torch.full_like(x, Y0)]
    if degree >= 1:
        values += [-Y1 * y, Y1 * z, -Y1 * x]
    if degree >= 2:
        xx, yy, zz = x * x, y * y, z * z
        values += [
            Y2[0] * x * y,
            Y2[1] * y * z,
            Y2[2] * (2 * zz - xx - yy),
            Y2[3] * x * z,
            Y2[4] * (xx - yy),
        ]
    if degree >= 3:
        values += [
            Y3[0] * y * (3 * xx - yy),
            Y3[1] * x * y * z,
            Y3[2] * y * (4 * zz - xx - yy),
            Y3[3] * z * (2 * zz - 3 * xx - 3 * yy),
            Y3[4] * x * (4 * zz - xx - yy),
            Y3[5] * z * (xx - yy),
            Y3[6] * x * (xx - 3 * yy),
        ]
    return torch.stack(values, -1)


def dc_from_colour(colour: Float[Tensor, "... 3"]) -> Float[Tensor, "... 3"]:
    """The degree-0 coefficient that shows `colour` from every side (3DGS shows 0.5 + Y0 * dc)."""
    return (colour - 0.5) / Y0
