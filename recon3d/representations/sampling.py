"""Random choices that come out the same on every run with the same generator."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor


def choose_weighted(weights: Float[Tensor, " n"], count: int, generator: torch.Generator) -> Int[Tensor, " m"]:
    """`count` row numbers, with replacement, each with a probability proportional to its weight.

    By inversion of the cumulative sum in float64 (torch.multinomial stops at 2^24 rows). Weights are >= 0, not all 0.
    """
    cumulative = weights.double().cumsum(0)
    draws = torch.rand(count, generator=generator, dtype=torch.float64).to(weights.device) * cumulative[-1]
    return torch.searchsorted(cumulative, draws, right=True).clamp_max(len(weights) - 1)
