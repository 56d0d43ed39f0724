"""What large reconstruction models are trained with: errors of colour and of what is covered, LPIPS if there
are weights for it (LRM, Hong et al. 2023; the mask after TripoSR, Tochilkin et al. 2024), and of depth where it is
known, which says where a surface is to a field whose silhouette is right already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d import kernels
from recon3d.geometry.precision import in_full
from recon3d.metrics.backgrounds import Backgrounds, Choice, compared
from recon3d.metrics.lpips import load_lpips
from recon3d.types import Rendering, Views

__all__ = ["ColourAndMask", "Config"]

WINDOW = 11
"""Side of SSIM's windows, in pixels."""
OPAQUE = 0.999
"""Alpha of a pixel whose depth is that of one surface, not the mean of what an edge parts, and nothing behind it."""


@dataclass(frozen=True)
class Config:
    mask_weight: float = 0.5
    """Of the error of alpha."""
    perceptual_weight: float = 0.0
    """Of LPIPS; 0 needs no weights of its network."""
    lpips_weights: str = ""
    """File of them, as `recon3d eval --lpips-weights` takes it."""
    background: Choice = "random"
    """Behind pictures with alpha. A colour that a field paints to match one background shows on another, so random
    ones teach it to be transparent instead."""
    depth_weight: float = 0.0
    """Of the error of depth, in the world's units, where the target has any and is opaque."""
    coarse_weight: float = 1.0
    """Of what was seen by a coarse pass, beside the final picture (1 in NeRF, Mildenhall et al. 2020, equation 6)."""
    structure_weight: float = 0.0
    """Of 1 - SSIM, which minds blur that a squared error forgives."""
    errors: Literal["squared", "absolute"] = "squared"
    """Of colour, alpha and depth. Where a network cannot know, squared ones teach it the mean of what may be, which is
    a blur, absolute ones the median."""
    relative_depth: bool = False
    """Whether errors of depth are shares of it: where some things are very far away."""


class ColourAndMask:
    """A sum of means over views and pixels; a pixel that a mask leaves out counts as perfect."""

    def __init__(self, config: Config, seed: int = 0) -> None:
        """Raises BadInput where LPIPS is wanted and its weights cannot be read."""
        self.config = config
        self.backgrounds = Backgrounds(config.background, seed)
        self.perceptual = load_lpips(Path(config.lpips_weights)) if config.perceptual_weight else None

    def __call__(self, rendering: Rendering, target: Views) -> Float[Tensor, ""]:
        return self.over(rendering, target, self.backgrounds.next(target))

    @in_full()
    def over(self, rendering: Rendering, target: Views, background: Float[Tensor, "3"] | None) -> Float[Tensor, ""]:
        """The same over a background that is given; None is black."""
        loss = self._of(rendering, target, background)
        if rendering.coarse is None:
            return loss
        return loss + self.config.coarse_weight * self._of(rendering.coarse, target, background)

    def _of(self, rendering: Rendering, target: Views, background: Float[Tensor, "3"] | None) -> Float[Tensor, ""]:
        prediction, truth = compared(rendering, target, background)
        loss = self._measure(prediction - truth).mean()
        if target.alpha is not None:
            loss = loss + self.config.mask_weight * self._mean(rendering.alpha - target.alpha, target)
        if target.depth is not None and self.config.depth_weight:
            loss = loss + self.config.depth_weight * self._depth(rendering, target)
        if self.config.structure_weight:
            if min(truth.shape[1:3]) < WINDOW:
                raise ValueError("structure is compared in pictures, not in single pixels")
            losses = [kernels.l1_ssim(p, t, 1.0) for p, t in zip(prediction, truth, strict=True)]
            loss = loss + self.config.structure_weight * torch.stack(losses).mean()
        if self.perceptual is not None:
            loss = loss + self.config.perceptual_weight * self.perceptual.distances(prediction, truth).mean()
        return loss

    def _depth(self, rendering: Rendering, target: Views) -> Float[Tensor, ""]:
        errors = depth_errors(rendering, target)
        if self.config.relative_depth and target.depth is not None:
            errors = errors / target.depth.clamp_min(torch.finfo(errors.dtype).tiny)
        return self._mean(errors, target)

    def _measure(self, errors: Tensor) -> Tensor:
        return errors.square() if self.config.errors == "squared" else errors.abs()

    def _mean(self, errors: Float[Tensor, "v h w"], target: Views) -> Float[Tensor, ""]:
        """Over all pixels; those that a mask leaves out are right."""
        return self._measure(errors if target.masks is None else torch.where(target.masks, errors, 0.0)).mean()

    def state(self) -> list[int]:
        """Of the random backgrounds."""
        return self.backgrounds.state()

    def restore(self, state: list[int]) -> None:
        self.backgrounds.restore(state)


def depth_errors(rendering: Rendering, target: Views) -> Float[Tensor, "v h w"]:
    """How much farther away than in the target everything is that the rays see, by how much they see of it; 0 where the
    target has no depth, or only a mean of several.

    Raises ValueError for a rendering without depth.
    """
    if rendering.depth is None or target.depth is None:
        raise ValueError("depths are compared of renderings and targets that have them")
    known = target.depth > 0 if target.alpha is None else target.alpha > OPAQUE
    return torch.where(known, rendering.alpha * (rendering.depth - target.depth), 0.0)
