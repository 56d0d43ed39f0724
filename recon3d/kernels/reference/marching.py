"""Where rays are sampled, and what they see of their samples."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from recon3d.geometry.contraction import contracted
from recon3d.kernels.interface import Cells, RayBundle, RaySamples

OPAQUE = 1e4
"""Optical depth that lets nothing through: more of it is as much, so that sums stay finite."""


def ray_samples(rays: RayBundle, edges: Float[Tensor, " e"], cells: Cells) -> RaySamples:
    """One sample in every step of every ray that begins before the ray's end, if its cell is occupied (Müller et al.
    2022, Instant-NGP, section 5.4). Steps lie between `edges`, which count from where the ray begins."""
    lengths = edges.diff()
    distances = rays.near[:, None] + (edges[:-1] + rays.offsets[:, None] * lengths)
    wanted = distances < rays.far[:, None]
    points = rays.origins[:, None] + distances[..., None] * rays.directions[:, None]
    wanted &= occupied(points, cells)
    starts = torch.cat([torch.zeros_like(wanted[:1, 0], dtype=torch.int64), wanted.sum(1).cumsum(0)])
    return RaySamples(starts, distances[wanted], lengths.expand_as(distances)[wanted])


def occupied(points: Float[Tensor, "*n 3"], cells: Cells) -> Bool[Tensor, "*n"]:
    """Whether there may be something at the points; those outside count as in the nearest cell."""
    if cells.occupied is None:
        return torch.ones_like(points[..., 0], dtype=torch.bool)
    places = points / cells.half_size
    if cells.contracted:
        places = contracted(places) / 2
    resolution = cells.occupied.shape[0]
    x, y, z = ((places + 1) * (resolution / 2)).nan_to_num(0).clamp(0, resolution - 1).long().unbind(-1)
    return cells.occupied[x, y, z]


def composite(
    starts: Int[Tensor, " s"],
    optical: Float[Tensor, " n"],
    colours: Float[Tensor, "n 3"],
    distances: Float[Tensor, " n"],
) -> Float[Tensor, "_ 5"]:
    """Colour, alpha, and distance times alpha that rays see of their samples (see RaySamples), front to back, by their
    optical depths: density times length (Max 1995; NeRF, Mildenhall et al. 2020, equation 3)."""
    before = _in_front(starts, optical)
    weights = torch.exp(-before) * -torch.expm1(-optical)
    values = weights[:, None] * torch.cat([colours, torch.ones_like(colours[:, :1]), distances[:, None]], 1)
    return values.new_zeros(len(starts) - 1, 5).index_add(0, ray_of(starts, len(optical)), values)


def _in_front(starts: Int[Tensor, " s"], optical: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """The optical depth of what lies in front of every sample."""
    finite = optical.double().clamp_max(OPAQUE)
    reached = torch.cumsum(finite, 0) - finite
    first = starts[:-1][ray_of(starts, len(optical))]
    return (reached - reached[first]).to(optical)


def ray_of(starts: Int[Tensor, " s"], samples: int) -> Int[Tensor, " n"]:
    """The ray of every sample."""
    rays = torch.arange(len(starts) - 1, device=starts.device)
    return torch.repeat_interleave(rays, starts.diff(), output_size=samples)
