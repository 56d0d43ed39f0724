"""The pictures a fit is shown: every view once, in random order, then again; at first at half the resolution."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from recon3d.types import LazyViews, Views


class Targets:
    """An endless, shuffled sequence of single views."""

    def __init__(self, views: LazyViews, seed: int, device: torch.device) -> None:
        self.views, self.device = views, device
        self.generator = torch.Generator().manual_seed(seed)
        self.waiting: list[int] = []

    def next(self, coarse: bool) -> Views:
        """The next view; `coarse` halves its resolution."""
        if not self.waiting:
            self.waiting = torch.randperm(len(self.views), generator=self.generator).tolist()
        view = self.views[self.waiting.pop()]
        return (halved(view) if coarse else view).to(self.device)

    def state(self) -> dict[str, Any]:
        return {"waiting": list(self.waiting), "generator": self.generator.get_state().tolist()}

    def restore(self, state: dict[str, Any]) -> None:
        self.waiting = list(state["waiting"])
        self.generator.set_state(torch.tensor(state["generator"], dtype=torch.uint8))


def halved(view: Views) -> Views:
    """The view with 2x2 pixels averaged into one; an odd last row or column is left out. A mask wants all four."""
    width, height = view.cameras.size
    if min(width, height) < 4:
        return view
    half = (width // 2, height // 2)
    cameras = view.cameras.cropped(0, 0, 2 * half[0], 2 * half[1]).resized(*half)
    masks = None if view.masks is None else _shrunk(view.masks.float(), half) > 0.999
    alpha = None if view.alpha is None else _shrunk(view.alpha, half)
    return Views(cameras, _shrunk(view.images, half), alpha, masks)


def _shrunk(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    width, height = size
    cut = [np.ascontiguousarray(picture[: 2 * height, : 2 * width]) for picture in pictures.numpy()]
    return torch.from_numpy(np.stack([cv2.resize(c, size, interpolation=cv2.INTER_AREA) for c in cut]))
