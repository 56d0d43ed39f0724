"""The pictures a fit is shown: every view once, in random order, then again; at first at a lower resolution."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch

from recon3d.io.zooming import zoomed
from recon3d.types import LazyViews, Views


class WholeViews:
    """An endless, shuffled sequence of single views, each decoded and shrunk by a thread while the one before is learnt
    from. That thread must know the resolution early: a view comes at the one asked for one view earlier, which for
    resolutions that grow by a hair at every step is as good."""

    def __init__(self, views: LazyViews, seed: int, device: torch.device) -> None:
        self.views, self.device = views, device
        self.generator = torch.Generator().manual_seed(seed)
        self.waiting: list[int] = []
        self.zoom: float | None = None
        # Torch's own threads would be started anew for that thread, and compete with the kernels'.
        self._decoder = ThreadPoolExecutor(1, "decoder", torch.set_num_threads, (1,))
        self._ahead: Future[Views] | None = None
        self.shortest_side = int(torch.minimum(views.cameras.width, views.cameras.height).min())

    def next(self, zoom: float = 1.0) -> Views:
        """The next view; the one after it comes at this share of its resolution, and so does the very first."""
        if self._ahead is None:
            self._prepare(zoom if self.zoom is None else self.zoom)
        assert self._ahead is not None
        view = self._ahead.result()
        self.waiting.pop()
        self._prepare(zoom)
        return view.to(self.device)

    def _prepare(self, zoom: float) -> None:
        if not self.waiting:
            self.waiting = torch.randperm(len(self.views), generator=self.generator).tolist()
        self.zoom, index = zoom, self.waiting[-1]
        self._ahead = self._decoder.submit(lambda: zoomed(self.views[index], zoom))

    def state(self) -> dict[str, Any]:
        return {"waiting": list(self.waiting), "zoom": self.zoom, "generator": self.generator.get_state().tolist()}

    def restore(self, state: dict[str, Any]) -> None:
        self.waiting, self.zoom = list(state["waiting"]), state["zoom"]
        self.generator.set_state(torch.tensor(state["generator"], dtype=torch.uint8))
        self._ahead = None
