"""Rendered depth as it is fused: what is to be believed of it, and a small plane in place of every pixel."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from recon3d.geometry import rays
from recon3d.types import Cameras

EMPTY = torch.inf
"""The depth of a pixel that shows nothing: all of its ray is known to be free."""
TRANSPARENT = 0.1
"""Alpha below which a pixel shows nothing."""
FAINT = 1e-3
"""Weight of free rays near an outline: they pass closer by the surface than the truncation says."""
STEEPEST = 6.0
"""A depth that changes by more than so many pixels' widths from pixel to pixel is an outline."""


class DepthMap(NamedTuple):
    """What one pinhole camera knows of surfaces."""

    camera: Cameras
    depth: Float[Tensor, "h w"]
    """z in the camera's frame; 0 where nothing is known, EMPTY where nothing is there."""

    @property
    def known(self) -> Bool[Tensor, "h w"]:
        return (self.depth > 0) & (self.depth < EMPTY)

    def points(self) -> Float[Tensor, "n 3"]:
        """Where its pixels meet a surface, in the world."""
        seen = self.known
        local = (_directions(self.camera) * self.depth[..., None])[seen]
        place = self.camera.world_from_camera[0].to(local)
        return local @ place[:3, :3].mT + place[:3, 3]

    def within(self, farthest: float) -> DepthMap:
        """The same where it is nearer than that; what is beyond is free until there."""
        return self._replace(depth=torch.where(self.depth > farthest, EMPTY, self.depth))

    def footprints(self) -> Float[Tensor, " n"]:
        """How wide those pixels are there."""
        return self.depth[self.known] / self.camera.intrinsics[0, 0, 0]


class Planes(NamedTuple):
    """Around every pixel the surface is taken for a plane: for points x of the camera's frame `normal . x - offset` is
    the signed distance to it, positive on the camera's side. Where nothing is there, that is infinite."""

    normal: Float[Tensor, "h w 3"]
    offset: Float[Tensor, "h w"]
    weight: Float[Tensor, "h w"]
    """How much it counts; 0 where nothing is known."""


def depth_map(
    camera: Cameras,
    depth: Float[Tensor, "h w"],
    alpha: Float[Tensor, "h w"],
    mask: Bool[Tensor, "h w"] | None = None,
    opaque: float = 0.5,
) -> DepthMap:
    """What a rendering says of one camera's pixels: nothing where it is neither opaque nor transparent, nor where the
    mask does not count a pixel."""
    known = torch.where((alpha >= opaque) & (depth > 0), depth, 0.0)
    known = torch.where(alpha <= TRANSPARENT, EMPTY, known)
    return DepthMap(camera, known if mask is None else torch.where(mask, known, 0.0))


def planes_of(view: DepthMap, least_facing: float, reach: int) -> Planes:
    """Planes through the pixels' points, along those of their neighbours.

    A pixel at an outline, whose depth mixes what is near with what is far, has none, nor has one with something nearer
    within `reach` pixels: it would say that the outline of that is free. The same goes for a surface seen at a slant:
    the cosine between its normal and the ray must be `least_facing`; it is the weight. That of what is empty is 1, but
    FAINT near what is not: it only counts where nothing else is known.
    """
    directions = _directions(view.camera)
    depth = torch.where(view.known, view.depth, 0.0)
    points = directions * depth[..., None]
    steps = STEEPEST * depth / view.camera.intrinsics[0, 0, 0]
    normal = functional.normalize(torch.linalg.cross(_central(points, 0), _central(points, 1)), dim=-1)
    facing = -(normal * functional.normalize(directions, dim=-1)).sum(-1)
    nearest = _nearest(view.depth, reach)
    good = view.known & _smooth(depth, steps) & (depth - nearest <= reach * steps) & (facing >= least_facing)
    empty = view.depth == EMPTY
    free = torch.where(nearest == EMPTY, 1.0, FAINT)
    normal = torch.where(good[..., None], normal, 0.0)
    offset = torch.where(empty, -torch.inf, (normal * points).sum(-1))
    return Planes(normal, offset, torch.where(good, facing, empty * free))


def _directions(camera: Cameras) -> Float[Tensor, "h w 3"]:
    """Of the rays through pixel centres in the camera's frame, with z = 1."""
    width, height = camera.size
    intrinsics = camera.intrinsics[0].float()
    return rays.homogeneous(rays.normalised_from_pixels(rays.pixel_centres(width, height, intrinsics), intrinsics))


def _central(values: Float[Tensor, "h w 3"], axis: int) -> Float[Tensor, "h w 3"]:
    """From the neighbour before to the one behind; at the picture's border it means nothing."""
    return values.roll(-1, axis) - values.roll(1, axis)


def _nearest(depth: Float[Tensor, "h w"], reach: int) -> Float[Tensor, "h w"]:
    """The least depth that is known within so many pixels."""
    far = -torch.where(depth > 0, depth, EMPTY)[None]
    along = functional.max_pool2d(far, (1, 2 * reach + 1), 1, (0, reach))
    return -functional.max_pool2d(along, (2 * reach + 1, 1), 1, (reach, 0))[0]


def _smooth(depth: Float[Tensor, "h w"], steps: Float[Tensor, "h w"]) -> Bool[Tensor, "h w"]:
    """Where all four neighbours are within the picture and about as deep."""
    padded = functional.pad(depth, (1, 1, 1, 1))
    around = torch.stack([padded[1:-1, :-2], padded[1:-1, 2:], padded[:-2, 1:-1], padded[2:, 1:-1]])
    return ((around - depth).abs() <= steps).all(0) & (around > 0).all(0)
