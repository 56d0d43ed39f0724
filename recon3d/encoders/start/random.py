"""From nothing but the cameras: pixels of the photos at random depths, uniform in inverse depth."""

from __future__ import annotations

import torch

from recon3d.geometry.rays import nearest_point_to_rays
from recon3d.types import PointCloud, Scene

NEAREST, FARTHEST = 0.35, 6.0
"""In units of the median distance of the cameras to the point they look at."""


def start(scene: Scene, count: int, generator: torch.Generator) -> PointCloud | None:
    """Always applies."""
    views = scene.train
    forward = views.cameras.world_from_camera[:, :3, 2].double()
    middle = nearest_point_to_rays(views.cameras.centres.double(), forward)
    distance = float(((middle - views.cameras.centres) * forward).sum(-1).median())
    distance = distance if distance > 1e-3 else 1.0  # parallel or outward-looking cameras: the size of their spread
    per_view = count // len(views) + 1
    positions, colours = [], []
    for i in range(len(views)):
        camera = views.cameras[i]
        places = torch.rand(per_view, 2, generator=generator) * torch.tensor(camera.size)
        inverse = 1 / FARTHEST + torch.rand(per_view, generator=generator) * (1 / NEAREST - 1 / FARTHEST)
        x, y = places.long().unbind(-1)
        positions.append(camera.unproject(places[None], (distance / inverse)[None])[0].float())
        colours.append(views[i].images[0, y, x])
    return PointCloud(torch.cat(positions)[:count], torch.cat(colours)[:count])
