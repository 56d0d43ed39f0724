"""Depth maps of a ball and of a box, traced in closed form from all around."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from recon3d.meshing.depth_maps import DepthMap, depth_map
from recon3d.synthesis.cameras import dome, looking_at
from recon3d.types import Cameras

SIDE, FOCAL, DISTANCE = 120, 166.0, 4.0
BOX = torch.tensor([0.9, 0.7, 0.5], dtype=torch.float64)
"""Half the sides of the box."""

Trace = Callable[[Tensor, Tensor], Tensor]
"""Multiples of directions (n 3) at which rays from origins (n 3) first meet something, infinity for nothing."""


def around(count: int = 24, elevations: tuple[float, float] = (-80.0, 80.0)) -> Cameras:
    places = dome(count, DISTANCE, elevations)
    return looking_at(places, np.zeros_like(places), (SIDE, SIDE), FOCAL).to("cpu", torch.float32)


def ball(origins: Tensor, directions: Tensor, radius: float = 1.0) -> Tensor:
    a, b = (directions * directions).sum(-1), (origins * directions).sum(-1)
    root = b * b - a * ((origins * origins).sum(-1) - radius**2)
    return torch.where(root > 0, (-b - root.clamp_min(0).sqrt()) / a, torch.inf)


def box(origins: Tensor, directions: Tensor, half: Tensor = BOX) -> Tensor:
    """The last of the three slabs that a ray enters, if it leaves none before."""
    first, second = (-half - origins) / directions, (half - origins) / directions
    entered, left = first.minimum(second).amax(-1), first.maximum(second).amin(-1)
    return torch.where(entered < left, entered, torch.inf)


def depths(cameras: Cameras, trace: Trace) -> Tensor:
    """z in the frames of the cameras, v h w; infinity where there is nothing."""
    origins, directions = (rays.double() for rays in cameras.rays())
    found = trace(origins.reshape(-1, 3), directions.reshape(-1, 3))
    return found.reshape(directions.shape[:3]).float()


def maps_of(trace: Trace, cameras: Cameras | None = None) -> list[DepthMap]:
    cameras = around() if cameras is None else cameras
    seen = depths(cameras, trace)
    return [
        depth_map(camera, torch.where(depth < torch.inf, depth, 0.0), (depth < torch.inf).float())
        for camera, depth in zip(cameras, seen, strict=True)
    ]


def to_box(points: Tensor, half: Tensor = BOX) -> Tensor:
    """How far points are from the box's surface."""
    beyond = points.double().abs() - half
    return (beyond.clamp_min(0).norm(dim=-1) + beyond.amax(-1).clamp_max(0)).abs()
