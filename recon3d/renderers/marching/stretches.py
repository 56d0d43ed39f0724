"""Rules that cut rays into stretches of known lengths, each seen by one sample in it, and the march along those.

`chord` is TripoSR's rule: equal parts of a ray's chord through the box, each sampled in its middle, opaque as if the
chord had length 1. `steps` is the plain rule of NeRF (Mildenhall et al. 2020, equation 3) with one length for all.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from recon3d.renderers.marching.occupancy import Occupancy
from recon3d.renderers.marching.rays import Marched, Rays, composited
from recon3d.types import RadianceField

GOLDEN = 0.6180339887498949


class Stretches(NamedTuple):
    """Samples of rays, front to back, and the length that each stands for where it is `inside` the box."""

    distances: Float[Tensor, "n s"]
    inside: Bool[Tensor, "n s"]
    length: float


def chord_stretches(rays: Rays, count: int) -> Stretches:
    """TripoSR's rule with `count` samples on every ray."""
    shares = (torch.arange(count, dtype=rays.near.dtype, device=rays.near.device) + 0.5) / count
    distances = rays.near[:, None] + shares * (rays.far - rays.near)[:, None]
    return Stretches(distances, torch.ones_like(distances, dtype=torch.bool), 1 / count)


def step_stretches(rays: Rays, longest: float, count: int, dithered: bool) -> Stretches:
    """Steps of one length, `count` of them to a ray of the `longest` length; `dithered` ones begin at another part of
    a step on every ray, so that no surface lies between the samples of all."""
    length = longest / count
    index = torch.arange(len(rays.near), dtype=rays.near.dtype, device=rays.near.device)
    offset = (0.5 + GOLDEN * index).frac() if dithered else torch.full_like(index, 0.5)
    steps = torch.arange(count, dtype=rays.near.dtype, device=rays.near.device)
    distances = rays.near[:, None] + (steps + offset[:, None]) * length
    return Stretches(distances, distances < rays.far[:, None], length)


class Thrift(NamedTuple):
    """What a march leaves out: samples outside the occupied cells, and those behind what lets less than `stop` of the
    light through, looked at every so many samples (`block`)."""

    occupancy: Occupancy | None = None
    stop: float = 0.0
    block: int = 16


def march(field: RadianceField, rays: Rays, stretches: Stretches, thrift: Thrift) -> Marched:
    """What is seen of the stretches."""
    size = thrift.block if thrift.stop > 0 else stretches.distances.shape[1]
    through = torch.ones_like(rays.near)
    seen = []
    for block in _blocks(stretches, size):
        wanted = block.inside & (through > thrift.stop)[:, None]
        optical, colour = _asked(field, rays.points(block.distances), wanted, thrift.occupancy)
        seen.append((optical * block.length, colour))
        through = through * torch.exp(-seen[-1][0].detach().sum(1))
    optical, colour = (torch.cat(blocks, 1) for blocks in zip(*seen, strict=True))
    return composited(optical, colour, stretches.distances)


def _blocks(stretches: Stretches, size: int) -> list[Stretches]:
    pairs = zip(stretches.distances.split(size, 1), stretches.inside.split(size, 1), strict=True)
    return [Stretches(distances, inside, stretches.length) for distances, inside in pairs]


def _asked(
    field: RadianceField, points: Float[Tensor, "n s 3"], wanted: Bool[Tensor, "n s"], occupancy: Occupancy | None
) -> tuple[Float[Tensor, "n s"], Float[Tensor, "n s 3"]]:
    """Density and colour of the wanted samples; of the others, nothing."""
    if occupancy is not None:
        wanted = wanted & occupancy.holds(points)
    here, points = torch.nonzero(wanted.flatten()).squeeze(-1), points.flatten(0, 1)
    density, colour = field.query(points.index_select(0, here))
    nothing = torch.zeros_like(points)
    parts = nothing[:, 0].index_copy(0, here, density), nothing.index_copy(0, here, colour)
    optical, colour = (part.unflatten(0, wanted.shape) for part in parts)
    return optical, colour
