"""The objective of 3D Gaussian Splatting: L1 and SSIM between a rendering and a picture over one background."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d import kernels
from recon3d.metrics.backgrounds import Backgrounds, Choice, compared
from recon3d.types import Rendering, Views

__all__ = ["Config", "Photometric"]


@dataclass(frozen=True)
class Config:
    ssim_weight: float = 0.2
    """Share of 1 - SSIM in the loss; the rest is L1."""
    background: Choice = "auto"
    """Behind pictures with alpha; auto is white there and black elsewhere, random a new colour at every step."""


class Photometric:
    """Kerbl et al. 2023, equation 7, on the pixels that count."""

    def __init__(self, config: Config, seed: int = 0) -> None:
        self.config = config
        self.backgrounds = Backgrounds(config.background, seed)

    def __call__(self, rendering: Rendering, target: Views) -> Float[Tensor, ""]:
        """Mean over the views."""
        prediction, truth = compared(rendering, target, self.backgrounds.next(target))
        losses = [kernels.l1_ssim(p, t, self.config.ssim_weight) for p, t in zip(prediction, truth, strict=True)]
        return losses[0] if len(losses) == 1 else torch.stack(losses).mean()

    def state(self) -> list[int]:
        """Of the random backgrounds."""
        return self.backgrounds.state()

    def restore(self, state: list[int]) -> None:
        self.backgrounds.restore(state)
