"""Random choices that come out the same on every run with the same generator."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor


def choose_distinct(weights: Float[Tensor, " n"], count: int, generator: torch.Generator) -> Int[Tensor, " m"]:
    """`count` different row numbers, in increasing order, as if drawn one after the other, each with a probability
    proportional to its weight; fewer where there are not so many weights above 0.

    Efraimidis and Spirakis (2006), algorithm A, with exponential variates: the rows that wait least, each at the rate
    of its weight. Weights are >= 0.
    """
    uniform = torch.rand(len(weights), generator=generator, dtype=torch.float64).to(weights.device)
    waits = torch.where(weights > 0, -torch.log1p(-uniform) / weights.double(), torch.inf)
    possible = int((weights > 0).sum())
    return waits.topk(min(count, possible), largest=False).indices.sort().values
