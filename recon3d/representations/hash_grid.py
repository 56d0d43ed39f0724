"""A radiance field of features in a multiresolution hash grid and two small perceptrons (Müller et al. 2022,
Instant-NGP, section 5.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d import kernels
from recon3d.geometry.contraction import contracted
from recon3d.geometry.spherical_harmonics import sh_basis
from recon3d.kernels import Cells, GridLevels

__all__ = ["GridConfig", "HashGrid", "PerceptronConfig", "grid_levels", "random_parameters"]

SH_DEGREE = 3
DENSEST = 15.0
"""Logarithm of the density is kept below, in units of the field's half size."""
CORNER = 8
"""Rows of a level are a multiple of this."""


@dataclass(frozen=True)
class GridConfig:
    levels: int = 8
    features: int = 4
    """Of every level; quick ones are 2, 4 and 8."""
    coarsest: int = 16
    """Cells along a side of the first level's grid."""
    finest: int = 1024
    """Of the last one's."""
    rows_log2: int = 18
    """Logarithm of the most rows that a level may have; where it has more nodes, they share."""


@dataclass(frozen=True)
class PerceptronConfig:
    hidden: int = 64
    """Width of the hidden layers."""
    known: int = 16
    """What the perceptron of density tells that of colour; the first of it is the density."""
    colour_layers: int = 2
    """Hidden layers of that of colour; that of density has one."""


def grid_levels(config: GridConfig) -> GridLevels:
    """Sides that grow by the same factor from level to level (Müller et al. 2022, equations 2 and 3)."""
    steps = torch.linspace(0, 1, config.levels, dtype=torch.float64) if config.levels > 1 else torch.zeros(1).double()
    sides = (config.coarsest * (config.finest / config.coarsest) ** steps).round().long().tolist()
    starts = [0]
    for side in sides:
        nodes = -(-((side + 1) ** 3) // CORNER) * CORNER
        starts.append(starts[-1] + min(nodes, 1 << config.rows_log2))
    return GridLevels(tuple(sides), tuple(starts))


def random_parameters(widths: tuple[int, ...], generator: torch.Generator) -> list[Tensor]:
    """Weights and biases of a perceptron's layers: uniform, as wide as He et al. 2015 have it, and zero."""
    parameters = []
    for inputs, outputs in pairwise(widths):
        bound = (6 / inputs) ** 0.5
        parameters += [(torch.rand(outputs, inputs, generator=generator) * 2 - 1) * bound, torch.zeros(outputs)]
    return parameters


@dataclass(frozen=True)
class HashGrid:
    """A field in the cube from -half_size to half_size, or in all of space where its cells are `contracted`.

    `parameters` are the grid's `table`, and weights and biases of both perceptrons as `density.0`, `density.1`, ... and
    `colour.0`, ... `cells` are those worth asking in.
    """

    parameters: dict[str, Tensor]
    levels: GridLevels
    cells: Cells

    @property
    def half_size(self) -> float:
        return self.cells.half_size

    @staticmethod
    def begin(grid: GridConfig, perceptrons: PerceptronConfig, generator: torch.Generator) -> dict[str, Tensor]:
        """Parameters to begin with."""
        levels, hidden = grid_levels(grid), perceptrons.hidden
        table = (torch.rand(levels.starts[-1], grid.features, generator=generator) * 2 - 1) * 1e-4
        density = random_parameters((grid.levels * grid.features, hidden, perceptrons.known), generator)
        seen = perceptrons.known + (SH_DEGREE + 1) ** 2
        colour = random_parameters((seen, *(hidden,) * perceptrons.colour_layers, 3), generator)
        named = {"density": density, "colour": colour}
        return {"table": table} | {f"{name}.{i}": p for name, some in named.items() for i, p in enumerate(some)}

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Density and colour; seen from +z where no directions are given."""
        known = self.known(points)
        if directions is None:
            directions = points.new_tensor([0.0, 0.0, 1.0]).expand_as(points)
        seen = torch.cat([known, sh_basis(directions, SH_DEGREE)], 1)
        colour = kernels.perceptron(seen, list(self._layers("colour")), "relu")
        return self.density_of(known), torch.sigmoid(colour)

    def density(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, " n"]:
        """Density alone, which is sooner had."""
        return self.density_of(self.known(points))

    def known(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n k"]:
        """What the first perceptron says of points."""
        places = points / self.half_size
        places = contracted(places) / 4 + 0.5 if self.cells.contracted else places / 2 + 0.5
        features = kernels.hash_encode(self.parameters["table"], places, self.levels)
        return kernels.perceptron(features, list(self._layers("density")), "relu")

    def density_of(self, known: Float[Tensor, "n k"]) -> Float[Tensor, " n"]:
        """Density of what is known of points."""
        return torch.exp(known[:, 0].clamp_max(DENSEST)) / self.half_size

    def _layers(self, name: str) -> Iterator[Tensor]:
        number = 0
        while (key := f"{name}.{number}") in self.parameters:
            yield self.parameters[key]
            number += 1
