"""More points than were found: pixels between known points borrow their depth."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from scipy.spatial import cKDTree
from torch import Tensor

from recon3d.types import Cameras, LazyViews, PointCloud

NEIGHBOURS = 3
FEWEST_IN_VIEW = 10


def spread_by_depth(
    points: PointCloud,
    views: LazyViews,
    count: int,
    generator: torch.Generator,
    seen_by: list[Bool[Tensor, " n"]] | None = None,
) -> PointCloud:
    """`points` and new ones, about `count` in all: random pixels of every view at the median depth of the three
    points that are nearest in the picture.

    `seen_by` tells for each view which points it really sees; without it all points in front of it are taken.
    """
    per_view = max(0, count - len(points)) // max(1, len(views)) + 1
    positions, colours = [points.positions.float()], [points.colours.float()]
    for i in range(len(views)):
        camera = views.cameras[i]
        known = points.positions if seen_by is None else points.positions[seen_by[i]]
        pixels, depths = _in_view(known.float(), camera)
        if len(pixels) < FEWEST_IN_VIEW:
            continue
        picture = views[i]
        width, height = camera.size
        places = torch.rand(per_view, 2, generator=generator) * torch.tensor([width, height])
        _, nearest = cKDTree(pixels.numpy()).query(places.numpy(), NEIGHBOURS)
        depth = depths[torch.from_numpy(nearest)].median(-1).values
        x, y = places.long().unbind(-1)
        counted = torch.ones(len(places), dtype=torch.bool) if picture.masks is None else picture.masks[0, y, x]
        positions.append(camera.unproject(places[None], depth[None])[0].float()[counted])
        colours.append(picture.images[0, y, x][counted])
    return PointCloud(torch.cat(positions), torch.cat(colours))


def _in_view(points: Float[Tensor, "n 3"], camera: Cameras) -> tuple[Float[Tensor, "m 2"], Float[Tensor, " m"]]:
    pixels, depths = (values[0] for values in camera.project(points))
    width, height = camera.size
    inside = (depths > 0) & (pixels > 0).all(-1) & (pixels < torch.tensor([width, height])).all(-1)
    return pixels[inside], depths[inside]
