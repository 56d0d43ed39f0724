"""4x4 transforms named `a_from_b`: rigid ones move cameras, similarities change the world they live in."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.geometry.precision import in_full


@in_full()
def invert_rigid(a_from_b: Float[Tensor, "... 4 4"]) -> Float[Tensor, "... 4 4"]:
    """Inverse of a rotation plus translation, exact in the rotation (no matrix solve)."""
    rotation, translation = a_from_b[..., :3, :3], a_from_b[..., :3, 3:]
    inverse = torch.zeros_like(a_from_b)
    inverse[..., :3, :3] = rotation.mT
    inverse[..., :3, 3:] = -rotation.mT @ translation
    inverse[..., 3, 3] = 1
    return inverse


def transform_points(a_from_b: Float[Tensor, "4 4"], points: Float[Tensor, "... 3"]) -> Float[Tensor, "... 3"]:
    """Points of frame b expressed in frame a."""
    return points @ a_from_b[:3, :3].mT + a_from_b[:3, 3]


def scale_of(similarity: Float[Tensor, "4 4"]) -> float:
    """The uniform scale of a similarity transform."""
    return float(torch.linalg.det(similarity[:3, :3].double()).abs() ** (1 / 3))


def similarity(scale: float, translation: Float[Tensor, "3"]) -> Float[Tensor, "4 4"]:
    """The transform x -> scale * x + translation."""
    matrix = torch.eye(4, dtype=translation.dtype)
    matrix[:3, :3] *= scale
    matrix[:3, 3] = translation
    return matrix


def world_from_input_of(world_from_camera: Float[Tensor, "v 4 4"]) -> Float[Tensor, "4 4"]:
    """The similarity that puts the mean camera centre at the origin and the farthest camera at distance 1.

    Learning rates and thresholds then mean the same in every scene (3DGS's "extent" is 1.1 by construction).
    There is no rotation in it, so spherical harmonics need none on the way back.
    """
    centres = world_from_camera[:, :3, 3].double()
    middle = centres.mean(0)
    spread = float((centres - middle).norm(dim=-1).max())
    scale = 1 / spread if spread > 0 else 1.0
    return similarity(scale, -scale * middle)


def looking_at(centre: Float[Tensor, "3"], target: Float[Tensor, "3"], up: Float[Tensor, "3"]) -> Float[Tensor, "4 4"]:
    """world_from_camera of a camera at `centre` that looks at `target` with `up` upwards in its picture."""
    forward = torch.nn.functional.normalize(target - centre, dim=0)
    right = torch.linalg.cross(forward, up)
    if right.norm() < 1e-9:  # looking straight up or down: any right will do
        right = torch.linalg.svd(forward[None]).Vh[1]
    right = torch.nn.functional.normalize(right, dim=0)
    matrix = torch.eye(4, dtype=centre.dtype)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = right, torch.linalg.cross(forward, right), forward
    matrix[:3, 3] = centre
    return matrix
