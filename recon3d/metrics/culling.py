"""What of a mesh counts where surfaces of DTU are compared: what the pictures show of the object.

Dense views (2DGS, GOF; `evaluate_single_scene.py`): a vertex goes where it is seen beside any picture's object mask,
grown by a disk of 24 pixels; where a picture does not reach, it counts as seen. Three views (SparseNeuS, VolRecon;
ReTR's `dtu_test_sparse.py`): likewise with masks grown by an ellipse of 11 pixels; besides, what no picture reaches
goes, and pieces with fewer than 500 faces. Both are pixels of pictures 1600 wide: for smaller pictures they shrink with
them. A face stays if all its vertices do.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from recon3d.types import Cameras

FULL_WIDTH, DISK_RADIUS, ELLIPSE = 1600, 24, 11
FEWEST_FACES = 500
Masks = Sequence[Bool[np.ndarray, "h w"]]


def kept_by_many(vertices: Float[Tensor, "n 3"], cameras: Cameras, masks: Masks) -> Bool[Tensor, " n"]:
    """Which vertices count where there are dense views: one mask for each camera, all in the mesh's frame."""
    grown = [dilated(mask, disk(round(DISK_RADIUS * mask.shape[1] / FULL_WIDTH))) for mask in masks]
    shown, _ = shown_and_reached(vertices, cameras, grown)
    return shown


def kept_by_few(vertices: Float[Tensor, "n 3"], cameras: Cameras, masks: Masks) -> Bool[Tensor, " n"]:
    """The same for the three views that all there is was made from; small pieces are still among them."""
    grown = [dilated(mask, ellipse(ELLIPSE * mask.shape[1] / FULL_WIDTH)) for mask in masks]
    shown, reached = shown_and_reached(vertices, cameras, grown)
    return shown & reached


def shown_and_reached(
    vertices: Float[Tensor, "n 3"], cameras: Cameras, masks: Masks
) -> tuple[Bool[Tensor, " n"], Bool[Tensor, " n"]]:
    """Which vertices no picture shows outside its mask, and which are within any picture."""
    shown, reached = torch.ones(len(vertices), dtype=torch.bool), torch.zeros(len(vertices), dtype=torch.bool)
    for camera, mask in zip(cameras, masks, strict=True):
        within, pixels, _ = (values[0] for values in camera.sees(vertices.to(camera.world_from_camera)))
        columns, rows = pixels[within].long().unbind(-1)
        shown[within] &= torch.from_numpy(mask)[rows, columns]
        reached |= within
    return shown, reached


def dilated(mask: Bool[np.ndarray, "h w"], element: UInt8[np.ndarray, "k l"]) -> Bool[np.ndarray, "h w"]:
    """The mask, and all that an element in its middle reaches."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), element)) > 0


def disk(radius: int) -> UInt8[np.ndarray, "k k"]:
    """Pixels no farther than the radius from the middle one."""
    offsets = np.arange(-radius, radius + 1)
    return (offsets[:, None] ** 2 + offsets**2 <= radius**2).astype(np.uint8)


def ellipse(width: float) -> UInt8[np.ndarray, "k k"]:
    """OpenCV's ellipse in a square of the odd width nearest to that."""
    side = 2 * round((width - 1) / 2) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
