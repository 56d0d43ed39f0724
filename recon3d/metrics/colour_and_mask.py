"""What large reconstruction models are trained with: squared errors of colour and of what is covered, and LPIPS if
there are weights for it (LRM, Hong et al. 2023; the mask after TripoSR, Tochilkin et al. 2024)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.metrics.backgrounds import Backgrounds, Choice, compared
from recon3d.metrics.lpips import load_lpips
from recon3d.types import Rendering, Views

__all__ = ["ColourAndMask", "Config"]


@dataclass(frozen=True)
class Config:
    mask_weight: float = 0.5
    """Of the squared error of alpha."""
    perceptual_weight: float = 0.0
    """Of LPIPS; 0 needs no weights of its network."""
    lpips_weights: str = ""
    """File of them, as `recon3d eval --lpips-weights` takes it."""
    background: Choice = "random"
    """Behind pictures with alpha. A colour that a field paints to match one background shows on another, so random
    ones teach it to be transparent instead."""


class ColourAndMask:
    """A sum of means over views and pixels; a pixel that a mask leaves out counts as perfect."""

    def __init__(self, config: Config, seed: int = 0) -> None:
        """Raises BadInput where LPIPS is wanted and its weights cannot be read."""
        self.config = config
        self.backgrounds = Backgrounds(config.background, seed)
        self.perceptual = load_lpips(Path(config.lpips_weights)) if config.perceptual_weight else None

    def __call__(self, rendering: Rendering, target: Views) -> Float[Tensor, ""]:
        prediction, truth = compared(rendering, target, self.backgrounds.next(target))
        loss = (prediction - truth).square().mean()
        if target.alpha is not None:
            errors = (rendering.alpha - target.alpha).square()
            if target.masks is not None:
                errors = torch.where(target.masks, errors, 0.0)
            loss = loss + self.config.mask_weight * errors.mean()
        if self.perceptual is not None:
            loss = loss + self.config.perceptual_weight * self.perceptual.distances(prediction, truth).mean()
        return loss

    def state(self) -> list[int]:
        """Of the random backgrounds."""
        return self.backgrounds.state()

    def restore(self, state: list[int]) -> None:
        self.backgrounds.restore(state)
