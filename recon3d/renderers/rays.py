"""Light fields, ray by ray: whatever answers for whole rays draws itself, and this file only asks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.types import Cameras, LightField, Rendering, SeenRays

__all__ = ["Config", "Rays"]


@dataclass(frozen=True)
class Config:
    rays_at_once: int = 8192
    """Bounds the memory: more rays are asked for in turn."""


class Rays:
    """A light field seen by cameras of any lens. Nothing of it is transparent."""

    accepts = LightField

    def __init__(self, config: Config) -> None:
        self.config = config

    def __call__(self, field: LightField, cameras: Cameras, depth: bool = False) -> Rendering:
        """Pictures of all cameras. Depth is z, as everywhere, where the field knows of any.

        Raises ValueError where the cameras differ in size.
        """
        origins, directions = cameras.rays()
        lengths = directions.norm(dim=-1)
        seen = self._seen(field, origins.flatten(0, 2), (directions / lengths[..., None]).flatten(0, 2))
        colour = seen.colour.unflatten(0, lengths.shape)
        known = depth and seen.distance is not None
        z = seen.distance.unflatten(0, lengths.shape) / lengths if known and seen.distance is not None else None
        return Rendering(colour, torch.ones_like(lengths), z)

    def _seen(self, field: LightField, origins: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"]) -> SeenRays:
        count = self.config.rays_at_once
        parts = [field.see(*some) for some in zip(origins.split(count), directions.split(count), strict=True)]
        distances = [part.distance for part in parts if part.distance is not None]
        return SeenRays(torch.cat([part.colour for part in parts]), torch.cat(distances) if distances else None)
