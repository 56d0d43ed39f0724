"""A surface as the zero of a signed distance in a hash grid, seen by the density of NeuS (Wang et al. 2021)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d import kernels
from recon3d.geometry.spherical_harmonics import sh_basis
from recon3d.kernels import Cells, GridLevels
from recon3d.representations.hash_grid import SH_DEGREE, GridConfig, PerceptronConfig, grid_levels, random_parameters

__all__ = ["DistanceConfig", "SignedDistance"]

CORNERS = ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1))
"""Of a tetrahedron: four differences are enough for a gradient."""
GRAZING = 0.15
"""Share of its density that a surface is thought to have where nobody asks by direction: rays meet it at all angles."""
SHARPEST = 8.0
"""Logarithm of the sharpness is kept below."""


@dataclass(frozen=True)
class DistanceConfig:
    radius: float = 0.5
    """Of the sphere that the surface is at first, in half sizes of the field."""
    sharpness: float = 20.0
    """NeuS' s at first: the density falls off within about 1 / s of the surface. It is learnt."""
    difference: float = 0.004
    """Half the edge of the tetrahedra whose corners tell the gradient, in half sizes of the field."""


@dataclass(frozen=True)
class SignedDistance:
    """A surface in the cube from -half_size to half_size; distances are positive outside of it, in units of the world.

    `parameters` are the grid's `table`, the logarithm of NeuS' `sharpness`, and weights and biases of two perceptrons:
    `distance.0`, ... and `colour.0`, ... `slopes` gathers how long the gradients were that rays asked for.
    """

    parameters: dict[str, Tensor]
    levels: GridLevels
    cells: Cells
    config: DistanceConfig
    slopes: list[Tensor] = field(default_factory=list)

    @property
    def half_size(self) -> float:
        return self.cells.half_size

    @staticmethod
    def begin(
        grid: GridConfig, perceptrons: PerceptronConfig, config: DistanceConfig, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """Parameters to begin with: a sphere."""
        levels, hidden = grid_levels(grid), perceptrons.hidden
        table = (torch.rand(levels.starts[-1], grid.features, generator=generator) * 2 - 1) * 1e-4
        distance = random_parameters((grid.levels * grid.features, hidden, perceptrons.known), generator)
        seen = perceptrons.known + 3 + (SH_DEGREE + 1) ** 2
        colour = random_parameters((seen, *(hidden,) * perceptrons.colour_layers, 3), generator)
        named = {"distance": distance, "colour": colour}
        layers = {f"{name}.{i}": p for name, some in named.items() for i, p in enumerate(some)}
        return {"table": table, "sharpness": torch.tensor([config.sharpness]).log(), **layers}

    def known(self, points: Float[Tensor, "n 3"]) -> tuple[Float[Tensor, " n"], Float[Tensor, "n k"]]:
        """Signed distances, and what else the first perceptron says of points."""
        places = points / self.half_size
        features = kernels.hash_encode(self.parameters["table"], places / 2 + 0.5, self.levels)
        known = kernels.perceptron(features, list(self._layers("distance")), "relu")
        sphere = places.norm(dim=-1) - self.config.radius
        return (sphere + known[:, 0]) * self.half_size, known

    def signed_distance(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, " n"]:
        """Positive outside."""
        return self.known(points)[0]

    def gradient(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        """Of the signed distance, by differences: of length 1 where it is one."""
        offset = self.config.difference * self.half_size
        corners = points.new_tensor(CORNERS)
        asked = (points[None] + offset * corners[:, None]).flatten(0, 1)
        distances = self.signed_distance(asked).view(len(CORNERS), -1)
        return (distances[..., None] * corners[:, None]).sum(0) / (4 * offset)

    def optical(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"], lengths: Float[Tensor, " n"]
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Optical depth and colour of stretches of rays around the points, as if the distance changed evenly along
        them: exact for planes (NeuS, equation 13, with log Phi in place of Phi)."""
        distance, known = self.known(points)
        gradient = self.gradient(points)
        if torch.is_grad_enabled():
            self.slopes.append(gradient.norm(dim=-1))
        half = (directions * gradient).sum(-1).neg().clamp_min(0) * lengths / 2
        sharpness = self._sharpness()
        before, after = (functional.softplus(-sharpness * (distance + shift)) for shift in (half, -half))
        return after - before, self._colour(known, gradient, directions)

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Density (NeuS, equation 10) and colour; seen at right angles where no directions are given."""
        distance, known = self.known(points)
        gradient = self.gradient(points)
        directions = -functional.normalize(gradient, dim=-1) if directions is None else directions
        facing = (directions * gradient).sum(-1).neg().clamp_min(0)
        return facing * self._opacity(distance), self._colour(known, gradient, directions)

    def density(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, " n"]:
        """Of a surface that is met at a low angle: at others it is denser."""
        return GRAZING * self._opacity(self.signed_distance(points))

    def _opacity(self, distance: Tensor) -> Tensor:
        sharpness = self._sharpness()
        return sharpness * torch.sigmoid(-sharpness * distance)

    def _sharpness(self) -> Tensor:
        return self.parameters["sharpness"].clamp_max(SHARPEST).exp() / self.half_size

    def _colour(self, known: Tensor, gradient: Tensor, directions: Tensor) -> Tensor:
        seen = torch.cat([known, functional.normalize(gradient, dim=-1), sh_basis(directions, SH_DEGREE)], 1)
        return torch.sigmoid(kernels.perceptron(seen, list(self._layers("colour")), "relu"))

    def _layers(self, name: str) -> Iterator[Tensor]:
        number = 0
        while (key := f"{name}.{number}") in self.parameters:
            yield self.parameters[key]
            number += 1
