"""Points where there are pixels: every view's picture covered evenly, at the depths of known points beside them.

Points that structure from motion finds crowd on what is rich in corners and leave walls and floors bare; a fit that
begins with those alone spends its first minute on filling the gaps.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from scipy.spatial import cKDTree
from torch import Tensor

from recon3d.types import Cameras, LazyViews, PointCloud

NEIGHBOURS = 3
FEWEST_IN_VIEW = 10


def spread_by_depth(
    known: list[Float[Tensor, "_ 3"]], views: LazyViews, count: int, generator: torch.Generator
) -> PointCloud:
    """About `count` points: random pixels of every view, each at the median depth of the three known points of that
    view that are nearest in the picture. `known[i]` are the points that view i sees; of a view that sees fewer than ten
    nothing is taken."""
    per_view = count // max(1, len(views)) + 1
    positions, colours = [torch.zeros(0, 3)], [torch.zeros(0, 3)]
    for i in range(len(views)):
        camera = views.cameras[i]
        pixels, depths = _in_view(known[i].float(), camera)
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
