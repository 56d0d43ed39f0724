"""Three feature planes and a perceptron that are learnt for one scene (EG3D's representation, Chan et al. 2022)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d import kernels
from recon3d.geometry.contraction import contracted
from recon3d.kernels import Cells
from recon3d.representations.hash_grid import random_parameters
from recon3d.representations.triplane import AXES, Decoder, DecoderConfig

__all__ = ["FittedTriplane"]


@dataclass(frozen=True)
class FittedTriplane:
    """A field in the cube from -half_size to half_size, or in all of space where its cells are `contracted`; it looks
    the same from all directions.

    `parameters` are the `planes`, 3 x height x width x channels, and weights and biases of the perceptron as
    `decoder.0`, `decoder.1`, ...
    """

    parameters: dict[str, Tensor]
    cells: Cells
    config: DecoderConfig

    @property
    def half_size(self) -> float:
        return self.cells.half_size

    @staticmethod
    def begin(resolution: int, channels: int, config: DecoderConfig, generator: torch.Generator) -> dict[str, Tensor]:
        """Parameters to begin with."""
        planes = torch.randn(3, resolution, resolution, channels, generator=generator) * 0.1
        widths = (3 * channels, *(config.hidden,) * config.layers, 4)
        return {"planes": planes} | {f"decoder.{i}": p for i, p in enumerate(random_parameters(widths, generator))}

    def raw(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 4"]:
        """The perceptron's outputs before they mean anything."""
        places = points / self.half_size
        if self.cells.contracted:
            places = contracted(places) / 2
        shadows = torch.stack([places[:, pair] for pair in AXES[self.config.axes]])
        planes = self.parameters["planes"].permute(0, 3, 1, 2)
        return kernels.decode(planes, shadows, points[:, :0], list(self._layers()), self.config.activation)

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Density and colour."""
        raw = self.raw(points)
        return self._density(raw), Decoder.colour_of(self.config, raw[:, 1:])

    def density(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, " n"]:
        """Density alone."""
        return self._density(self.raw(points))

    def _density(self, raw: Float[Tensor, "n 4"]) -> Float[Tensor, " n"]:
        return Decoder.density_of(self.config, raw[:, 0].clamp_max(DENSEST)) / self.half_size

    def _layers(self) -> Iterator[Tensor]:
        number = 0
        while (key := f"decoder.{number}") in self.parameters:
            yield self.parameters[key]
            number += 1


DENSEST = 15.0
"""Of the first output, so that its exponential stays finite."""
