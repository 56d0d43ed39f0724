"""Fields that live on one device and are asked from another."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.types import RadianceField


@dataclass(frozen=True)
class FieldOnDevice:
    """A radiance field whose network is on a device, for meshing, which works on the CPU: points come from there and
    answers go back."""

    field: RadianceField
    device: torch.device

    @property
    def half_size(self) -> float:
        return self.field.half_size

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """As RadianceField's."""
        there = None if directions is None else directions.to(self.device)
        density, colour = self.field.query(points.to(self.device), there)
        return density.to(points), colour.to(points)
