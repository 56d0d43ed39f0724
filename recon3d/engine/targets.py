"""The pictures a fit is shown: every view once, in random order, then again; at first at a lower resolution."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from recon3d.types import LazyViews, Views


class Targets:
    """An endless, shuffled sequence of single views, each decoded by a thread while the one before is learnt from."""

    def __init__(self, views: LazyViews, seed: int, device: torch.device) -> None:
        self.views, self.device = views, device
        self.generator = torch.Generator().manual_seed(seed)
        self.waiting: list[int] = []
        # Torch's own threads would be started anew for that thread, and compete with the kernels'.
        self._decoder = ThreadPoolExecutor(1, "decoder", torch.set_num_threads, (1,))
        self._ahead: dict[int, Future[Views]] = {}
        self.shortest_side = int(torch.minimum(views.cameras.width, views.cameras.height).min())

    def next(self, zoom: float = 1.0) -> Views:
        """The next view, at a share of its resolution."""
        if not self.waiting:
            self.waiting = torch.randperm(len(self.views), generator=self.generator).tolist()
        index = self.waiting.pop()
        view = self._ahead.pop(index).result() if index in self._ahead else self.views[index]
        if self.waiting:
            self._ahead = {self.waiting[-1]: self._decoder.submit(self.views.__getitem__, self.waiting[-1])}
        return zoomed(view, zoom).to(self.device)

    def state(self) -> dict[str, Any]:
        return {"waiting": list(self.waiting), "generator": self.generator.get_state().tolist()}

    def restore(self, state: dict[str, Any]) -> None:
        self.waiting = list(state["waiting"])
        self.generator.set_state(torch.tensor(state["generator"], dtype=torch.uint8))


def zoomed(view: Views, zoom: float) -> Views:
    """The view at a share of its resolution, every pixel the mean of the area that it covers. A pixel is counted where
    its mask, if there is one, counts all of that area."""
    width, height = view.cameras.size
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    if size == (width, height):
        return view
    masks = None if view.masks is None else _averaged(view.masks.float(), size) > 0.999
    alpha = None if view.alpha is None else _averaged(view.alpha, size)
    return Views(view.cameras.resized(*size), _averaged(view.images, size), alpha, masks)


def _averaged(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    shrunk = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in pictures.numpy()]
    return torch.from_numpy(np.stack(shrunk))
