"""Ray marching through a radiance field in a box, by the rules of the papers whose models it draws: `chord` is
TripoSR's, `midpoints` EG3D's, which OpenLRM uses, `steps` the plain one of NeRF."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.geometry.rays import meet_box
from recon3d.renderers.marching.midpoints import Draws, midpoint_march
from recon3d.renderers.marching.occupancy import Occupancy
from recon3d.renderers.marching.rays import Marched, Rays
from recon3d.renderers.marching.stretches import Stretches, Thrift, chord_stretches, march, step_stretches
from recon3d.representations.triplane import Triplane
from recon3d.types import Cameras, RadianceField, Rendering

__all__ = ["Config", "March"]

SHORTEST_CHORD, BOX_SHRINK = 0.01, 1e-3
"""TripoSR leaves out rays with a shorter chord, and marches through a box that is smaller by this share."""
FAINTEST = 1e-3
"""Share of the light that a ray through the whole box may lose to what counts as empty."""


@dataclass(frozen=True)
class Config:
    rule: Literal["chord", "midpoints", "steps"] = "chord"
    """Where a ray is sampled and how much each sample counts."""
    samples: int = 128
    """Samples of a ray; by the rule of steps, of the longest ray that fits into the box."""
    refined: int = 0
    """As many more where the first ones saw something; by the rule of midpoints only."""
    dithered: bool = False
    """Whether neighbouring rays are sampled at other depths; by the rule of steps only."""
    occupancy: int = 0
    """Cells along the side of a grid that says where the field is empty and need not be asked; 0 asks everywhere. Not
    by the rule of midpoints."""
    stop: float = 0.0
    """A ray ends where less than this share of the light would come through. Not by the rule of midpoints."""
    rays_at_once: int = 8192
    """Bounds the memory: more rays are marched in turn."""


class March:
    """A field seen by cameras of any lens."""

    accepts = RadianceField

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
        thrift = self._thrift(field, origins)
        bundles = zip(*(tensor.split(self.config.rays_at_once) for tensor in (origins, directions)), strict=True)
        seen = [self._bundle(field, thrift, *bundle) for bundle in bundles]
        return Marched(*(torch.cat(parts) for parts in zip(*seen, strict=True)))

    def _thrift(self, field: RadianceField, like: Tensor) -> Thrift:
        if not self.config.occupancy:
            return Thrift(None, self.config.stop)
        path = 1.0 if self.config.rule == "chord" else _diagonal(field)
        return Thrift(Occupancy.of(field, self.config.occupancy, FAINTEST / path, like), self.config.stop)

    def _bundle(self, field: RadianceField, thrift: Thrift, origins: Tensor, directions: Tensor) -> Marched:
        chord = self.config.rule == "chord"
        near, far = meet_box(origins, directions, field.half_size * (1 - BOX_SHRINK if chord else 1))
        hit = torch.nonzero(far - near > (SHORTEST_CHORD if chord else 0)).squeeze(-1)
        rays = Rays(*(tensor[hit] for tensor in (origins, directions, near, far)))
        if self.config.rule != "midpoints":
            seen = march(field, rays, self._stretches(field, rays), thrift)
        elif not isinstance(field, Triplane):
            raise ValueError(f"the rule of midpoints is for triplanes, not {type(field).__name__}")
        else:
            draws = Draws.even(len(hit), self.config.samples, self.config.refined, origins)
            seen = midpoint_march(field, rays, draws)
        return Marched(*(v.new_zeros(len(near), *v.shape[1:]).index_copy(0, hit, v) for v in seen))

    def _stretches(self, field: RadianceField, rays: Rays) -> Stretches:
        if self.config.rule == "chord":
            return chord_stretches(rays, self.config.samples)
        return step_stretches(rays, _diagonal(field), self.config.samples, self.config.dithered)


def _diagonal(field: RadianceField) -> float:
    return 2 * math.sqrt(3) * field.half_size
