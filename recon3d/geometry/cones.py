"""Cones around rays, cut into frustums, and each frustum as a Gaussian (mip-NeRF, Barron et al. 2021)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

RADIUS_OF_PIXEL = 2 / 12**0.5
"""Radius of the disc that has the variance of a square pixel along either axis, in its sides (section 3.1)."""


def frustums(
    origins: Float[Tensor, "n 3"],
    directions: Float[Tensor, "n 3"],
    radii: Float[Tensor, " n"],
    edges: Float[Tensor, "n e"],
) -> tuple[Float[Tensor, "n s 3"], Float[Tensor, "n s 3"]]:
    """Means and variances along the axes of the world of the frustums between neighbouring edges, which count in
    lengths of the directions; `radii` are those of the cones where the edges count 1 (equations 7, 8 and 16)."""
    middle, half = (edges[:, :-1] + edges[:, 1:]) / 2, edges.diff(dim=1) / 2
    whole = (3 * middle**2 + half**2).clamp_min(torch.finfo(edges.dtype).tiny)
    distance = middle + 2 * middle * half**2 / whole
    along = half**2 / 3 - 4 / 15 * half**4 * (12 * middle**2 - half**2) / whole**2
    across = radii[:, None] ** 2 * (middle**2 / 4 + 5 / 12 * half**2 - 4 / 15 * half**4 / whole)
    means = origins[:, None] + distance[..., None] * directions[:, None]
    squares = directions**2
    sideways = 1 - squares / squares.sum(-1, keepdim=True).clamp_min(torch.finfo(edges.dtype).tiny)
    return means, along[..., None] * squares[:, None] + across[..., None] * sideways[:, None]


def encoded_gaussians(
    means: Float[Tensor, "n 3"], variances: Float[Tensor, "n 3"], octaves: int
) -> Float[Tensor, "n e"]:
    """Expected sines and cosines of 2^k times a Gaussian's places, octave by octave (equations 11 to 14)."""
    scales = 2.0 ** torch.arange(octaves, dtype=means.dtype, device=means.device)[:, None]
    phases = (means[:, None] * scales).flatten(1)
    fading = torch.exp(-0.5 * variances[:, None] * scales**2).flatten(1)
    return torch.cat([fading * torch.sin(phases), fading * torch.cos(phases)], 1)
