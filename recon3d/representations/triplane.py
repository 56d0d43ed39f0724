"""Three feature planes and a perceptron that answer for density and colour at any point (Chan et al. 2022, EG3D)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from recon3d import kernels

__all__ = ["Decoder", "DecoderConfig", "Triplane", "laid_out"]

AXES = {"triposr": ((0, 1), (0, 2), (1, 2)), "openlrm": ((0, 1), (0, 2), (2, 1))}
"""Coordinates that place a point on each plane, (across, down), as published."""
DENSITIES: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": torch.exp,
    "softplus": functional.softplus,
    "sigmoid": torch.sigmoid,
}


@dataclass(frozen=True)
class DecoderConfig:
    hidden: int = 64
    """Width of the hidden layers."""
    layers: int = 9
    """Number of hidden layers."""
    activation: Literal["silu", "relu"] = "silu"
    density: Literal["exp", "softplus", "sigmoid"] = "exp"
    """What makes a density of the first output."""
    densest: float = 1.0
    """Times this."""
    density_bias: float = -1.0
    """Added before that."""
    colour_stretch: float = 0.0
    """Colours reach so far beyond 0 and 1 (Mip-NeRF's padding)."""
    axes: Literal["triposr", "openlrm"] = "triposr"
    """Which coordinates place a point on each plane."""


class Decoder(nn.Module):
    """Plane features at a point to what is there: four numbers, the first for density."""

    def __init__(self, config: DecoderConfig, features: int) -> None:
        super().__init__()
        self.config = config
        activation = nn.SiLU if config.activation == "silu" else nn.ReLU
        layers: list[nn.Module] = [nn.Linear(features, config.hidden), activation()]
        for _ in range(config.layers - 1):
            layers += [nn.Linear(config.hidden, config.hidden), activation()]
        self.layers = nn.Sequential(*layers, nn.Linear(config.hidden, 4))

    def forward(
        self, planes: Float[Tensor, "3 c h w"], shadows: Float[Tensor, "3 n 2"], beside: Float[Tensor, "n e"]
    ) -> Float[Tensor, "n 4"]:
        """Of points that throw the shadows on the planes, and of which something else is known too. As precise as that,
        even where autocast computes in less: densities are exponentials of it."""
        parameters = list(self.layers.parameters())
        raw = kernels.decode(planes, shadows, beside, parameters, self.config.activation)
        return raw.to(beside.dtype)

    def density(self, raw: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Density per unit of length of the first output."""
        return self.density_of(self.config, raw)

    def colour(self, raw: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3"]:
        """Colour of the other outputs."""
        return self.colour_of(self.config, raw)

    @staticmethod
    def density_of(config: DecoderConfig, raw: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """What such a decoder's first output means."""
        return config.densest * DENSITIES[config.density](raw + config.density_bias)

    @staticmethod
    def colour_of(config: DecoderConfig, raw: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3"]:
        """What the others mean."""
        return torch.sigmoid(raw) * (1 + 2 * config.colour_stretch) - config.colour_stretch


def laid_out(tokens: Float[Tensor, "b n c"], side: int) -> Float[Tensor, "b*3 c s s"]:
    """Tokens, plane after plane and row after row, as planes with so many along the side, three for each object."""
    return tokens.unflatten(1, (3, side, side)).flatten(0, 1).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Triplane:
    """One object, in the box from -half_size to half_size. Outside it the planes are zero."""

    planes: Float[Tensor, "3 c h w"]
    decoder: Decoder
    half_size: float

    def raw(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 4"]:
        """The decoder's outputs before they mean anything."""
        shadows = torch.stack([points[:, pair] for pair in AXES[self.decoder.config.axes]]) / self.half_size
        return self.decoder(self.planes, shadows, points[:, :0])

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Density and colour; the object looks the same from all directions."""
        raw = self.raw(points)
        return self.decoder.density(raw[:, 0]), self.decoder.colour(raw[:, 1:])
