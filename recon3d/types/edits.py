"""What a person has cut away from Gaussians: a box, a sphere, and what a brush deleted."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from recon3d.geometry.rotations import rotation_from_quaternion

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True)
class Box:
    """What lies in it stays. The quaternion (w, x, y, z) turns the world's axes into those of the box."""

    centre: Vector
    half_sizes: Vector
    quaternion: Quaternion

    def holds(self, points: Float[Tensor, "n 3"]) -> Bool[Tensor, " n"]:
        world_from_box = rotation_from_quaternion(torch.tensor([self.quaternion], dtype=torch.float64))[0]
        local = (points.double() - torch.tensor(self.centre, dtype=torch.float64)) @ world_from_box
        return (local.abs() <= torch.tensor(self.half_sizes, dtype=torch.float64)).all(-1)


@dataclass(frozen=True)
class Sphere:
    """What lies in it stays."""

    centre: Vector
    radius: float

    def holds(self, points: Float[Tensor, "n 3"]) -> Bool[Tensor, " n"]:
        return (points.double() - torch.tensor(self.centre, dtype=torch.float64)).norm(dim=-1) <= self.radius


@dataclass(frozen=True)
class Edits:
    """A Gaussian stays if its mean lies in the box and in the sphere, where there are such, and it was not deleted:
    that is the bit of its index in `deleted`, lowest bit of each byte first, the bytes in base64; "" is none.
    """

    splats: int
    """How many Gaussians there were before."""
    box: Box | None
    sphere: Sphere | None
    deleted: str

    def keep(self, means: Float[Tensor, "n 3"]) -> Bool[Tensor, " n"]:
        """Which Gaussians stay. ValueError where their number is not that of `splats`."""
        if len(means) != self.splats:
            raise ValueError(f"edits of {self.splats} Gaussians do not fit {len(means)}")
        kept = ~self.erased()
        for region in (self.box, self.sphere):
            if region is not None:
                kept &= region.holds(means)
        return kept

    def erased(self) -> Bool[Tensor, " n"]:
        """Which Gaussians were deleted one by one. ValueError where `deleted` is not base64 of so many bits."""
        content = base64.b64decode(self.deleted, validate=True)
        if not content:
            return torch.zeros(self.splats, dtype=torch.bool)
        if len(content) != (self.splats + 7) // 8:
            raise ValueError(f"{len(content)} bytes are not the bits of {self.splats} Gaussians")
        bits = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")[: self.splats]
        return torch.from_numpy(bits.astype(bool))
