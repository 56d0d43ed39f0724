"""The objective of 3D Gaussian Splatting: L1 and SSIM between a rendering and a picture over one background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d import kernels
from recon3d.types import Rendering, Views

__all__ = ["Config", "Photometric"]

BACKGROUNDS = {"white": (1.0, 1.0, 1.0), "black": (0.0, 0.0, 0.0)}


@dataclass(frozen=True)
class Config:
    ssim_weight: float = 0.2
    """Share of 1 - SSIM in the loss; the rest is L1."""
    background: Literal["auto", "white", "black", "random"] = "auto"
    """Behind pictures with alpha; auto is white there and black elsewhere, random a new colour at every step."""


class Photometric:
    """Kerbl et al. 2023, equation 7, on the pixels that count."""

    def __init__(self, config: Config, seed: int = 0) -> None:
        self.config = config
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, rendering: Rendering, target: Views) -> Float[Tensor, ""]:
        """Mean over the views. A pixel that a mask leaves out is given the truth, so it asks for nothing."""
        background = self.background(target)
        prediction, truth = rendering.colour, target.images
        if background is not None:
            prediction, truth = rendering.over(background), target.over(background)
        if target.masks is not None:
            prediction = torch.where(target.masks[..., None], prediction, truth)
        losses = [kernels.l1_ssim(p, t, self.config.ssim_weight) for p, t in zip(prediction, truth, strict=True)]
        return losses[0] if len(losses) == 1 else torch.stack(losses).mean()

    def background(self, target: Views) -> Float[Tensor, "3"] | None:
        """The colour behind this step's pictures; None is black."""
        name = self.config.background
        if name == "auto":
            name = "black" if target.alpha is None else "white"
        if name == "random":
            return torch.rand(3, generator=self.generator).to(target.images)
        return None if name == "black" else target.images.new_tensor(BACKGROUNDS[name])

    def state(self) -> list[int]:
        """Of the random backgrounds."""
        values: list[int] = self.generator.get_state().tolist()
        return values

    def restore(self, state: list[int]) -> None:
        self.generator.set_state(torch.tensor(state, dtype=torch.uint8))
