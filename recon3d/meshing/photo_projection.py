"""What a photo shows of a mesh, cast back on it: sharper than any field that was made of the photo."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d import kernels
from recon3d.io.zooming import zoomed
from recon3d.types import Mesh, Views

Array = np.ndarray

LARGEST_SIDE = 1024
"""Photos are shrunk to this, so that their pixels are not finer than the texels that show them."""
NEAREST = 1e-4
"""What is nearer than this share of the distance to the mesh's farthest vertex hides nothing."""
OPAQUE = 0.99
LEAST_FACING, FULL_FACING = 0.15, 0.5
"""Cosines between which a surface comes to show the photo: what was seen at a slant is stretched and often amiss."""
MARGIN = 0.02
"""Share of the photo's side along which it fades out towards outlines, where other things may shine through."""
STEEPEST = 5.0
"""A depth that changes by more than so many pixels' widths from pixel to pixel is an outline; also how much farther a
point may be than what its pixel shows and still be the same."""


class Cast(NamedTuple):
    """What a photo says of points: their colour, and how much that is to be believed, from 0 to 1."""

    colours: Float[Tensor, "n 3"]
    trust: Float[Tensor, " n"]


class PhotoProjection:
    """A photo ready to be cast on the mesh that it shows."""

    def __init__(self, mesh: Mesh, view: Views) -> None:
        """`view` is one view by a pinhole camera in the mesh's frame; without alpha, all that it shows is opaque."""
        view = zoomed(view, min(1.0, LARGEST_SIDE / max(view.cameras.size)))
        alpha = torch.ones(view.images.shape[1:3]) if view.alpha is None else view.alpha[0]
        counted = alpha if view.masks is None else torch.where(view.masks[0], alpha, 0.0)
        self._camera, self._size = view.cameras.to("cpu", torch.float32), view.cameras.size
        lens = kernels.Camera(self._camera.camera_from_world[0], self._camera.intrinsics[0], *self._size)
        near = NEAREST * float((mesh.vertices - self._camera.centres[0]).norm(dim=-1).max())
        shown = kernels.rasterise(mesh.vertices.float(), mesh.faces, lens, near)
        self._depth = shown.depth
        trust = _trust(counted.numpy(), shown.depth.numpy(), float(lens.intrinsics[0, 0]))
        # What is blended between pixels must not mix in colours from outside the object or of pixels that do not count.
        valid = (counted >= OPAQUE).float()[..., None]
        self._layers = torch.cat([valid * view.images[0], torch.from_numpy(trust)[..., None], valid], -1)
        self._layers = self._layers.permute(2, 0, 1)[None]

    def __call__(self, points: Float[Tensor, "n 3"], normals: Float[Tensor, "n 3"]) -> Cast:
        """For points of the mesh with normals of unit length. Nothing is trusted of points that the photo does not
        show, or only from the side or near an outline."""
        pixels, depths = (values[0] for values in self._camera.project(points))
        size = torch.tensor(self._size)
        sampled = functional.grid_sample(
            self._layers, (2 * pixels / size - 1)[None, None], padding_mode="border", align_corners=False
        )[0, :, 0]
        column, row = pixels.long().clamp_min(0).minimum(size - 1).unbind(-1)
        nearest, width = self._depth[row, column], depths / self._camera.intrinsics[0, 0, 0]
        visible = (nearest > 0) & (depths > 0) & (depths <= nearest + STEEPEST * width)
        towards = functional.normalize(self._camera.centres[0] - points, dim=-1)
        facing = _smooth_step(((normals * towards).sum(-1) - LEAST_FACING) / (FULL_FACING - LEAST_FACING))
        colours = (sampled[:3] / sampled[4].clamp_min(1e-3)).mT.clamp(0, 1)
        return Cast(colours, torch.where(visible, facing * sampled[3], 0))


def _trust(alpha: Float[Array, "h w"], depth: Float[Array, "h w"], focal: float) -> Float[Array, "h w"]:
    """From 0 at outlines, the photo's and the mesh's own, to 1 in the middle of what both show."""
    around = np.ones((3, 3), np.uint8)
    jump = cv2.dilate(depth, around) - cv2.erode(depth, around)  # over a distance of two pixels
    good = (alpha >= OPAQUE) & (depth > 0) & (jump <= 2 * STEEPEST * depth / focal)
    distance = cv2.distanceTransform(np.pad(good, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    return _smooth_step(torch.from_numpy(distance / (MARGIN * max(alpha.shape)))).numpy()


def _smooth_step(x: Tensor) -> Tensor:
    """From 0 to 1 where x does, without a kink."""
    x = x.clamp(0, 1)
    return x * x * (3 - 2 * x)
