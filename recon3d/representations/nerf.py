"""NeRF's radiance field: points and directions by sines of many octaves, and a perceptron of eight layers (Mildenhall
et al. 2020), under the names that nerf-pytorch's checkpoints have."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d import kernels

__all__ = ["CoarseAndFine", "NerfField", "NetworkConfig", "begin", "encoded"]

COARSE, FINE = "network_fn_state_dict", "network_fine_state_dict"
"""Names of the two dictionaries in a published checkpoint."""


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


def begin(config: NetworkConfig, generator: torch.Generator) -> dict[str, Tensor]:
    """Parameters of one network: uniform, as torch begins linear layers."""
    parameters: dict[str, Tensor] = {}
    for name, (inputs, outputs) in _shapes(config).items():
        bound = inputs**-0.5
        parameters[f"{name}.weight"] = (torch.rand(outputs, inputs, generator=generator) * 2 - 1) * bound
        parameters[f"{name}.bias"] = (torch.rand(outputs, generator=generator) * 2 - 1) * bound
    return parameters


def _shapes(config: NetworkConfig) -> dict[str, tuple[int, int]]:
    """Inputs and outputs of every layer."""
    width, points, seen = config.width, 3 + 6 * config.octaves, 3 + 6 * config.direction_octaves
    widths = {0: points, config.skip + 1: points + width}
    trunk = {f"pts_linears.{i}": (widths.get(i, width), width) for i in range(config.layers)}
    heads = {
        "views_linears.0": (width + seen, width // 2),
        "feature_linear": (width, width),
        "alpha_linear": (width, 1),
    }
    return {**trunk, **heads, "rgb_linear": (width // 2, 3)}


@dataclass(frozen=True)
class NerfField:
    """One network, in the cube from -half_size to half_size."""

    parameters: dict[str, Tensor]
    config: NetworkConfig
    half_size: float

    def raw(self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"]) -> Float[Tensor, "n 4"]:
        """Colour and density before they mean anything. Directions have unit length."""
        position, config = encoded(points, self.config.octaves), self.config
        hidden = torch.relu(self._layers(position, range(min(config.skip + 1, config.layers))))
        if config.layers > config.skip + 1:
            again = torch.cat([position, hidden], 1)
            hidden = torch.relu(self._layers(again, range(config.skip + 1, config.layers)))
        seen = torch.cat([self._layer(hidden, "feature_linear"), encoded(directions, config.direction_octaves)], 1)
        colour = self._through(seen, ["views_linears.0", "rgb_linear"])
        return torch.cat([colour, self._layer(hidden, "alpha_linear")], 1)

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Density and colour; seen from +z where no directions are given."""
        if directions is None:
            directions = points.new_tensor([0.0, 0.0, 1.0]).expand_as(points)
        raw = self.raw(points, directions)
        return torch.relu(raw[:, 3]), torch.sigmoid(raw[:, :3])

    def _layers(self, values: Tensor, numbers: range) -> Tensor:
        return self._through(values, [f"pts_linears.{i}" for i in numbers])

    def _layer(self, values: Tensor, name: str) -> Tensor:
        return self._through(values, [name])

    def _through(self, values: Tensor, names: list[str]) -> Tensor:
        parameters = [self.parameters[f"{name}.{kind}"] for name in names for kind in ("weight", "bias")]
        return kernels.perceptron(values, parameters, "relu")


@dataclass(frozen=True)
class CoarseAndFine:
    """Two fields: the first tells where it is worth asking the second, which is the answer."""

    coarse: NerfField
    fine: NerfField

    @property
    def half_size(self) -> float:
        return self.fine.half_size

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """The fine field's."""
        return self.fine.query(points, directions)

    @staticmethod
    def of(parameters: dict[str, Tensor], config: NetworkConfig, half_size: float) -> CoarseAndFine:
        """From parameters under the names COARSE.* and FINE.*. KeyError where one is missing."""
        networks = []
        for network in (COARSE, FINE):
            own = {key.removeprefix(f"{network}."): t for key, t in parameters.items() if key.startswith(f"{network}.")}
            networks.append(
                NerfField(
                    {f"{n}.{k}": own[f"{n}.{k}"] for n in _shapes(config) for k in ("weight", "bias")},
                    config,
                    half_size,
                )
            )
        return CoarseAndFine(*networks)
