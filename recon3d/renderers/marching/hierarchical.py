"""NeRF's rule (Mildenhall et al. 2020, section 5.2): a coarse field is asked at stratified samples, a fine one there
and at more of them where the coarse one saw something."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.renderers.marching.importance import Draws, drawn
from recon3d.renderers.marching.rays import Marched, Rays, composited, stratified, weights_of
from recon3d.representations.nerf import CoarseAndFine
from recon3d.types import RadianceField

BEYOND = 1e10
"""What stretch the last sample of a ray stands for."""


def hierarchical_march(field: CoarseAndFine, rays: Rays, draws: Draws) -> tuple[Marched, Marched]:
    """What the fine and the coarse field show, with samples at the given draws."""
    distances = stratified(rays, draws.coarse)
    optical, colour = _along(field.coarse, rays, distances)
    coarse = composited(optical, colour, distances)
    middles = (distances[:, :-1] + distances[:, 1:]) / 2
    extra = drawn(weights_of(optical)[:, 1:-1].detach(), middles, draws.fine)
    distances = torch.cat([distances, extra], 1).sort(dim=1).values
    return composited(*_along(field.fine, rays, distances), distances), coarse


def _along(field: RadianceField, rays: Rays, distances: Float[Tensor, "n s"]) -> tuple[Tensor, Tensor]:
    """Optical depths and colours."""
    lengths = rays.directions.norm(dim=-1, keepdim=True)
    seen = (rays.directions / lengths)[:, None].expand(-1, distances.shape[1], -1)
    density, colour = field.query(rays.points(distances).flatten(0, 1), seen.flatten(0, 1))
    steps = torch.cat([distances.diff(dim=1), torch.full_like(distances[:, :1], BEYOND)], 1) * lengths
    return density.view_as(distances) * steps, colour.unflatten(0, distances.shape)
