"""Ray marching through a radiance field in a box, by the rules of the papers whose models it draws.

`chord` is TripoSR's rule: equal parts of a ray's chord through the box, each sampled in its middle, opaque as if the
chord had length 1. `midpoints` is EG3D's (Chan et al. 2022), which OpenLRM uses: samples spread over the chord, as many
again where the first ones saw something, and between neighbours the mean of what they saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d.geometry.rays import meet_box
from recon3d.representations.triplane import Triplane
from recon3d.types import Cameras, RadianceField, Rendering

__all__ = ["Config", "March"]

SHORTEST_CHORD, BOX_SHRINK = 0.01, 1e-3
"""TripoSR leaves out rays with a shorter chord, and marches through a box that is smaller by this share."""
GUARD = 1e-10
"""Added to what each sample lets through, so that gradients stay finite."""
NO_DENSITY = -1e30
"""What stands for the decoder's output where there is nothing."""


@dataclass(frozen=True)
class Config:
    rule: Literal["chord", "midpoints"] = "chord"
    """Where a ray is sampled and how much each sample counts."""
    samples: int = 128
    """Samples of a ray."""
    refined: int = 0
    """As many more where the first ones saw something; by the rule of midpoints only."""
    rays_at_once: int = 8192
    """Bounds the memory: more rays are marched in turn."""


class Marched(NamedTuple):
    """What rays saw; `distance` is the mean along the ray of what is seen, 0 where nothing is."""

    colour: Float[Tensor, "n 3"]
    alpha: Float[Tensor, " n"]
    distance: Float[Tensor, " n"]


class Rays(NamedTuple):
    """Rays through the box: directions have unit length, and the box is met from `near` to `far`."""

    origins: Float[Tensor, "n 3"]
    directions: Float[Tensor, "n 3"]
    near: Float[Tensor, " n"]
    far: Float[Tensor, " n"]

    def points(self, distances: Float[Tensor, "n s"]) -> Float[Tensor, "n s 3"]:
        return self.origins[:, None] + distances[..., None] * self.directions[:, None]


