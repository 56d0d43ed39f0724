"""More samples where the first ones saw something (NeRF, Mildenhall et al. 2020, section 5.2)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

NO_WEIGHT = 1e-5
"""Added to every weight, so that there is always somewhere to draw from; less than this is no stretch of its own."""


class Draws(NamedTuple):
    """Numbers in [0, 1) that place the samples of every ray, in place of chance."""

    coarse: Float[Tensor, "n s"]
    fine: Float[Tensor, "n f"]

    @staticmethod
    def even(rays: int, samples: int, refined: int, like: Tensor) -> Draws:
        """Samples in the middle of where chance would put them."""
        shares = (torch.arange(refined, dtype=like.dtype, device=like.device) + 0.5) / max(1, refined)
        return Draws(like.new_full((rays, samples), 0.5), shares.expand(rays, -1))

    @staticmethod
    def spread(rays: int, samples: int, refined: int, like: Tensor) -> Draws:
        """Others on every ray and for every sample, spread evenly: multiples of irrational numbers."""
        ray = torch.arange(rays, dtype=torch.float64, device=like.device)[:, None] * GOLDEN
        sample = torch.arange(samples, dtype=torch.float64, device=like.device) * SILVER
        within = torch.arange(refined, dtype=torch.float64, device=like.device)
        fine = (within + ((within * SILVER + ray).frac())) / max(1, refined)
        return Draws((ray + sample).frac().to(like), fine.to(like))


def smoothed(weights: Float[Tensor, "n k"]) -> Float[Tensor, "n k"]:
    """Widened by their neighbours and raised a little, so that what lies beside a surface is looked at too (mip-NeRF,
    Barron et al. 2021, equation 18)."""
    return functional.avg_pool1d(functional.max_pool1d(weights[:, None], 2, 1, padding=1), 2, 1)[:, 0] + 0.01


GOLDEN, SILVER = 0.6180339887498949, 0.4142135623730950


def drawn(
    weights: Float[Tensor, "n k"], edges: Float[Tensor, "n e"], draws: Float[Tensor, "n f"]
) -> Float[Tensor, "n f"]:
    """Distances drawn from a density that is constant between neighbouring edges, in proportion to the weights there:
    its cumulative distribution inverted at the draws."""
    share = weights + NO_WEIGHT
    reached = torch.cumsum(share / share.sum(1, keepdim=True), 1)
    reached = torch.cat([torch.zeros_like(reached[:, :1]), reached], 1)
    above = torch.searchsorted(reached, draws.contiguous(), right=True)
    below, above = (above - 1).clamp_min(0), above.clamp_max(share.shape[1])
    low, high = reached.gather(1, below), reached.gather(1, above)
    width = torch.where(high - low < NO_WEIGHT, torch.ones_like(low), high - low)
    start, end = edges.gather(1, below), edges.gather(1, above)
    return start + (draws - low) / width * (end - start)
