"""What FlipNeRF learns a scene from few pictures by (Seo et al. 2023; the mixture after MixNeRF, Seo et al. 2023): the
samples along a ray, seen at first, are together a distribution of its colour, the same for the ray that comes from the
mirror image of the viewer, and there is nothing where they are not sure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d.metrics import colour_and_mask
from recon3d.metrics.colour_and_mask import ColourAndMask
from recon3d.types import RayMixture, Rendering, Views

__all__ = ["Config", "RayMixtures"]

NOTHING = 1e-12
"""Likelihood that every colour has, and the least that divides."""
CHANNELS = 3
"""The published weights stand beside squared errors that are summed over red, green and blue; ours are means."""


@dataclass(frozen=True)
class Config(colour_and_mask.Config):
    likelihood_first: float = 4.0
    """Weight at first of -log of the likelihood of colours."""
    likelihood: float = 1e-3
    """The same once settled."""
    flipped_likelihood: float = 0.1
    """Share of it that the likelihood along flipped rays counts."""
    emptiness_first: float = 1e-4
    """Weight at first of there being something where a ray is not sure of its colour."""
    emptiness: float = 0.1
    """The same once settled."""
    flipped_emptiness: float = 1e-3
    """The same along flipped rays, always."""
    steepness: float = 2.0
    """How soon a little of something counts for that."""
    consistency: float = 0.1
    """Weight of how differently samples of a ray and of its flipped one are described."""
    orientation: float = 0.1
    """Weight of surfaces that are seen and look away."""
    settling: int = 512
    """Steps from the weights at first to those once settled."""


class RayMixtures(ColourAndMask):
    """The errors of pictures, and of what the samples of the coarse pass say."""

    config: Config

    def __init__(self, config: Config, seed: int = 0) -> None:
        super().__init__(config, seed)
        self.steps = 0

    def __call__(self, rendering: Rendering, target: Views) -> Float[Tensor, ""]:
        """Raises ValueError for a rendering that does not tell what its samples said."""
        if rendering.coarse is None or rendering.coarse.mixture is None:
            raise ValueError("mixtures are told by cone_march, of fields that are being learnt")
        background = self.backgrounds.next(target)
        truth = (target.images if background is None else target.over(background)).flatten(0, 2)
        mixture, flipped = rendering.coarse.mixture, rendering.coarse.flipped
        loss = CHANNELS * self.over(rendering, target, background) + self._mixture(mixture, truth)
        if flipped is not None and len(flipped.rays):
            loss = loss + self._flipped(mixture, flipped, truth)
        self.steps += 1
        return loss

    def _mixture(self, mixture: RayMixture, truth: Float[Tensor, "p 3"]) -> Tensor:
        config = self.config
        loss = self._settling(config.likelihood_first, config.likelihood) * surprise(mixture, truth)
        loss = loss + self._settling(config.emptiness_first, config.emptiness) * unsure(mixture, config.steepness)
        if mixture.facing is not None:
            loss = loss + config.orientation * looking_away(mixture.weights, mixture.facing)
        return loss

    def _flipped(self, mixture: RayMixture, flipped: RayMixture, truth: Float[Tensor, "p 3"]) -> Tensor:
        config = self.config
        weight = config.flipped_likelihood * self._settling(config.likelihood_first, config.likelihood)
        loss = weight * surprise(flipped, truth) + config.flipped_emptiness * unsure(flipped, config.steepness)
        return loss + config.consistency * difference(mixture, flipped)

    def _settling(self, first: float, settled: float) -> float:
        share = min(1.0, self.steps / self.config.settling) if self.config.settling else 1.0
        return first + (settled - first) * share

    def state(self) -> list[int]:
        """Steps so far, and that of the random backgrounds."""
        return [self.steps, *super().state()]

    def restore(self, state: list[int]) -> None:
        self.steps = state[0]
        super().restore(state[1:])


def surprise(mixture: RayMixture, truth: Float[Tensor, "p 3"]) -> Float[Tensor, ""]:
    """-log of the likelihood of the true colours of pixels, each ray a mixture of Laplace distributions that are
    independent in red, green and blue; the mean over rays (MixNeRF)."""
    weights = mixture.weights / (mixture.weights.sum(1, keepdim=True) + NOTHING)
    scales, errors = mixture.scales + NOTHING, (truth[mixture.rays][:, None] - mixture.colours).abs()
    logarithms = -(errors / scales + torch.log(2 * scales)).sum(-1)
    likelihood = torch.logsumexp(logarithms + torch.log(weights + NOTHING), 1)
    return -torch.logaddexp(likelihood, torch.full_like(likelihood, math.log(NOTHING))).mean()


def unsure(mixture: RayMixture, steepness: float) -> Float[Tensor, ""]:
    """How much there is along rays that are not sure of their colours (FlipNeRF's uncertainty-aware emptiness)."""
    doubt = mixture.scales.sum(1).mean(-1, keepdim=True).detach()
    return torch.log1p(steepness * doubt * mixture.weights).mean()


def difference(mixture: RayMixture, flipped: RayMixture) -> Float[Tensor, ""]:
    """Jensen-Shannon divergence of features along flipped rays and along those they were flipped from, taken as
    distributions (FlipNeRF's bottleneck feature consistency)."""
    original = mixture.features[torch.searchsorted(mixture.rays, flipped.rays)]
    logarithms = [functional.log_softmax(features, -1) for features in (original, flipped.features)]
    middle = torch.logaddexp(*logarithms) - math.log(2)
    return torch.stack([(one.exp() * (one - middle)).sum(-1) for one in logarithms]).mean()


def looking_away(weights: Float[Tensor, "r s"], facing: Float[Tensor, "r s"]) -> Float[Tensor, ""]:
    """How much is seen of surfaces that look away; the mean over rays whose normals are known (Ref-NeRF, Verbin et al.
    2022, equation 11)."""
    known = (facing != 0).any(1).sum()
    return (weights * facing.clamp_min(0).square()).sum() / known.clamp_min(1)
