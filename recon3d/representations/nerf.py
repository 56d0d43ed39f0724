"""NeRF's radiance field: points and directions by sines of many octaves, and a perceptron of eight layers (Mildenhall
et al. 2020), under the names that nerf-pytorch's checkpoints have."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.representations.nerf_network import NerfNetwork, NetworkConfig, encoded, layer_sizes

__all__ = ["CoarseAndFine", "NerfField", "begin"]

COARSE, FINE = "network_fn_state_dict", "network_fine_state_dict"
"""Names of the two dictionaries in a published checkpoint."""


def begin(config: NetworkConfig, generator: torch.Generator) -> dict[str, Tensor]:
    """Parameters of both networks: uniform, as torch begins linear layers."""
    parameters: dict[str, Tensor] = {}
    for network in (COARSE, FINE):
        for name, (inputs, outputs) in _shapes(config).items():
            bound = inputs**-0.5
            weights, biases = (torch.rand(s, generator=generator) for s in ((outputs, inputs), (outputs,)))
            parameters[f"{network}.{name}.weight"] = (weights * 2 - 1) * bound
            parameters[f"{network}.{name}.bias"] = (biases * 2 - 1) * bound
    return parameters


def _shapes(config: NetworkConfig) -> dict[str, tuple[int, int]]:
    return layer_sizes(config, 3 + 6 * config.octaves)


@dataclass(frozen=True)
class NerfField:
    """One network, in the cube from -half_size to half_size."""

    parameters: dict[str, Tensor]
    config: NetworkConfig
    half_size: float

    def raw(self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"]) -> Float[Tensor, "n 4"]:
        """Colour and density before they mean anything. Directions have unit length."""
        network = NerfNetwork(self.parameters, self.config)
        hidden = network.hidden(encoded(points, self.config.octaves))
        known, direction = network.through(hidden, "feature_linear"), encoded(directions, self.config.direction_octaves)
        colour = network.through(torch.cat([known, direction], 1), "views_linears.0", "rgb_linear")
        return torch.cat([colour, network.through(hidden, "alpha_linear")], 1)

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Density and colour; seen from +z where no directions are given."""
        if directions is None:
            directions = points.new_tensor([0.0, 0.0, 1.0]).expand_as(points)
        raw = self.raw(points, directions)
        return torch.relu(raw[:, 3]), torch.sigmoid(raw[:, :3])


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
        names = [f"{name}.{kind}" for name in _shapes(config) for kind in ("weight", "bias")]
        networks = ({name: parameters[f"{network}.{name}"] for name in names} for network in (COARSE, FINE))
        return CoarseAndFine(*(NerfField(network, config, half_size) for network in networks))
