"""Views at a lower resolution."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from recon3d.types import Views


def zoomed(view: Views, zoom: float) -> Views:
    """The view at a share of its resolution, every pixel the mean of the area that it covers. A pixel is counted where
    its mask, if there is one, counts all of that area; depth is the mean of what alpha says is there."""
    width, height = view.cameras.size
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    if size == (width, height):
        return view
    masks = None if view.masks is None else _averaged(view.masks.float(), size) > 0.999
    alpha = None if view.alpha is None else _averaged(view.alpha, size)
    depth = None if view.depth is None else _averaged_depth(view.depth, view.alpha, size)
    return Views(view.cameras.resized(*size), _averaged(view.images, size), alpha, masks, depth)


def _averaged_depth(depth: Tensor, alpha: Tensor | None, size: tuple[int, int]) -> Tensor:
    shown = (depth > 0).float() if alpha is None else alpha
    return _averaged(depth * shown, size) / _averaged(shown, size).clamp_min(1e-6)


def _averaged(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    shrunk = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in pictures.numpy()]
    return torch.from_numpy(np.stack(shrunk))
