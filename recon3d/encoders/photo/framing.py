"""The object in the middle of a square picture, at a known share of its side."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float32, UInt8

from recon3d.geometry.photo_frame import FOREGROUND
from recon3d.types import Cameras, Views

Array = np.ndarray


def framed(
    picture: UInt8[Array, "h w c"], alpha: Float32[Array, "h w"], cameras: Cameras, share: float = FOREGROUND
) -> Views:
    """One view: the object's bounding square, with room around it, on a transparent background, seen by the camera,
    whose picture is made as large as the view."""
    rows, columns = np.nonzero(alpha.max(1) > 0)[0], np.nonzero(alpha.max(0) > 0)[0]
    top, left = rows[0], columns[0]
    height, width = rows[-1] + 1 - top, columns[-1] + 1 - left
    side = max(int(max(height, width) / share), 1)
    # Half pixels go to the lower right, as published.
    room = side - max(height, width)
    down = room // 2 + (max(height, width) - height) // 2
    right = room // 2 + (max(height, width) - width) // 2
    cut = alpha[top : top + height, left : left + width]
    colours = picture[top : top + height, left : left + width, :3].astype(np.float32) / 255
    images, shown = np.zeros((side, side, 3), np.float32), np.zeros((side, side), np.float32)
    images[down : down + height, right : right + width] = colours * cut[..., None]
    shown[down : down + height, right : right + width] = cut
    return Views(cameras.resized(side, side), torch.from_numpy(images)[None], torch.from_numpy(shown)[None])
