"""Places to take pictures from."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float

from recon3d.types import Cameras

Array = np.ndarray


def looking_at(
    centres: Float[Array, "v 3"], targets: Float[Array, "v 3"], size: tuple[int, int], focal: float
) -> Cameras:
    """Level cameras (world +z up) in float64 with square pixels and the axis in the middle; `focal` in pixels."""
    forward = targets - centres
    forward /= np.linalg.norm(forward, axis=-1, keepdims=True)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    world_from_camera = np.tile(np.eye(4), (len(centres), 1, 1))
    world_from_camera[:, :3, :3] = np.stack([right, np.cross(forward, right), forward], -1)
    world_from_camera[:, :3, 3] = centres
    intrinsics = torch.tensor([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1]], dtype=torch.float64)
    count = len(centres)
    return Cameras(
        torch.from_numpy(world_from_camera),
        intrinsics.expand(count, 3, 3).clone(),
        torch.full((count,), size[0]),
        torch.full((count,), size[1]),
    )


def dome(count: int, radius: float, elevations: tuple[float, float], turn: float = 0.0) -> Float[Array, "v 3"]:
    """Points on a sphere about the origin, evenly dense between two elevations (degrees): a golden-angle spiral.

    `turn` (degrees) rotates the whole pattern, so that a second one falls between the first.
    """
    low, high = np.sin(np.radians(elevations))
    z = low + (high - low) * (np.arange(count) + 0.5) / count
    angle = np.arange(count) * np.pi * (3 - 5**0.5) + np.radians(turn)
    ring = np.sqrt(1 - z * z)
    return radius * np.stack([ring * np.cos(angle), ring * np.sin(angle), z], -1)
