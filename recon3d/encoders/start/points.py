"""From the points that structure from motion left beside the cameras."""

from __future__ import annotations

import torch

from recon3d.encoders.start.spreading import spread_by_depth
from recon3d.types import PointCloud, Scene

LEAST = 100
"""Fewer points than this say too little about a scene."""


def start(scene: Scene, count: int, generator: torch.Generator) -> PointCloud | None:
    """A random choice of the scene's points, or all of them and as many more as `count` asks for, beside them."""
    points = scene.points
    if points is None or len(points) < LEAST:
        return None
    if len(points) >= count:
        chosen = torch.randperm(len(points), generator=generator)[:count]
        return PointCloud(points.positions[chosen].float(), points.colours[chosen].float())
    seen = [points.positions] * len(scene.train)  # what hides what is not known
    more = spread_by_depth(seen, scene.train, count - len(points), generator)
    positions = torch.cat([points.positions.float(), more.positions])
    return PointCloud(positions, torch.cat([points.colours.float(), more.colours]))
