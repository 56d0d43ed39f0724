"""All of space drawn into a cube, and back (Barron et al. 2022, Mip-NeRF 360, equation 10, by the largest coordinate
instead of the norm)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def contracted(points: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3"]:
    """Points of the cube from -2 to 2: what lies in that from -1 to 1 stays where it is."""
    size = points.abs().amax(-1, keepdim=True)
    far = size > 1
    scale = torch.where(far, (2 - 1 / torch.where(far, size, 1)) / torch.where(far, size, 1), 1)
    return points * scale


def spread_out(points: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3"]:
    """The inverse of `contracted`."""
    size = points.abs().amax(-1, keepdim=True)
    return torch.where(size > 1, points / (size * (2 - size)).clamp_min(1e-6), points)
