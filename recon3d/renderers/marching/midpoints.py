"""EG3D's rule (Chan et al. 2022, its published code), which OpenLRM uses: samples spread over the chord, as many again
where the first ones saw something, and between neighbours the mean of what they saw."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.renderers.marching.importance import Draws, drawn, smoothed
from recon3d.renderers.marching.rays import Marched, Rays, composited, weights_of
from recon3d.representations.triplane import Triplane

NO_DENSITY = -1e30
"""What stands for the decoder's output where there is nothing."""


def midpoint_march(field: Triplane, rays: Rays, draws: Draws) -> Marched:
    """What rays see with samples at the given draws."""
    count = draws.coarse.shape[1]
    steps = torch.arange(count, dtype=rays.near.dtype, device=rays.near.device)
    distances = rays.near[:, None] + (steps + draws.coarse) * ((rays.far - rays.near) / (count - 1))[:, None]
    raw = _raw_along(field, rays, distances)
    if draws.fine.shape[1]:
        optical, _, middles = _between(field, raw, distances)
        extra = drawn(smoothed(weights_of(optical).detach())[:, 1:-1], middles, draws.fine)
        raw = torch.cat([raw, _raw_along(field, rays, extra)], 1)
        distances, order = torch.cat([distances, extra], 1).sort(dim=1)
        raw = raw.gather(1, order[..., None].expand(-1, -1, raw.shape[-1]))
    return composited(*_between(field, raw, distances))


def _raw_along(field: Triplane, rays: Rays, distances: Float[Tensor, "n s"]) -> Float[Tensor, "n s 4"]:
    """Density before it means anything, and colour; outside the box there is nothing."""
    points = rays.points(distances)
    raw = field.raw(points.flatten(0, 1)).unflatten(0, distances.shape)
    inside = (points.abs() <= field.half_size).all(-1, keepdim=True)
    nothing = raw.new_tensor([NO_DENSITY, 0.0, 0.0, 0.0])
    return torch.where(inside, torch.cat([raw[..., :1], field.decoder.colour(raw[..., 1:])], -1), nothing)


def _between(field: Triplane, raw: Tensor, distances: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Optical depth, colour and distance of the stretches between neighbouring samples."""
    middle, middles = (raw[:, :-1] + raw[:, 1:]) / 2, (distances[:, :-1] + distances[:, 1:]) / 2
    return field.decoder.density(middle[..., 0]) * distances.diff(dim=1), middle[..., 1:], middles
