"""A fitted scene as mip-NeRF's field: an encoder that ignores its input and returns the field it has learnt (Barron et
al. 2021; schedules after RegNeRF, Niemeyer et al. 2022, as FlipNeRF has them)."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from recon3d.encoders.learnt_field import HALF_SIZE, LearntField
from recon3d.representations import mip_nerf
from recon3d.representations.mip_nerf import MipNerf, Noise
from recon3d.representations.nerf_network import NetworkConfig
from recon3d.types import Views

__all__ = ["Config", "FreeMipNerf"]

SEEDS_APART = 2**32


@dataclass(frozen=True)
class Config:
    rate: float = 2e-3
    """Learning rate at first; it decays to `decay` of itself."""
    decay: float = 0.01
    warm_up: int = 512
    """Steps over which the rate grows to what it is, from `cold` of it."""
    cold: float = 0.01
    steepest: float = 0.1
    """No gradient is larger, and all together are no longer than this; 0 lets them be."""
    noise: float = 1.0
    """Standard deviation of what is added to density before it means anything."""
    narrow: float = 0.5
    """Share of every ray, around its middle, that is looked at at first."""
    narrow_steps: int = 256
    """Steps after which all of it is."""
    network: NetworkConfig = field(default_factory=NetworkConfig)


class FreeMipNerf(LearntField):
    """The field of one scene."""

    @staticmethod
    def parameters(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
        return mip_nerf.begin(config.network, generator)

    @staticmethod
    def field_of(weights: dict[str, Tensor], config: Config) -> MipNerf:
        """The field that `weights` tell of. KeyError where a tensor is missing."""
        return MipNerf.of(weights, config.network, HALF_SIZE)

    def __call__(self, context: Views | None = None) -> MipNerf:
        """The field as it is now; while it is learnt, with noise, and at first only the middles of rays."""
        shown = self.field_of(self.learnt.parameters, self.config)
        if not torch.is_grad_enabled():
            return shown
        config = self.config
        opened = min(1.0, self.steps / config.narrow_steps) if config.narrow_steps else 1.0
        generator = torch.Generator().manual_seed(self.seed * SEEDS_APART + self.steps)
        noise = Noise(config.noise, generator) if config.noise else None
        return dataclasses.replace(shown, reach=config.narrow + (1 - config.narrow) * opened, noise=noise)

    def rate(self, progress: float) -> float:
        config = self.config
        warmed = math.sin(math.pi / 2 * min(1.0, self.steps / config.warm_up)) if config.warm_up else 1.0
        return float(config.rate * config.decay**progress * (config.cold + (1 - config.cold) * warmed))

    def learn(self, progress: float, size: tuple[int, int]) -> None:
        """One step from the gradients of the last loss, if they are not too steep."""
        if self.config.steepest:
            self.learnt.clip(self.config.steepest)
        super().learn(progress, size)
