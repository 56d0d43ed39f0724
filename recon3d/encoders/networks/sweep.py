"""Plane sweeping (Collins 1996): how differently the pictures show places along the rays of each of them. Where they
agree there may be a surface."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d.encoders.networks.posed_pictures import PixelRays
from recon3d.types import Cameras, Views

COARSER = 4
"""Every so many-th pixel of a row, and row, has rays of its own."""
UNSEEN = 1.0
"""Difference where no other picture shows a place, or all show nothing there; colours differ by 1 at most."""


@torch.no_grad()
def differences(views: Views, distances: Float[Tensor, "v h w k"]) -> Float[Tensor, "v h w k"]:
    """Of colours, between a picture and the one of the others that is most like it, at so many distances along the ray
    through every pixel."""
    width, height = (max(1, side // COARSER) for side in views.cameras.size)
    channels = _with_alpha(views).permute(0, 3, 1, 2)
    pictures = functional.interpolate(channels, (height, width), mode="area")
    cameras = views.cameras.resized(width, height)
    rays = PixelRays.of(cameras)
    along = functional.interpolate(distances.permute(0, 3, 1, 2), (height, width), mode="area").permute(0, 2, 3, 1)
    shown = pictures[:, 3] > 0
    least = [_least(i, cameras, pictures, rays, along, shown[i]) for i in range(len(views))]
    stacked = torch.stack(least).permute(0, 3, 1, 2)
    finer = functional.interpolate(stacked, views.images.shape[1:3], mode="bilinear", align_corners=False)
    return finer.permute(0, 2, 3, 1)


def _with_alpha(views: Views) -> Float[Tensor, "v h w 4"]:
    alpha = torch.ones_like(views.images[..., 0]) if views.alpha is None else views.alpha
    return torch.cat([views.images, alpha[..., None]], -1)


def _least(
    number: int, cameras: Cameras, pictures: Float[Tensor, "v 4 h w"], rays: PixelRays, along: Tensor, shown: Tensor
) -> Float[Tensor, "h w k"]:
    """For one of the pictures."""
    origins, directions = (part[number][shown][:, None] for part in rays)
    places = origins + along[number][shown][..., None] * directions
    own = pictures[number].permute(1, 2, 0)[shown][:, None, :3]
    least = torch.full_like(places[..., 0], UNSEEN)
    for other in range(len(cameras)):
        if other != number:
            there, inside = _looked_up(places, cameras[other], pictures[other])
            difference = (there[..., :3] - own).abs().mean(-1) + (1 - there[..., 3])
            least = torch.minimum(least, torch.where(inside, difference, UNSEEN))
    every = pictures.new_full((*shown.shape, along.shape[-1]), UNSEEN)
    every[shown] = least
    return every


def _looked_up(places: Float[Tensor, "n k 3"], camera: Cameras, picture: Tensor) -> tuple[Tensor, Tensor]:
    """What a picture shows at places, and whether they are within it."""
    frame, lens = camera.camera_from_world[0], camera.intrinsics[0]
    x, y, depth = ((places @ frame[:3, :3].mT + frame[:3, 3]) @ lens.mT).unbind(-1)
    width, height = camera.size
    near = depth.clamp_min(1e-6)
    grid = torch.stack([2 * x / (near * width) - 1, 2 * y / (near * height) - 1], -1)
    seen = functional.grid_sample(picture[None], grid[None], padding_mode="border", align_corners=False)
    return seen[0].permute(1, 2, 0), (depth > 0) & (grid.abs() <= 1).all(-1)
