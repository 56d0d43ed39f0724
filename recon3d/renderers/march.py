"""Ray marching through a radiance field in a box, by the rules of the papers whose models it draws: `chord` is
TripoSR's, `midpoints` EG3D's, which OpenLRM uses, `hierarchical` that of NeRF, `steps` that of Instant-NGP."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.geometry.rays import meet_box
from recon3d.kernels import Cells, RaySamples
from recon3d.renderers.marching.hierarchical import hierarchical_march
from recon3d.renderers.marching.importance import Draws
from recon3d.renderers.marching.midpoints import midpoint_march
from recon3d.renderers.marching.rays import Marched, Rays, pictures
from recon3d.renderers.marching.sampled import Thrift, chord_samples, even_edges, growing_edges, march, step_samples
from recon3d.representations.nerf import CoarseAndFine
from recon3d.representations.occupancy import Charted, cells_of
from recon3d.representations.triplane import Triplane
from recon3d.types import Cameras, RadianceField, Rendering

__all__ = ["Config", "March"]

SHORTEST_CHORD, BOX_SHRINK = 0.01, 1e-3
"""TripoSR leaves out rays with a shorter chord, and marches through a box that is smaller by this share."""
FAINTEST = 1e-3
"""Share of the light that a ray through the whole box may lose to what counts as empty."""


Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Config:
    rule: Literal["chord", "midpoints", "hierarchical", "steps"] = "chord"
    """Where a ray is sampled and how much each sample counts."""
    samples: int = 128
    """Samples of a ray; by the rule of steps, of the longest ray that fits into the box, and half as many where a field
    holds all of space."""
    refined: int = 0
    """As many more where the first ones saw something; by the rules of midpoints and hierarchical only."""
    dithered: bool = False
    """Whether neighbouring rays are sampled at other depths; by the rules of steps and hierarchical only."""
    occupancy: int = 0
    """Cells along the side of a grid that says where the field is empty and need not be asked; 0 asks everywhere, but
    of a field that knows that itself. By the rules of chord and steps only."""
    stop: float = 0.0
    """A ray ends where less than this share of the light would come through. By the rules of chord and steps only."""
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
        lengths = directions.norm(dim=-1)
        seen = self.rays(field, origins.flatten(0, -2), (directions / lengths[..., None]).flatten(0, -2))
        final, *coarse = (pictures(marched, lengths, depth) for marched in seen)
        return dataclasses.replace(final, coarse=coarse[0]) if coarse else final

    def rays(
        self, field: RadianceField, origins: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"]
    ) -> list[Marched]:
        """What rays with directions of unit length see; by the rule hierarchical, of the coarse field too."""
        cells = self._cells(field, origins)
        bundles = zip(*(tensor.split(self.config.rays_at_once) for tensor in (origins, directions)), strict=True)
        seen = zip(*(self._bundle(field, cells, *bundle) for bundle in bundles), strict=True)
        return [Marched.joined(list(some)) for some in seen]

    def _cells(self, field: RadianceField, like: Tensor) -> Cells:
        if isinstance(field, Charted):
            return field.cells
        if not self.config.occupancy:
            return Cells(None, field.half_size)
        path = 1.0 if self.config.rule == "chord" else _diagonal(field)
        return cells_of(field, self.config.occupancy, FAINTEST / path, like)

    def _bundle(self, field: RadianceField, cells: Cells, origins: Tensor, directions: Tensor) -> list[Marched]:
        chord = self.config.rule == "chord"
        box = math.inf if cells.contracted else field.half_size * (1 - BOX_SHRINK if chord else 1)
        near, far = meet_box(origins, directions, box)
        hit = torch.nonzero(far - near > (SHORTEST_CHORD if chord else 0)).squeeze(-1)
        rays = Rays(*(tensor[hit] for tensor in (origins, directions, near, far)))
        seen = self._marched(field, rays, cells)
        return [marched.among(len(near), hit) for marched in seen]

    def _marched(self, field: RadianceField, rays: Rays, cells: Cells) -> list[Marched]:
        rule, config, count = self.config.rule, self.config, len(rays.near)
        if rule in ("chord", "steps"):
            return [march(field, rays, self._samples(field, rays, cells), Thrift(config.stop))]
        draws = (Draws.spread if config.dithered else Draws.even)(count, config.samples, config.refined, rays.near)
        if rule == "midpoints":
            return [midpoint_march(_checked(field, Triplane, rule), rays, draws)]
        return list(hierarchical_march(_checked(field, CoarseAndFine, rule), rays, draws))

    def _samples(self, field: RadianceField, rays: Rays, cells: Cells) -> RaySamples:
        if self.config.rule == "chord":
            return chord_samples(rays, self.config.samples, cells)
        even = even_edges(_diagonal(field), self.config.samples)
        edges = growing_edges(field.half_size, self.config.samples) if cells.contracted else even
        return step_samples(rays, edges.to(rays.near), self.config.dithered, cells)


def _checked(field: RadianceField, kind: type[Kind], rule: str) -> Kind:
    if not isinstance(field, kind):
        raise ValueError(f"the rule of {rule} is for a {kind.__name__}, not a {type(field).__name__}")
    return field


def _diagonal(field: RadianceField) -> float:
    return 2 * math.sqrt(3) * field.half_size
