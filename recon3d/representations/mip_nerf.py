"""mip-NeRF's field, which is asked about Gaussians instead of points (Barron et al. 2021), and how sure it is of its
colours: a Laplace distribution for each (MixNeRF, Seo et al. 2023)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d import kernels
from recon3d.geometry.cones import encoded_gaussians
from recon3d.kernels import reference
from recon3d.representations.nerf_network import NerfNetwork, NetworkConfig, encoded, layer_sizes

__all__ = ["Answers", "MipNerf", "Noise", "begin"]

DENSITY_SHIFT, COLOUR_MARGIN = -1.0, 0.001
"""Added to densities before softplus; by how much colours may leave [0, 1]. Both as published."""
FLATTEST = 3e-4
"""Slopes of density that are shorter have a shorter normal too."""


def begin(config: NetworkConfig, generator: torch.Generator) -> dict[str, Tensor]:
    """Parameters to begin with: Glorot's uniform weights, no biases."""
    parameters: dict[str, Tensor] = {}
    for name, (inputs, outputs) in _shapes(config).items():
        bound = math.sqrt(6 / (inputs + outputs))
        parameters[f"{name}.weight"] = (torch.rand(outputs, inputs, generator=generator) * 2 - 1) * bound
        parameters[f"{name}.bias"] = torch.zeros(outputs)
    return parameters


def _shapes(config: NetworkConfig) -> dict[str, tuple[int, int]]:
    return {**layer_sizes(config, 6 * config.octaves), "scale_linear": (config.width // 2, 3)}


class Answers(NamedTuple):
    """What a field says of Gaussians."""

    density: Float[Tensor, " n"]
    colours: Float[Tensor, "n 3"]
    scales: Float[Tensor, "n 3"]
    """Of the Laplace distributions around the colours."""
    features: Float[Tensor, "n w"]
    """What colours are made of, whatever the direction."""
    normals: Float[Tensor, "n 3"] | None
    """Against the slope of density, of unit length; None where they were not asked for."""


class Noise(NamedTuple):
    """Normal numbers of that standard deviation, added to densities before they mean anything."""

    size: float
    generator: torch.Generator


@dataclass(frozen=True)
class MipNerf:
    """A field in the cube from -half_size to half_size.

    While it is learnt, `reach` is the share of every ray, around its middle, that is to be looked at, and `noise` makes
    its density unsure.
    """

    parameters: dict[str, Tensor]
    config: NetworkConfig
    half_size: float
    reach: float = 1.0
    noise: Noise | None = None

    @staticmethod
    def of(parameters: dict[str, Tensor], config: NetworkConfig, half_size: float) -> MipNerf:
        """From named parameters. KeyError where one is missing."""
        names = [f"{name}.{kind}" for name in _shapes(config) for kind in ("weight", "bias")]
        return MipNerf({name: parameters[name] for name in names}, config, half_size)

    def ask(
        self,
        means: Float[Tensor, "n 3"],
        variances: Float[Tensor, "n 3"],
        directions: Float[Tensor, "n 3"],
        normals: bool = False,
    ) -> Answers:
        """Directions have unit length. Variances are along the axes of the world."""
        network = self._network(normals)
        if normals:
            means = means.detach().requires_grad_()
        hidden = network.hidden(encoded_gaussians(means, variances, self.config.octaves))
        density = self._density(network.through(hidden, "alpha_linear")[:, 0])
        features = network.through(hidden, "feature_linear")
        seen = torch.cat([features, encoded(directions, self.config.direction_octaves)], 1)
        seen = torch.relu(network.through(seen, "views_linears.0"))
        colours = torch.sigmoid(network.through(seen, "rgb_linear")) * (1 + 2 * COLOUR_MARGIN) - COLOUR_MARGIN
        scales = functional.softplus(network.through(seen, "scale_linear"))
        return Answers(density, colours, scales, features, _normals(density, means) if normals else None)

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Density and colour at points; seen from +z where no directions are given."""
        if directions is None:
            directions = points.new_tensor([0.0, 0.0, 1.0]).expand_as(points)
        answers = self.ask(points, torch.zeros_like(points), directions)
        return answers.density, answers.colours

    def _network(self, twice_differentiable: bool) -> NerfNetwork:
        apply = reference.perceptron if twice_differentiable else kernels.perceptron
        return NerfNetwork(self.parameters, self.config, apply)

    def _density(self, raw: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
        if self.noise is not None:
            raw = raw + self.noise.size * torch.randn(raw.shape, generator=self.noise.generator).to(raw)
        return functional.softplus(raw + DENSITY_SHIFT)


def _normals(density: Float[Tensor, " n"], means: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
    (slope,) = torch.autograd.grad(density.sum(), means, create_graph=True)
    return -functional.normalize(slope, dim=-1, eps=FLATTEST)
