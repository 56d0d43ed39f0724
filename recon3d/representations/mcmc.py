"""Density control as sampling: dead Gaussians move to where the loss pulls, numbers grow to a hard cap, means jitter.

Kheradmand et al., "3D Gaussian Splatting as Markov Chain Monte Carlo" (NeurIPS 2024), but for what a chosen Gaussian
becomes. There it is copied to its own place, and noise must drive the copies apart, which takes thousands of steps;
here it is split along its longest axis, as in Deng et al., "Improving Densification in 3D Gaussian Splatting" (2025).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from recon3d import kernels
from recon3d.geometry.rotations import rotation_from_quaternion
from recon3d.representations.gaussian_parameters import Attention, GaussianParameters, Instant, Population
from recon3d.representations.sampling import choose_distinct

__all__ = ["Config", "Mcmc"]

HALF_OFFSET, HALF_LENGTH, HALF_WIDTH = 0.8, 0.6, 0.85
"""Halves of a Gaussian lie so many of its standard deviations from its middle along the longest axis, and are so long
along it, and so wide across it, in shares of what it was."""
HALF_OPACITY = 0.6


@dataclass(frozen=True)
class Config:
    cap: int = 60_000
    """No more Gaussians than this, ever."""
    every: int = 50
    """Steps between revisions."""
    start: float = 0.03
    """Share of the fit before the first revision."""
    until: float = 0.8
    """Share of the fit after which numbers and places stay."""
    full_at: float = 0.8
    """Share of the fit after which the cap is reached; until then as large a share of it is allowed as of this."""
    growth: float = 0.2
    """Share by which the number grows at one revision, at most."""
    dead_opacity: float = 0.005
    """Gaussians fainter than this are moved."""
    noise: float = 1e7
    """Strength of the jitter, times the learning rate of the means."""


class Mcmc:
    """Revises a population by relocation and growth; the choice goes by how much the loss pulls."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def due(self, now: Instant) -> bool:
        config = self.config
        return now.step % config.every == 0 and config.start <= now.progress < config.until

    def revise(
        self, population: Population, attention: Attention, now: Instant, generator: torch.Generator
    ) -> Population:
        """Another population; the given one is not changed. The generator alone decides what is random."""
        size = population.size
        dead = population.parameters.opacities <= self.config.dead_opacity
        weights = torch.where(dead, 0, attention.mean_pull + 1e-12)
        grown = max(size, self._allowed(size, now.progress))
        new = torch.arange(size, grown, device=dead.device)
        places = torch.cat([torch.nonzero(dead).squeeze(-1), new])
        sources = choose_distinct(weights, len(places), generator)
        return split(population, sources, places[: len(sources)])

    def _allowed(self, size: int, progress: float) -> int:
        """How many Gaussians may be there: pictures are small and details rough at first, and fewer are quicker."""
        config = self.config
        share = min(1.0, progress / config.full_at) if config.full_at > 0 else 1.0
        return min(int(config.cap * share), int(size * (1 + config.growth)))

    def jitter(self, parameters: GaussianParameters, means_rate: float, seed: int) -> None:
        """Move faint Gaussians at random, in place (equation 9: exploration)."""
        kernels.perturb_means(
            parameters.means,
            parameters.quaternions,
            parameters.log_scales,
            parameters.opacity_logits,
            self.config.noise * means_rate,
            seed,
        )


def split(population: Population, sources: Int[Tensor, " m"], places: Int[Tensor, " m"]) -> Population:
    """Every row of `sources` split into two halves: one stays in its row, the other takes the row of the same index in
    `places`, among those that are there (what they held is lost) or right behind them."""
    if len(sources) == 0:
        return population
    size = max(population.size, int(places.max()) + 1)
    index = torch.arange(size, device=sources.device)
    index[places] = sources
    population = population.rows(index, fresh=torch.cat([sources, places]))
    parameters = population.parameters
    for tensor, one, other in zip(parameters, *halves(parameters.map(lambda tensor: tensor[sources])), strict=True):
        tensor[sources], tensor[places] = one, other
    return population


def halves(whole: GaussianParameters) -> tuple[GaussianParameters, GaussianParameters]:
    """Two Gaussians side by side along the longest axis that together look like the whole one, sharper and fainter."""
    rows = torch.arange(len(whole.means), device=whole.means.device)
    longest = whole.log_scales.argmax(-1)
    axis = rotation_from_quaternion(whole.quaternions)[rows, :, longest]
    offset = HALF_OFFSET * whole.log_scales[rows, longest].exp()[:, None] * axis
    log_scales = whole.log_scales + math.log(HALF_WIDTH)
    log_scales[rows, longest] += math.log(HALF_LENGTH / HALF_WIDTH)
    logits = torch.logit(HALF_OPACITY * whole.opacities)
    half = whole._replace(log_scales=log_scales, opacity_logits=logits)
    return half._replace(means=whole.means - offset), half._replace(means=whole.means + offset)
