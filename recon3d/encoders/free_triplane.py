"""A fitted scene as three planes of features and a perceptron: an encoder that ignores its input and returns the field
it has learnt (the representation of EG3D, Chan et al. 2022, fitted instead of generated)."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from recon3d.encoders.charted import ChartedConfig, ChartedEncoder
from recon3d.kernels import Cells
from recon3d.representations.fitted_triplane import FittedTriplane
from recon3d.representations.triplane import DecoderConfig

__all__ = ["Config", "FreeTriplane"]


@dataclass(frozen=True)
class Config(ChartedConfig):
    resolution: int = 256
    """Cells along the side of a plane."""
    channels: int = 16
    """Features of each."""
    decoder: DecoderConfig = field(default_factory=DecoderConfig)


class FreeTriplane(ChartedEncoder):
    """The planes of one scene, and the perceptron that reads them."""

    @staticmethod
    def parameters(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
        return FittedTriplane.begin(config.resolution, config.channels, config.decoder, generator)

    @staticmethod
    def field(parameters: dict[str, Tensor], cells: Cells, config: Config) -> FittedTriplane:
        return FittedTriplane(parameters, cells, config.decoder)
