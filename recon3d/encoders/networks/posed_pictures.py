"""Posed pictures as networks see them: nine numbers a pixel, colours and the ray that it stands for, cut into patches
(GS-LRM, Zhang et al. 2024, section 3.1)."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d.types import Cameras, Views

CHANNELS = 9
BACKGROUND = (1.0, 1.0, 1.0)
"""Behind objects in pictures with alpha."""

RayCode = Literal["moment", "nearest"]
"""What tells a ray beside its direction: its moment, origin x direction (the paper's), or its point nearest the
origin."""


class PixelRays(NamedTuple):
    """Rays through pixel centres; directions have unit length."""

    origins: Float[Tensor, "v h w 3"]
    directions: Float[Tensor, "v h w 3"]

    @staticmethod
    def of(cameras: Cameras) -> PixelRays:
        """ValueError where the cameras differ in size."""
        origins, directions = cameras.rays()
        return PixelRays(origins, functional.normalize(directions, dim=-1))

    @property
    def nearest(self) -> Float[Tensor, "v h w"]:
        """Distances along the rays of their points nearest the world's origin."""
        return -(self.origins * self.directions).sum(-1)

    def at(self, distance: Float[Tensor, "v h w"]) -> Float[Tensor, "v h w 3"]:
        return self.origins + distance[..., None] * self.directions


def padded(views: Views, patch: int) -> Views:
    """The views filled up below and to the right, until patches of so many pixels divide them."""
    width, height = views.cameras.size
    return filled_up(views, width + -width % patch, height + -height % patch)


def filled_up(views: Views, width: int, height: int) -> Views:
    """The views with as many pixels, the new ones below and to the right; these do not count, by their masks, and show
    nothing, or BACKGROUND where nothing is transparent."""
    right, below = width - views.cameras.size[0], height - views.cameras.size[1]
    if not right and not below:
        return views
    masks = torch.ones_like(views.images[..., 0], dtype=torch.bool) if views.masks is None else views.masks
    images = functional.pad(views.images, (0, 0, 0, right, 0, below), value=float(views.alpha is None))
    alpha = None if views.alpha is None else functional.pad(views.alpha, (0, right, 0, below))
    cameras = views.cameras.cropped(0, 0, width, height)
    return Views(cameras, images, alpha, functional.pad(masks, (0, right, 0, below)))


def posed_pictures(views: Views, rays: PixelRays, code: RayCode) -> Float[Tensor, "v h w 9"]:
    """Colours from -1 to 1, and the rays that pixels stand for."""
    colours = 2 * views.over(views.images.new_tensor(BACKGROUND)) - 1
    if code == "moment":
        moments = torch.linalg.cross(rays.origins, rays.directions)
        return torch.cat([colours, moments, rays.directions], -1)
    return torch.cat([colours, rays.directions, rays.at(rays.nearest)], -1)


def patches(pictures: Float[Tensor, "... h w c"], side: int) -> Float[Tensor, "... n k"]:
    """Square patches, row by row; of each, its pixels row by row. ValueError where they do not fit."""
    height, width = pictures.shape[-3:-1]
    if height % side or width % side:
        raise ValueError(f"patches of {side} pixels do not fit into {width}x{height}")
    cut = pictures.unflatten(-2, (-1, side)).unflatten(-4, (-1, side))  # ... rows row columns column c
    return cut.transpose(-4, -3).flatten(-3).flatten(-3, -2)


def unpatched(tokens: Float[Tensor, "... n k"], side: int, size: tuple[int, int]) -> Float[Tensor, "... h w c"]:
    """The inverse, for pictures of (width, height)."""
    width, height = size
    cut = tokens.unflatten(-2, (height // side, width // side)).unflatten(-1, (side, side, -1))
    return cut.transpose(-4, -3).flatten(-3, -2).flatten(-4, -3)


def finer(pictures: Float[Tensor, "b v h w k"], size: tuple[int, int]) -> Float[Tensor, "b v y x k"]:
    """Pictures of (width, height), bilinear between the centres of those pixels that there are."""
    if pictures.shape[2:4] == (size[1], size[0]):
        return pictures
    flat = pictures.flatten(0, 1).permute(0, 3, 1, 2)
    enlarged = functional.interpolate(flat, (size[1], size[0]), mode="bilinear", align_corners=False)
    return enlarged.permute(0, 2, 3, 1).unflatten(0, pictures.shape[:2])
