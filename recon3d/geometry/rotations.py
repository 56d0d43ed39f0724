"""Rotations as unit quaternions (w, x, y, z) and as matrices."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def rotation_from_quaternion(quaternion: Float[Tensor, "... 4"]) -> Float[Tensor, "... 3 3"]:
    """Rotation matrix of a quaternion (w, x, y, z), which need not be normalised; zero gives NaN."""
    w, x, y, z = torch.unbind(quaternion / quaternion.norm(dim=-1, keepdim=True), -1)
    rows = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ]  # fmt: skip
    return torch.stack(rows, -1).unflatten(-1, (3, 3))


def quaternion_from_rotation(rotation: Float[Tensor, "... 3 3"]) -> Float[Tensor, "... 4"]:
    """Unit quaternion (w, x, y, z) with w >= 0 of a rotation matrix.

    Of the four algebraically equal forms the one with the largest divisor is taken, so no rotation is ill-conditioned.
    """
    m = rotation
    trace_terms = torch.stack(
        [
            1 + m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2],
            1 + m[..., 0, 0] - m[..., 1, 1] - m[..., 2, 2],
            1 - m[..., 0, 0] + m[..., 1, 1] - m[..., 2, 2],
            1 - m[..., 0, 0] - m[..., 1, 1] + m[..., 2, 2],
        ],
        -1,
    )
    wx, wy, wz = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    xy, xz, yz = m[..., 0, 1] + m[..., 1, 0], m[..., 0, 2] + m[..., 2, 0], m[..., 1, 2] + m[..., 2, 1]
    ww, xx, yy, zz = trace_terms.unbind(-1)
    candidates = torch.stack(
        [
            torch.stack([ww, wx, wy, wz], -1),
            torch.stack([wx, xx, xy, xz], -1),
            torch.stack([wy, xy, yy, yz], -1),
            torch.stack([wz, xz, yz, zz], -1),
        ],
        -2,
    )
    best = trace_terms.argmax(-1)[..., None, None].expand(*trace_terms.shape[:-1], 1, 4)
    quaternion = torch.gather(candidates, -2, best).squeeze(-2)
    quaternion = quaternion / quaternion.norm(dim=-1, keepdim=True)
    return torch.where(quaternion[..., :1] < 0, -quaternion, quaternion)


def multiply_quaternions(left: Float[Tensor, "... 4"], right: Float[Tensor, "... 4"]) -> Float[Tensor, "... 4"]:
    """Hamilton product: the rotation `right` followed by the rotation `left`."""
    aw, ax, ay, az = left.unbind(-1)
    bw, bx, by, bz = right.unbind(-1)
    return torch.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        -1,
    )


def rotation_between(a: Float[Tensor, "3"], b: Float[Tensor, "3"]) -> Float[Tensor, "3 3"]:
    """The least rotation that takes the unit vector a to the unit vector b. For opposite ones, which any half turn does
    that for, it is the one of three.js' `Quaternion.setFromUnitVectors`, so that the viewer turns the same way."""
    cosine = float(a @ b)
    if cosine < -1 + 1e-6:
        x, y, z = a.tolist()
        axis = torch.nn.functional.normalize(torch.tensor([-y, x, 0] if abs(x) > abs(z) else [0, -z, y]).to(a), dim=0)
        return 2 * torch.outer(axis, axis) - torch.eye(3).to(a)
    across = torch.linalg.cross(a, b)
    skew = torch.linalg.cross(across.expand(3, 3), torch.eye(3).to(a)).mT
    return torch.eye(3).to(a) + skew + skew @ skew / (1 + cosine)
