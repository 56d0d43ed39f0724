"""The one protocol all published numbers of recon3d use, by name.

"nerf" (nerfbaselines' protocol for NeRF-synthetic): pictures over white where there is alpha, both rounded to 8 bits;
PSNR; SSIM with an 11x11 Gaussian window of sigma 1.5 on whole windows; the score is the mean over views of each view's
value. Where masks say so, only pixels that count are compared. Views with alpha also get `psnr_object`, PSNR over the
pixels the object covers by more than half.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from recon3d.metrics.image import psnr, rounded, ssim
from recon3d.types import Rendering, Views

NAME = "nerf"
Perceptual = Callable[[torch.Tensor, torch.Tensor], float]


def compared_pictures(rendering: Rendering, target: Views) -> tuple[torch.Tensor, torch.Tensor]:
    """Prediction and truth of the one view, as the protocol compares them: h w 3, 8-bit values."""
    white = torch.ones(3, device=target.images.device)
    prediction = rendering.colour if target.alpha is None else rendering.over(white)
    return rounded(prediction[0]), rounded(target.over(white)[0])


def score(rendering: Rendering, target: Views, perceptual: Perceptual | None = None) -> dict[str, float]:
    """All metrics of one view."""
    prediction, truth = compared_pictures(rendering, target)
    mask = None if target.masks is None else target.masks[0]
    scores = {"psnr": psnr(prediction, truth, mask), "ssim": ssim(prediction, truth, mask)}
    if perceptual is not None:
        scores["lpips"] = perceptual(prediction, truth)
    if target.alpha is not None and bool((target.alpha[0] > 0.5).any()):
        scores["psnr_object"] = psnr(prediction, truth, target.alpha[0] > 0.5)
    return scores


def mean_scores(per_view: list[dict[str, float]]) -> dict[str, float]:
    """Mean of every metric over the views that have it."""
    names = {name: None for scores in per_view for name in scores}  # a dict keeps the order
    return {name: _mean([scores[name] for scores in per_view if name in scores]) for name in names}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
