"""Rules of where rays are sampled, each sample standing for a stretch of its ray, and the march along those samples.

`chord` is TripoSR's rule: equal parts of a ray's chord through the box, each sampled in its middle, opaque as if the
chord had length 1. `steps` is the plain rule of NeRF (Mildenhall et al. 2020, equation 3) with one length for all, or,
where a field holds all of space, with lengths that grow with the distance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from recon3d import kernels
from recon3d.kernels import Cells, RayBundle, RaySamples
from recon3d.kernels.reference import ray_of
from recon3d.renderers.marching.rays import Marched, Rays
from recon3d.representations.occupancy import Charted
from recon3d.representations.signed_distance import SignedDistance
from recon3d.types import RadianceField

Ask = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""From points, directions and lengths of stretches around them to optical depths and colours."""

GOLDEN = 0.6180339887498949
FARTHEST = 1000.0
"""Where a march through all of space ends, in half sizes of the field."""


def chord_samples(rays: Rays, count: int, cells: Cells) -> RaySamples:
    """TripoSR's rule with `count` parts of every ray."""
    chord = (rays.far - rays.near).clamp_min(torch.finfo(rays.near.dtype).tiny)
    half = torch.full_like(rays.near, 0.5)
    scaled = RayBundle(rays.origins, rays.directions * chord[:, None], rays.near / chord, rays.far / chord, half)
    samples = kernels.ray_samples(scaled, torch.linspace(0, 1, count + 1).to(rays.near), cells)
    return samples._replace(distances=samples.distances * chord[ray_of(samples.starts, len(samples.distances))])


def step_samples(rays: Rays, edges: Float[Tensor, " e"], dithered: bool, cells: Cells) -> RaySamples:
    """One sample in each of the steps between `edges`; `dithered` ones lie at another part of the steps on every ray,
    so that no surface lies between the samples of all."""
    index = torch.arange(len(rays.near), dtype=torch.float64, device=rays.near.device)
    offsets = (0.5 + GOLDEN * index).frac().to(rays.near) if dithered else torch.full_like(rays.near, 0.5)
    return kernels.ray_samples(RayBundle(*rays, offsets), edges, cells)


def even_edges(longest: float, count: int) -> Float[Tensor, " e"]:
    """Steps of one length, `count` of them to a ray of the `longest` length."""
    return torch.arange(count + 1, dtype=torch.float64) * (longest / count)


def growing_edges(half_size: float, count: int) -> Float[Tensor, " e"]:
    """Steps from a camera outwards: a quarter of `count` as far as half_size, all of one length, and as many from there
    on, evenly in the inverse of the distance, to FARTHEST (Barron et al. 2022, Mip-NeRF 360, section 2)."""
    each = max(1, count // 4)
    near = torch.arange(each, dtype=torch.float64) / each
    inverse = torch.linspace(1, 1 / FARTHEST, each + 1, dtype=torch.float64)
    return half_size * torch.cat([near, 1 / inverse])


class Thrift(NamedTuple):
    """What a march leaves out: samples behind what lets less than `stop` of the light through, looked at every so many
    samples (`block`)."""

    stop: float = 0.0
    block: int = 16


def march(field: RadianceField, rays: Rays, samples: RaySamples, thrift: Thrift) -> Marched:
    """What is seen of the samples."""
    if thrift.stop > 0 and torch.is_grad_enabled() and isinstance(field, Charted):
        samples, thrift = _visible(field, rays, samples, thrift), Thrift()
    asked = list(_blocks(_asking(field), rays, samples, thrift))
    return _composited(samples, *(list(parts) for parts in zip(*asked, strict=True)))


def _blocks(
    ask: Ask, rays: Rays, samples: RaySamples, thrift: Thrift
) -> Iterator[tuple[Int[Tensor, " k"], Float[Tensor, " k"], Float[Tensor, "k 3"]]]:
    """Numbers, optical depths and colours of the samples that can be seen, block by block."""
    longest = int(samples.starts.diff().max()) if len(rays.near) else 0
    size = thrift.block if thrift.stop > 0 else max(1, longest)
    through = torch.ones_like(rays.near)
    for first in range(0, max(1, longest), size):
        ray, some = _block(samples, first, size, through > thrift.stop)
        directions = rays.directions.index_select(0, ray)
        points = rays.origins.index_select(0, ray) + samples.distances[some, None] * directions
        optical, colour = ask(points, directions, samples.lengths[some])
        if thrift.stop > 0:
            through = through * torch.exp(-torch.zeros_like(through).index_add(0, ray, optical.detach()))
        yield some, optical, colour


def _asking(field: RadianceField) -> Ask:
    if isinstance(field, SignedDistance):
        return field.optical

    def ask(points: Tensor, directions: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        density, colour = field.query(points, directions)
        return density * lengths, colour

    return ask


@torch.no_grad()
def _visible(field: Charted, rays: Rays, samples: RaySamples, thrift: Thrift) -> RaySamples:
    """The samples that can be seen, by density alone and without a graph: gradients of all of them at once are sooner
    had than of one block after the other."""
    blocks = _blocks(lambda points, _, lengths: (field.density(points) * lengths, points), rays, samples, thrift)
    seen = torch.zeros_like(samples.distances, dtype=torch.bool)
    for some, *_ in blocks:
        seen[some] = True
    return _only(samples, torch.nonzero(seen).squeeze(-1))


def _only(samples: RaySamples, kept: Int[Tensor, " k"]) -> RaySamples:
    """Those samples of the rays, given in their order."""
    return RaySamples(torch.searchsorted(kept, samples.starts), samples.distances[kept], samples.lengths[kept])


def _block(samples: RaySamples, first: int, size: int, wanted: Tensor) -> tuple[Int[Tensor, " k"], Int[Tensor, " k"]]:
    """Rays and numbers of the samples from the first-th of every wanted ray on, so many of each."""
    sizes = ((samples.starts.diff() - first).clamp(0, size)) * wanted
    ends = sizes.cumsum(0)
    ray = ray_of(torch.cat([ends.new_zeros(1), ends]), int(sizes.sum()))
    within = torch.arange(len(ray), device=ray.device) - (ends - sizes)[ray]
    return ray, samples.starts[ray] + first + within


def _composited(samples: RaySamples, asked: list[Tensor], optical: list[Tensor], colours: list[Tensor]) -> Marched:
    """What is seen of the samples that were asked for; the others show nothing."""
    here, nothing = torch.cat(asked), samples.distances.new_zeros(len(samples.distances))
    depths = nothing.index_copy(0, here, torch.cat(optical))
    shown = nothing[:, None].expand(-1, 3).index_copy(0, here, torch.cat(colours))
    return Marched.of(kernels.composite(samples.starts, depths, shown, samples.distances))