class March:
    """A field seen by cameras of any lens."""

    accepts = Triplane

    def __init__(self, config: Config) -> None:
        self.config = config

    def __call__(self, field: RadianceField, cameras: Cameras, depth: bool = False) -> Rendering:
        """Pictures of all cameras. Depth is z, as everywhere.

        Raises ValueError where the cameras differ in size, and where the rule is not one for the field.
        """
        origins, directions = cameras.rays()
        size, lengths = origins.shape[:-1], directions.norm(dim=-1)
        seen = self.rays(field, origins.flatten(0, -2), (directions / lengths[..., None]).flatten(0, -2))
        distance = seen.distance.unflatten(0, size) / lengths if depth else None
        return Rendering(seen.colour.unflatten(0, size), seen.alpha.unflatten(0, size), distance)

    def rays(self, field: RadianceField, origins: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"]) -> Marched:
        """What rays with directions of unit length see."""
        bundles = zip(*(tensor.split(self.config.rays_at_once) for tensor in (origins, directions)), strict=True)
        seen = [self._bundle(field, *bundle) for bundle in bundles]
        return Marched(*(torch.cat(parts) for parts in zip(*seen, strict=True)))

    def _bundle(self, field: RadianceField, origins: Tensor, directions: Tensor) -> Marched:
        config = self.config
        chord = config.rule == "chord"
        near, far = meet_box(origins, directions, field.half_size * (1 - BOX_SHRINK if chord else 1))
        hit = torch.nonzero(far - near > (SHORTEST_CHORD if chord else 0)).squeeze(-1)
        rays = Rays(*(tensor[hit] for tensor in (origins, directions, near, far)))
        if chord:
            seen = chord_march(field, rays, config.samples)
        elif not isinstance(field, Triplane):
            raise ValueError(f"the rule of midpoints is for triplanes, not {type(field).__name__}")
        else:
            seen = midpoint_march(field, rays, Draws.even(len(hit), config.samples, config.refined, origins))
        return Marched(*(v.new_zeros(len(near), *v.shape[1:]).index_copy(0, hit, v) for v in seen))


class Draws(NamedTuple):
    """Numbers in [0, 1) that place the samples of every ray, in place of chance."""

    coarse: Float[Tensor, "n s"]
    fine: Float[Tensor, "n f"]

    @staticmethod
    def even(rays: int, samples: int, refined: int, like: Tensor) -> Draws:
        """Samples in the middle of where chance would put them."""
        shares = (torch.arange(refined, dtype=like.dtype, device=like.device) + 0.5) / max(1, refined)
        return Draws(like.new_full((rays, samples), 0.5), shares.expand(rays, -1))


def chord_march(field: RadianceField, rays: Rays, count: int) -> Marched:
    """TripoSR's rule with `count` samples on every ray."""
    shares = (torch.arange(count, dtype=rays.near.dtype, device=rays.near.device) + 0.5) / count
    distances = rays.near[:, None] + shares * (rays.far - rays.near)[:, None]
    density, colour = field.query(rays.points(distances).flatten(0, 1))
    return composited(density.unflatten(0, (-1, count)) / count, colour.unflatten(0, (-1, count)), distances)


def midpoint_march(field: Triplane, rays: Rays, draws: Draws) -> Marched:
    """EG3D's rule with samples at the given draws."""
    count = draws.coarse.shape[1]
    steps = torch.arange(count, dtype=rays.near.dtype, device=rays.near.device)
    distances = rays.near[:, None] + (steps + draws.coarse) * ((rays.far - rays.near) / (count - 1))[:, None]
    raw = _raw_along(field, rays, distances)
    if draws.fine.shape[1]:
        optical, _, middles = _between(field, raw, distances)
        extra = _drawn_where_seen(weights_of(optical).detach(), middles, draws.fine)
        raw = torch.cat([raw, _raw_along(field, rays, extra)], 1)
        distances, order = torch.cat([distances, extra], 1).sort(dim=1)
        raw = raw.gather(1, order[..., None].expand(-1, -1, raw.shape[-1]))
    return composited(*_between(field, raw, distances))


def weights_of(optical: Float[Tensor, "n s"]) -> Float[Tensor, "n s"]:
    """How much each stretch of a ray shows of itself, by density times length (Max 1995; NeRF, equation 3)."""
    alpha = 1 - torch.exp(-optical)
    through = torch.cumprod(1 - alpha + GUARD, 1)
    return alpha * torch.cat([torch.ones_like(through[:, :1]), through[:, :-1]], 1)


def composited(
    optical: Float[Tensor, "n s"], colour: Float[Tensor, "n s 3"], distances: Float[Tensor, "n s"]
) -> Marched:
    """What is seen of stretches of rays, front to back."""
    weights = weights_of(optical)
    alpha = weights.sum(1)
    distance = (weights * distances).sum(1) / alpha.clamp_min(torch.finfo(alpha.dtype).tiny)
    return Marched((weights[..., None] * colour).sum(1), alpha, distance)


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


def _drawn_where_seen(weights: Tensor, middles: Tensor, draws: Float[Tensor, "n f"]) -> Float[Tensor, "n f"]:
    """Distances drawn from the weights, smoothed and raised a little, as EG3D does (after Mip-NeRF)."""
    smooth = functional.avg_pool1d(functional.max_pool1d(weights[:, None], 2, 1, padding=1), 2, 1)[:, 0] + 0.01
    share = smooth[:, 1:-1] + 1e-5
    reached = torch.cumsum(share / share.sum(1, keepdim=True), 1)
    reached = torch.cat([torch.zeros_like(reached[:, :1]), reached], 1)
    above = torch.searchsorted(reached, draws.contiguous(), right=True)
    below, above = (above - 1).clamp_min(0), above.clamp_max(share.shape[1])
    low, high = reached.gather(1, below), reached.gather(1, above)
    width = torch.where(high - low < 1e-5, torch.ones_like(low), high - low)
    start, end = middles.gather(1, below), middles.gather(1, above)
    return start + (draws - low) / width * (end - start)
