"""The pixels a field is shown: some of all pictures at every step."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from recon3d.types import Cameras, LazyViews, Views


class Pixels:
    """An endless sequence of `Views` of single pixels, drawn at random from all pictures. All are kept decoded, in
    eight bits a channel; pixels that a mask leaves out are never drawn.

    The camera of a pixel is that of its picture, cut down to it: rays of all of them go where they went.
    """

    def __init__(self, views: LazyViews, count: int, seed: int, device: torch.device) -> None:
        self.count, self.device = count, device
        self.generator = torch.Generator().manual_seed(seed)
        self.cameras = views.cameras
        self.shortest_side = int(torch.minimum(self.cameras.width, self.cameras.height).min())
        sizes = self.cameras.width * self.cameras.height
        self._starts = torch.cat([torch.zeros(1, dtype=sizes.dtype), sizes.cumsum(0)])
        self._colours, self._allowed = _decoded(views)

    def next(self, zoom: float = 1.0) -> Views:
        """The next pixels: of all that there are to be, as many as pictures have at this share of their resolution."""
        limit = len(self._colours) if self._allowed is None else len(self._allowed)
        chosen = torch.randint(limit, (max(1, round(self.count * zoom**2)),), generator=self.generator)
        return self._views(chosen if self._allowed is None else self._allowed[chosen]).to(self.device)

    def _views(self, pixels: Int[Tensor, " n"]) -> Views:
        view = torch.searchsorted(self._starts, pixels, right=True) - 1
        within, width = pixels - self._starts[view], self.cameras.width[view]
        colours = self._colours[pixels].float().div(255)[:, None, None]
        one = torch.ones_like(pixels)
        lenses = self.cameras.intrinsics[view].clone()
        lenses[:, 0, 2] -= within % width
        lenses[:, 1, 2] -= within // width
        cameras = Cameras(self.cameras.world_from_camera[view], lenses, one, one)
        return Views(cameras, colours[..., :3], colours[..., 3] if colours.shape[-1] == 4 else None)

    def state(self) -> dict[str, Any]:
        return {"generator": self.generator.get_state().tolist()}

    def restore(self, state: dict[str, Any]) -> None:
        self.generator.set_state(torch.tensor(state["generator"], dtype=torch.uint8))


def _decoded(views: LazyViews) -> tuple[UInt8[Tensor, "p c"], Int[Tensor, " k"] | None]:
    """Colours, and alpha where there is any, of all pixels, and the numbers of those that count; None is all."""
    colours, counted = [], []
    for i in range(len(views)):
        view = views[i]
        pictures = view.images if view.alpha is None else torch.cat([view.images, view.alpha[..., None]], -1)
        colours.append((pictures[0].clamp(0, 1) * 255).round().to(torch.uint8).flatten(0, 1))
        counts = torch.ones_like(view.images[0, ..., 0], dtype=torch.bool) if view.masks is None else view.masks[0]
        counted.append(counts.flatten())
    allowed = torch.cat(counted)
    return torch.cat(colours), None if bool(allowed.all()) else torch.nonzero(allowed).squeeze(-1)
