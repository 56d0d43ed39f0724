"""Where a field passes through a level: marching cubes on a grid that is only filled near the surface.

The grid is filled from coarse to fine. At each step a cell is refined if a surface can cross it, judging by its corners
and by how much the values change around it; all other nodes are interpolated, which cannot make them change sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from skimage.measure import marching_cubes
from torch import Tensor
from torch.nn import functional

from recon3d.errors import BadInput
from recon3d.types import Mesh, RadianceField

__all__ = ["Config", "Isosurface"]

FAINTEST, DENSEST = 1e-30, 1e30
"""Densities are kept between, so that their logarithms are finite."""
FAR_BELOW = 1e3
"""How far below the level it is beyond the box, in the largest distance of the values from the level."""

Field = Callable[[Float[Tensor, "n 3"]], Float[Tensor, " n"]]
"""Values at points; more than the level is inside."""


@dataclass(frozen=True)
class Config:
    level: float = 25.0
    """Density of the surface."""
    resolution: int = 256
    """Nodes of the grid along each side of the box."""
    coarsest: int = 33
    """Nodes along a side of the first grid, about."""
    guard: float = 0.5
    """A cell is refined where the level is within this share of the local change of values from those at its corners:
    thin parts may hide between them."""
    points_at_once: int = 1 << 18
    """Bounds the memory: more points are asked for in turn."""


class Grid(NamedTuple):
    """Values on the finest grid, index order x, y, z, and at how many nodes the field was asked for them."""

    values: Float[Tensor, "n n n"]
    queries: int


class Isosurface:
    """The surface of a radiance field: where its density is `level`.

    Densities are exponentials of what networks put out, so the surface is found, and vertices are placed between nodes,
    by their logarithms, which are smooth.
    """

    def __init__(self, config: Config) -> None:
        self.config = config

    @torch.no_grad()
    def __call__(self, field: RadianceField) -> Mesh:
        """Bare triangles, counter-clockwise seen from outside. Raises BadInput for no surface."""

        def log_density(points: Tensor) -> Tensor:
            return field.query(points)[0].clamp(FAINTEST, DENSEST).log()

        level = math.log(self.config.level)
        grid = filled_grid(log_density, field.half_size, level, self.config)
        return marched_cubes(grid.values, level, field.half_size)


def marched_cubes(values: Float[Tensor, "n n n"], level: float, half_size: float) -> Mesh:
    """The surface values = level in the cube from -half_size to half_size, on whose sides the outer nodes lie.

    It is closed: where the inside reaches a side of the cube, it ends there. Raises BadInput where there is none.
    """
    inside = values > level
    if not bool(inside.any()):
        raise BadInput("surface", "the density is below the level everywhere", "lower --surface.level")
    if bool(inside.all()):
        raise BadInput("surface", "the density is above the level everywhere", "raise --surface.level")
    first, block = _block_around(values, inside)
    nothing = level - FAR_BELOW * float((block - level).abs().max())  # so the surface ends just beyond the last nodes
    block = functional.pad(block, (1,) * 6, value=nothing)
    vertices, faces, _, _ = marching_cubes(block.numpy(), level, gradient_direction="ascent")
    spacing = 2 * half_size / (len(values) - 1)
    places = (torch.from_numpy(vertices.copy()) + (first - 1)) * spacing - half_size
    return Mesh(places, torch.from_numpy(faces.astype("int64")))


def _block_around(values: Float[Tensor, "n n n"], inside: Bool[Tensor, "n n n"]) -> tuple[Tensor, Tensor]:
    """The part of the grid with what is inside and a node around it, and the indices of its first node."""
    layers = [torch.nonzero(inside.any(a).any(b)).squeeze(-1) for a, b in ((2, 1), (2, 0), (1, 0))]
    first = torch.stack([some[0] for some in layers]).sub(1).clamp_min(0)
    last = torch.stack([some[-1] for some in layers]).add(1)
    return first, values[tuple(slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True))]


@torch.no_grad()
def filled_grid(field: Field, half_size: float, level: float, config: Config) -> Grid:
    """The field on a cubic grid whose outermost nodes lie on the box: as it is near the surface, else interpolated."""
    spacing, doublings = 2 * half_size / (config.resolution - 1), 0
    while (config.resolution - 1) >> doublings > config.coarsest:
        doublings += 1
    nodes = -(-(config.resolution - 1) >> doublings) + 1  # rounded up: the last ones stick to the box's side
    values = torch.zeros(nodes, nodes, nodes)
    wanted = torch.ones_like(values, dtype=torch.bool)
    queries = 0
    for doubling in range(doublings, -1, -1):
        places = (torch.arange(len(values)) * (spacing * 2**doubling) - half_size).clamp_max(half_size)
        values[wanted] = _asked(field, places, wanted, config.points_at_once)
        queries += int(torch.count_nonzero(wanted))
        if doubling:
            values, wanted = _doubled(values, _refined(values, level, config.guard))
    inner = slice(config.resolution)
    return Grid(values[inner, inner, inner].contiguous(), queries)


def _asked(
    field: Field, places: Float[Tensor, " n"], wanted: Bool[Tensor, "n n n"], points_at_once: int
) -> Float[Tensor, " k"]:
    """The field at the wanted nodes."""
    nodes = torch.nonzero(wanted)
    return torch.cat([field(places[some]) for some in nodes.split(points_at_once)]) if len(nodes) else torch.zeros(0)


def _refined(values: Float[Tensor, "n n n"], level: float, guard: float) -> Bool[Tensor, "m m m"]:
    """Cells, one fewer than nodes along each side, that a surface can cross."""
    low, high = -_highest(-values, 2), _highest(values, 2)
    change = _highest(_padded(high), 3) + _highest(_padded(-low), 3)  # of the cell and those around it
    return (low - guard * change <= level) & (level <= high + guard * change)


def _highest(values: Float[Tensor, "a a a"], width: int) -> Float[Tensor, "b b b"]:
    """The largest value of every cube of so many neighbours along each side."""
    for axis in range(3):
        values = values.unfold(axis, width, 1).amax(-1)
    return values


def _padded(values: Float[Tensor, "a a a"]) -> Float[Tensor, "b b b"]:
    return functional.pad(values[None, None], (1,) * 6, mode="replicate")[0, 0]


def _doubled(
    values: Float[Tensor, "n n n"], refined: Bool[Tensor, "m m m"]
) -> tuple[Float[Tensor, "k k k"], Bool[Tensor, "k k k"]]:
    """The grid with a node more between all neighbours, interpolated; and which of those refined cells want known."""
    size = 2 * len(values) - 1
    fine = functional.interpolate(values[None, None], (size,) * 3, mode="trilinear", align_corners=True)[0, 0]
    fine[::2, ::2, ::2] = values
    wanted = torch.zeros(size, size, size, dtype=torch.bool)
    wanted[1::2, 1::2, 1::2] = refined
    for axis in range(3):  # from a cell's middle to its sides
        middle = wanted.narrow(axis, 1, size - 2).clone()
        wanted.narrow(axis, 0, size - 2).logical_or_(middle)
        wanted.narrow(axis, 2, size - 2).logical_or_(middle)
    wanted[::2, ::2, ::2] = False
    return fine, wanted
