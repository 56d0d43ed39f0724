"""What a multiresolution hash grid says of points."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from recon3d.kernels.interface import GridLevels

PRIMES = (1, 2654435761, 805459861)
"""Müller et al. 2022, equation 4."""


def hash_encode(table: Float[Tensor, "t f"], points: Float[Tensor, "n 3"], levels: GridLevels) -> Float[Tensor, "n c"]:
    """Features of every level, the coarsest first, between the eight nodes of the cell that a point lies in (Müller et
    al. 2022, Instant-NGP, section 3).

    Points lie in the unit cube; those outside count as on its sides.
    """
    places = points.clamp(0, 1)
    return torch.cat([_level(table, places, levels, number) for number in range(len(levels.resolutions))], 1)


def _level(table: Tensor, places: Tensor, levels: GridLevels, number: int) -> Float[Tensor, "n f"]:
    side, start = levels.resolutions[number], levels.starts[number]
    scaled = places * side
    cells = scaled.detach().long().clamp_max(side - 1)
    rest = scaled - cells
    total = table.new_zeros(len(places), table.shape[1])
    for corner in range(8):
        upper = torch.tensor([corner & 1, corner >> 1 & 1, corner >> 2], device=table.device)
        rows = start + _row(cells + upper, side + 1, levels.starts[number + 1] - start)
        weight = torch.where(upper > 0, rest, 1 - rest).prod(-1, keepdim=True)
        total = total + weight * table[rows]
    return total


def _row(nodes: Int[Tensor, "n 3"], side: int, rows: int) -> Int[Tensor, " n"]:
    """Every node has its own row where there are so many; otherwise they share by their hash."""
    x, y, z = nodes.unbind(-1)
    if side**3 <= rows:
        return x + side * (y + side * z)
    return (x * PRIMES[0] ^ y * PRIMES[1] ^ z * PRIMES[2]) % rows
