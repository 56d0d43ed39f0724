"""Density control by thresholds: clone what is small and pulled, split what is large and pulled, drop what is faint.

Kerbl et al., "3D Gaussian Splatting" (2023), section 5.2 and its public settings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool
from torch import Tensor

from recon3d.geometry.rotations import rotation_from_quaternion
from recon3d.representations.gaussian_parameters import Attention, GaussianParameters, Instant, Population

__all__ = ["Adaptive", "Config"]

SPLIT_SHRINK = 1.6
"""A split Gaussian's halves are so much smaller."""


@dataclass(frozen=True)
class Config:
    cap: int = 300_000
    """No more Gaussians than this, ever; the most pulled come first."""
    every: int = 100
    """Steps between revisions."""
    start: int = 500
    """Steps before the first revision."""
    until: float = 0.5
    """Share of the fit after which numbers stay."""
    pull: float = 2e-4
    """Mean gradient by the projected mean, in units of half a picture, above which a Gaussian is doubled."""
    large: float = 0.01
    """Gaussians larger than this, in units of the cameras' spread, are split instead of cloned."""
    dead_opacity: float = 0.005
    """Gaussians fainter than this are dropped."""
    reset_every: int = 3000
    """Steps between resets of all opacities to twice `dead_opacity`, which shows what is really needed."""


class Adaptive:
    """Revises a population by cloning, splitting and pruning."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def due(self, now: Instant) -> bool:
        config = self.config
        return now.step >= config.start and now.step % config.every == 0 and now.progress < config.until

    def revise(
        self, population: Population, attention: Attention, now: Instant, generator: torch.Generator
    ) -> Population:
        """Another population; the given one is not changed."""
        config = self.config
        pulled = _most_pulled(attention, config.pull, config.cap - population.size)
        large = population.parameters.log_scales.amax(-1) > math.log(config.large)
        population = _split(population, pulled & large, torch.nonzero(pulled & ~large).squeeze(-1), generator)
        population = population.rows(population.parameters.opacities > config.dead_opacity)
        if now.step % config.reset_every == 0:
            population = _reset_opacities(population, 2 * config.dead_opacity)
        return population

    def jitter(self, parameters: GaussianParameters, means_rate: float, seed: int) -> None:
        """Nothing: this control does not explore by noise."""


def _most_pulled(attention: Attention, threshold: float, room: int) -> Bool[Tensor, " n"]:
    pull = attention.mean_pull
    chosen = pull > threshold
    if int(chosen.sum()) > room:
        order = torch.argsort(pull, descending=True, stable=True)
        chosen = torch.zeros_like(chosen)
        chosen[order[: max(room, 0)]] = True
    return chosen


def _split(population: Population, split: Bool[Tensor, " n"], clones: Tensor, generator: torch.Generator) -> Population:
    """Split rows become two smaller ones, drawn from the Gaussian they were; `clones` are doubled where they are."""
    kept, halves = torch.nonzero(~split).squeeze(-1), torch.nonzero(split).squeeze(-1).repeat(2)
    count = len(kept) + len(clones)
    fresh = torch.arange(len(kept), count + len(halves), device=kept.device)
    result = population.rows(torch.cat([kept, clones, halves]), fresh)
    if len(halves) == 0:
        return result
    parameters = result.parameters
    old = GaussianParameters(*(tensor[count:] for tensor in parameters))
    draws = torch.randn(len(halves), 3, generator=generator).to(old.means) * torch.exp(old.log_scales)
    offsets = (rotation_from_quaternion(old.quaternions) @ draws[:, :, None]).squeeze(-1)
    means, log_scales = parameters.means.clone(), parameters.log_scales.clone()
    means[count:] += offsets
    log_scales[count:] -= math.log(SPLIT_SHRINK)
    return result._replace(parameters=parameters._replace(means=means, log_scales=log_scales))


def _reset_opacities(population: Population, ceiling: float) -> Population:
    limit = math.log(ceiling / (1 - ceiling))
    parameters = population.parameters
    lowered = parameters._replace(opacity_logits=parameters.opacity_logits.clamp_max(limit))
    moments = (part._replace(opacity_logits=torch.zeros_like(part.opacity_logits)) for part in population[1:])
    return Population(lowered, *moments)
