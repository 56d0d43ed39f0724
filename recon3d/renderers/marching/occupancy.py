"""Where a field has anything to show: a grid of cells, so that rays need not ask in empty space (Müller et al. 2022,
Instant-NGP, section 5.4)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from recon3d.types import RadianceField

POINTS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Occupancy:
    """Cells of the cube from -half_size to half_size, along x, y and z."""

    cells: Bool[Tensor, "r r r"]
    half_size: float

    @staticmethod
    @torch.no_grad()
    def of(field: RadianceField, resolution: int, faintest: float, like: Tensor) -> Occupancy:
        """Cells count as occupied where a corner of theirs, or of a neighbour's, is denser than `faintest`: a part that
        is thinner than a cell must pass by a corner to be noticed."""
        steps = torch.linspace(-field.half_size, field.half_size, resolution + 1, dtype=like.dtype, device=like.device)
        nodes = torch.cartesian_prod(steps, steps, steps)
        dense = torch.cat([field.query(some)[0] > faintest for some in nodes.split(POINTS_AT_ONCE)])
        grid = dense.view(1, 1, *(resolution + 1,) * 3).float()
        touched = functional.max_pool3d(grid, 4, stride=1, padding=2)[..., 1:-1, 1:-1, 1:-1]
        return Occupancy(touched[0, 0] > 0, field.half_size)

    def holds(self, points: Float[Tensor, "*n 3"]) -> Bool[Tensor, "*n"]:
        """Whether there may be something at the points; those outside count as in the nearest cell."""
        resolution = self.cells.shape[0]
        places = ((points / self.half_size + 1) * (resolution / 2)).long().clamp(0, resolution - 1)
        x, y, z = places.unbind(-1)
        return self.cells[x, y, z]
