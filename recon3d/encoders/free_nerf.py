"""A fitted scene as NeRF's pair of networks: an encoder that ignores its input and returns the fields it has learnt
(Mildenhall et al. 2020). Its weights have the names of nerf-pytorch's checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from recon3d.encoders.learnt_field import HALF_SIZE, LearntField
from recon3d.representations import nerf
from recon3d.representations.nerf import CoarseAndFine
from recon3d.representations.nerf_network import NetworkConfig

__all__ = ["Config", "FreeNerf"]


@dataclass(frozen=True)
class Config:
    rate: float = 5e-4
    """Learning rate at first; it decays to `decay` of itself."""
    decay: float = 0.1
    network: NetworkConfig = field(default_factory=NetworkConfig)


class FreeNerf(LearntField):
    """The two networks of one scene."""

    @staticmethod
    def parameters(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
        return nerf.begin(config.network, generator)

    @staticmethod
    def field_of(weights: dict[str, Tensor], config: Config) -> CoarseAndFine:
        """The fields that `weights` tell of. KeyError where a tensor is missing."""
        return CoarseAndFine.of(weights, config.network, HALF_SIZE)

    def rate(self, progress: float) -> float:
        return float(self.config.rate * self.config.decay**progress)
