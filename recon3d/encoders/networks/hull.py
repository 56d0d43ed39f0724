"""Where rays enter the visual hull: what the silhouettes of all pictures have in common (Laurentini 1994)."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from recon3d.encoders.networks.posed_pictures import PixelRays
from recon3d.types import Cameras, Views

COARSER = 2
"""Rays are followed for every so many-th pixel of a row, and row."""
SAMPLES, REACH = 32, 1.3
"""Places on a ray that are looked at, evenly spread to so far on either side of its point nearest the origin."""
HALF = 0.5
"""Of alpha, where a silhouette ends; every picture has one there."""


@torch.no_grad()
def hull_entries(views: Views, rays: PixelRays) -> Float[Tensor, "v h w"]:
    """Distances along the rays. Those that meet no part of the hull, and all where pictures have no alpha, have that of
    their point nearest the origin. A silhouette that its picture cuts off goes on beyond."""
    if views.alpha is None:
        return rays.nearest
    size = [max(1, side // COARSER) for side in views.cameras.size]
    alpha = functional.interpolate(views.alpha[:, None], size[::-1], mode="area")
    cameras = views.cameras.resized(*size)
    coarse = PixelRays.of(cameras)
    shown = alpha[:, 0] > 0
    entries, met = _entries(coarse.origins[shown], coarse.directions[shown], coarse.nearest[shown], cameras, alpha)
    beyond = torch.zeros_like(alpha[:, 0]).masked_scatter(shown, torch.where(met, entries - coarse.nearest[shown], 0.0))
    known = torch.zeros_like(beyond).masked_scatter(shown, met.to(beyond))
    finer = [_enlarged(pictures, views.cameras.size) for pictures in (beyond, known)]
    return rays.nearest + finer[0] / finer[1].clamp_min(1e-6)


def _enlarged(pictures: Float[Tensor, "v h w"], size: tuple[int, int]) -> Float[Tensor, "v y x"]:
    return functional.interpolate(pictures[:, None], size[::-1], mode="bilinear", align_corners=False)[:, 0]


def _entries(
    origins: Float[Tensor, "n 3"],
    directions: Float[Tensor, "n 3"],
    nearest: Float[Tensor, " n"],
    cameras: Cameras,
    alpha: Float[Tensor, "v 1 h w"],
) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
    """Distances, and whether there are any. Between two places alpha is taken to change evenly."""
    offsets = torch.linspace(-REACH, REACH, SAMPLES).to(nearest)
    distances = nearest[:, None] + offsets
    common = torch.ones_like(distances)
    for camera, picture in zip(cameras, alpha, strict=True):
        common = torch.minimum(common, _seen(origins, directions, distances, camera, picture))
    inside = common > HALF
    first = inside.to(torch.uint8).argmax(1, keepdim=True)
    after, before = common.gather(1, first), common.gather(1, (first - 1).clamp_min(0))
    share = ((HALF - before) / (after - before).clamp_min(1e-6)).clamp(0, 1)
    step = offsets[1] - offsets[0]
    entries = distances.gather(1, first) - torch.where(first > 0, (1 - share) * step, 0.0)
    return entries[:, 0], inside.any(1)


def _seen(
    origins: Tensor, directions: Tensor, distances: Tensor, camera: Cameras, alpha: Float[Tensor, "1 h w"]
) -> Float[Tensor, "n s"]:
    """Alpha of a picture where it shows places on rays: their pixels are ratios of what is linear in the distance."""
    place, lens = camera.camera_from_world[0], camera.intrinsics[0]
    start = (origins @ place[:3, :3].mT + place[:3, 3]) @ lens.mT
    step = directions @ place[:3, :3].mT @ lens.mT
    x, y, depth = (start[:, None] + distances[..., None] * step[:, None]).unbind(-1)
    width, height = camera.size
    depth = depth.clamp_min(1e-6)
    grid = torch.stack([2 * x / (depth * width) - 1, 2 * y / (depth * height) - 1], -1)
    return functional.grid_sample(alpha[None], grid[None], padding_mode="border", align_corners=False)[0, 0]
