"""Voxels in blocks that are there only where a surface may be (Nießner et al. 2013; sorted keys, where they hash)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

SIDE = 8
"""Voxels along the side of a block."""
VOXELS = SIDE**3
CELL = 2
"""Points are gathered in cells of so many voxels along a side before their blocks are looked for."""
REACH = 1 << 20
"""Blocks from the middle to the farthest that has a key."""


@dataclass(frozen=True)
class Grid:
    """Where voxels are: voxel (i, j, k) is the node at `origin + side * (i, j, k)`."""

    origin: Float[Tensor, "3"]
    side: float

    def coordinates(self, points: Float[Tensor, "n 3"], voxels: int) -> Int[Tensor, "n 3"]:
        """Those of the cubes of so many voxels along a side that the points lie in."""
        return ((points - self.origin) / (self.side * voxels)).floor().long()


@dataclass(frozen=True)
class Blocks:
    """Blocks with sorted `keys`, no two the same, and their coordinates: block b holds the voxels 8 b to 8 b + 7."""

    keys: Int[Tensor, " b"]

    @staticmethod
    def at(coordinates: Int[Tensor, "n 3"]) -> Blocks:
        return Blocks(keys_of(coordinates).unique())

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def coordinates(self) -> Int[Tensor, "b 3"]:
        return coordinates_of(self.keys)

    def rows(self, coordinates: Int[Tensor, "... 3"]) -> Int[Tensor, "..."]:
        """Which of them those are, -1 for none."""
        wanted = keys_of(coordinates)
        row = torch.searchsorted(self.keys, wanted).clamp_max(len(self) - 1)
        return torch.where(self.keys[row] == wanted, row, -1)


def keys_of(coordinates: Int[Tensor, "... 3"]) -> Int[Tensor, "..."]:
    """21 bits for every coordinate, in the order of x, y, z."""
    x, y, z = (coordinates + REACH).unbind(-1)
    return x << 42 | y << 21 | z


def coordinates_of(keys: Int[Tensor, "..."]) -> Int[Tensor, "... 3"]:
    low = (1 << 21) - 1
    return torch.stack([keys >> 42, keys >> 21 & low, keys & low], -1) - REACH


def blocks_around(clouds: Iterable[Float[Tensor, "_ 3"]], grid: Grid, margin: float) -> Blocks:
    """All blocks with a node within `margin`, in voxels, of a point along every axis, and a few more."""
    cells = [keys_of(grid.coordinates(points, CELL)).unique() for points in clouds]
    if not cells or not sum(len(c) for c in cells):
        return Blocks(torch.zeros(0, dtype=torch.int64))
    first = CELL * coordinates_of(torch.cat(cells).unique())
    low = ((first - margin) / SIDE).floor().long()
    high = ((first + CELL + margin) / SIDE).floor().long()
    corners = torch.stack([low, (low + high) // 2, high])
    picks = torch.cartesian_prod(*[torch.arange(3)] * 3)
    found = [keys_of(torch.stack([corners[p[i], :, i] for i in range(3)], -1)).unique() for p in picks]
    return Blocks(torch.cat(found).unique())


def offsets() -> Int[Tensor, "512 3"]:
    """Of the voxels of a block from its first one, in the order in which they are stored: z runs fastest."""
    axis = torch.arange(SIDE)
    return torch.cartesian_prod(axis, axis, axis)
