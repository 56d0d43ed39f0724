"""Density control as sampling: dead Gaussians move to where live ones are, numbers grow to a hard cap, means jitter.

Kheradmand et al., "3D Gaussian Splatting as Markov Chain Monte Carlo" (NeurIPS 2024).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from recon3d import kernels
from recon3d.representations.gaussian_parameters import Attention, GaussianParameters, Instant, Population
from recon3d.representations.sampling import choose_weighted

__all__ = ["Config", "Mcmc"]

MOST_COPIES = 51
"""Beyond so many copies of one Gaussian the formula of equation 9 is treated as if there were as many."""


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
    """Revises a population by relocation and growth; the choice goes by opacity times how much the loss pulls."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def due(self, now: Instant) -> bool:
        config = self.config
        return now.step % config.every == 0 and config.start <= now.progress < config.until

    def revise(
        self, population: Population, attention: Attention, now: Instant, generator: torch.Generator
    ) -> Population:
        """Another population; the given one is not changed. The generator alone decides what is random."""
        opacities = population.parameters.opacities
        dead = opacities <= self.config.dead_opacity
        weights = torch.where(dead, 0, opacities * (attention.mean_pull + 1e-12))
        if not bool((weights > 0).any()):
            return population
        places = torch.nonzero(dead).squeeze(-1)
        sources = choose_weighted(weights, len(places), generator)
        population = copy_over(population, sources, places)
        room = self._allowed(population.size, now.progress) - population.size
        if room <= 0:
            return population
        newcomers = choose_weighted(weights, room, generator)
        return append_copies(population, newcomers)

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


def copy_over(population: Population, sources: Int[Tensor, " m"], places: Int[Tensor, " m"]) -> Population:
    """The rows `places` replaced by copies of the rows `sources`, all of them dimmed so that the picture stays."""
    if len(places) == 0:
        return population
    population = _dim_for_copies(population, sources)
    index = torch.arange(population.size, device=sources.device)
    index[places] = sources
    return population.rows(index, fresh=torch.cat([sources, places]))


def append_copies(population: Population, sources: Int[Tensor, " m"]) -> Population:
    """With copies of the rows `sources` at the end, all of them dimmed so that the picture stays."""
    population = _dim_for_copies(population, sources)
    count = population.size
    index = torch.cat([torch.arange(count, device=sources.device), sources])
    newcomers = torch.arange(count, len(index), device=sources.device)
    return population.rows(index, fresh=torch.cat([sources, newcomers]))


def _dim_for_copies(population: Population, sources: Int[Tensor, " m"]) -> Population:
    rows, copies = sources.unique(return_counts=True)
    parameters = population.parameters
    opacity, shrink = split_opacity(parameters.opacities[rows], copies + 1)
    logits, log_scales = parameters.opacity_logits.clone(), parameters.log_scales.clone()
    logits[rows] = torch.logit(opacity.clamp(0.005, 1 - 1e-6)).to(logits)
    log_scales[rows] += shrink.log()[:, None].to(log_scales)
    changed = parameters._replace(opacity_logits=logits, log_scales=log_scales)
    return population._replace(parameters=changed)


def split_opacity(
    opacity: Float[Tensor, " m"], shares: Int[Tensor, " m"]
) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
    """Opacity of each of `shares` coinciding Gaussians, and the factor on their scales, that keep the picture of one.

    Equation 9 and appendix of the paper: new = 1 - (1 - old)^(1/N), and the scale divided by
    sum_i sum_k C(i-1, k) (-1)^k new^(k+1) / sqrt(k+1) over i = 1..N, times old.
    """
    shares = shares.clamp_max(MOST_COPIES)
    new = 1 - (1 - opacity.double()) ** (1 / shares)
    powers = new[:, None] ** torch.arange(1, MOST_COPIES + 1, device=new.device)
    denominator = (_split_coefficients().to(new.device)[shares] * powers).sum(-1)
    return new.to(opacity), (opacity / denominator).to(opacity)


@functools.cache
def _split_coefficients() -> Float[Tensor, "shares power"]:
    """Row N, column k: sum over i = 1..N of C(i-1, k) (-1)^k / sqrt(k+1); the inner sum is C(N, k+1)."""
    rows = [
        [math.comb(shares, k + 1) * (-1) ** k / math.sqrt(k + 1) for k in range(MOST_COPIES)]
        for shares in range(MOST_COPIES + 1)
    ]
    return torch.tensor(rows, dtype=torch.float64)
