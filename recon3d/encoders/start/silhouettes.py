"""From silhouettes: the visual hull, the part of space that every view's alpha allows (Laurentini 1994)."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from recon3d.geometry.rays import nearest_point_to_rays
from recon3d.types import Cameras, LazyViews, PointCloud, Scene

MOST_VIEWS = 40
"""Views that carve; more change little."""
CANDIDATES = 1_000_000
ROUNDS = 8
"""Candidates are drawn at most so often, each time in the box of what survived so far."""


def start(scene: Scene, count: int, generator: torch.Generator) -> PointCloud | None:
    """Random points of the visual hull in grey; None where the views have no alpha or their hull is empty."""
    views = scene.train
    if len(views) == 0 or views[0].alpha is None:
        return None
    chosen = torch.linspace(0, len(views) - 1, min(MOST_VIEWS, len(views))).long().tolist()
    silhouettes = [(views.cameras[i], _silhouette(views, i)) for i in chosen]
    low, high = _box(views.cameras)
    found: list[Tensor] = []
    for _ in range(ROUNDS):
        points = low + torch.rand(CANDIDATES // ROUNDS, 3, generator=generator) * (high - low)
        inside = points[_allowed(points, silhouettes)]
        if len(inside) < 10:
            continue
        found.append(inside)
        margin = 0.05 * (inside.amax(0) - inside.amin(0))
        low, high = inside.amin(0) - margin, inside.amax(0) + margin
        if sum(len(f) for f in found) >= count:
            break
    if sum(len(f) for f in found) < 10:
        return None
    positions = torch.cat(found)[:count]
    return PointCloud(positions, _mean_colours(positions, views, chosen))


def _silhouette(views: LazyViews, index: int) -> Bool[Tensor, "h w"]:
    view = views[index]
    assert view.alpha is not None  # all photos of a scene have alpha, or none
    return view.alpha[0] > 0.5


def _box(cameras: Cameras) -> tuple[Float[Tensor, "3"], Float[Tensor, "3"]]:
    """The cube around the point all cameras look at that a camera at the greatest distance still sees whole."""
    forward = cameras.world_from_camera[:, :3, 2]
    middle = nearest_point_to_rays(cameras.centres.double(), forward.double()).float()
    half_view = torch.maximum(cameras.width / cameras.intrinsics[:, 0, 0], cameras.height / cameras.intrinsics[:, 1, 1])
    reach = float(((cameras.centres - middle).norm(dim=-1) * half_view / 2).max())
    return middle - reach, middle + reach


def _allowed(
    points: Float[Tensor, "n 3"], silhouettes: list[tuple[Cameras, Bool[Tensor, "h w"]]]
) -> Bool[Tensor, " n"]:
    """Points that no view sees outside its silhouette; a view that does not see a point says nothing about it."""
    allowed = torch.arange(len(points))
    seen = torch.zeros(len(points), dtype=torch.int64)
    for camera, silhouette in silhouettes:
        place, inside = _look_up(points[allowed], camera)
        on = torch.ones(len(allowed), dtype=torch.bool)
        on[inside] = silhouette[place[inside, 1], place[inside, 0]]
        seen[allowed[inside]] += 1
        allowed = allowed[on]
    mask = torch.zeros(len(points), dtype=torch.bool)
    mask[allowed] = True
    return mask & (seen >= min(3, len(silhouettes)))


def _look_up(points: Float[Tensor, "n 3"], camera: Cameras) -> tuple[Tensor, Bool[Tensor, " n"]]:
    """Whole pixels (x, y) of the points, and which of them the camera sees."""
    inside, pixels, _ = (values[0] for values in camera.sees(points))
    return torch.where(inside[:, None], pixels, 0).long(), inside


def _mean_colours(positions: Float[Tensor, "n 3"], views: LazyViews, chosen: list[int]) -> Float[Tensor, "n 3"]:
    """What the views show at the points, averaged without regard to what hides what: near enough to begin with."""
    total, weight = torch.zeros(len(positions), 3), torch.zeros(len(positions), 1)
    for i in chosen:
        place, inside = _look_up(positions, views.cameras[i])
        view = views[i]
        assert view.alpha is not None
        x, y = place.unbind(-1)
        total += view.images[0, y, x] * inside[:, None]
        weight += (view.alpha[0, y, x] * inside)[:, None]
    return (total / weight.clamp_min(1e-6)).clamp(0, 1)
