"""The perceptron of NeRF (Mildenhall et al. 2020, supplement, figure 7), whose layers have nerf-pytorch's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d import kernels

Perceptron = Callable[[Tensor, Sequence[Tensor], Any], Tensor]


@dataclass(frozen=True)
class NetworkConfig:
    width: int = 256
    """Of the hidden layers; that of colour has half of it."""
    layers: int = 8
    skip: int = 4
    """After the layer of this number, counted from 0, the encoded point is put in again."""
    octaves: int = 10
    """Of the encoded points, the lowest with wavelength 2 pi."""
    direction_octaves: int = 4


def encoded(values: Float[Tensor, "n d"], octaves: int) -> Float[Tensor, "n e"]:
    """The values, then sines and cosines of 2^k times them, octave by octave (equation 4, without its pi)."""
    waves = [wave(values * 2**k) for k in range(octaves) for wave in (torch.sin, torch.cos)]
    return torch.cat([values, *waves], 1)


def layer_sizes(config: NetworkConfig, points: int) -> dict[str, tuple[int, int]]:
    """Inputs and outputs of every layer of a network whose encoded points are so many numbers."""
    width, seen = config.width, 3 + 6 * config.direction_octaves
    widths = {0: points, config.skip + 1: points + width}
    trunk = {f"pts_linears.{i}": (widths.get(i, width), width) for i in range(config.layers)}
    heads = {
        "views_linears.0": (width + seen, width // 2),
        "feature_linear": (width, width),
        "alpha_linear": (width, 1),
    }
    return {**trunk, **heads, "rgb_linear": (width // 2, 3)}


@dataclass(frozen=True)
class NerfNetwork:
    """`parameters` may hold more layers than those of NeRF."""

    parameters: dict[str, Tensor]
    config: NetworkConfig
    perceptron: Perceptron = kernels.perceptron
    """What applies linear layers: the kernel, or its twin where gradients of gradients are wanted."""

    def hidden(self, position: Float[Tensor, "n e"]) -> Float[Tensor, "n w"]:
        """What the trunk makes of encoded points."""
        config = self.config
        hidden = torch.relu(self._trunk(position, range(min(config.skip + 1, config.layers))))
        if config.layers > config.skip + 1:
            again = torch.cat([position, hidden], 1)
            hidden = torch.relu(self._trunk(again, range(config.skip + 1, config.layers)))
        return hidden

    def through(self, values: Float[Tensor, "n i"], *names: str) -> Float[Tensor, "n o"]:
        """The layers of these names, one after the other, with rectifiers between them."""
        parameters = [self.parameters[f"{name}.{kind}"] for name in names for kind in ("weight", "bias")]
        return self.perceptron(values, parameters, "relu")

    def _trunk(self, values: Tensor, numbers: range) -> Tensor:
        return self.through(values, *(f"pts_linears.{i}" for i in numbers))
