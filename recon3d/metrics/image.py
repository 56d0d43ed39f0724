"""How alike two pictures are. All take channels-last pictures with values in [0, 1]."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from recon3d.kernels.reference import SSIM_WINDOW, ssim_map


def psnr(a: Float[Tensor, "h w 3"], b: Float[Tensor, "h w 3"], mask: Bool[Tensor, "h w"] | None = None) -> float:
    """Peak signal-to-noise ratio in dB over the pixels of the mask; infinite for equal pictures."""
    squared = (a.double() - b.double()) ** 2
    error = squared.mean() if mask is None else squared[mask].mean()
    return float(-10 * torch.log10(error))


def ssim(a: Float[Tensor, "h w 3"], b: Float[Tensor, "h w 3"], mask: Bool[Tensor, "h w"] | None = None) -> float:
    """Structural similarity (Wang et al. 2004): 11x11 Gaussian window of sigma 1.5, whole windows only.

    The mean over places and channels; with a mask, over the windows whose middle counts. NaN for pictures smaller than
    the window.
    """
    if min(a.shape[:2]) < SSIM_WINDOW:
        return float("nan")
    channels = ssim_map(a.permute(2, 0, 1)[:, None], b.permute(2, 0, 1)[:, None], padding=0)
    values = channels[:, 0].mean(0)
    if mask is None:
        return float(values.mean())
    rim = SSIM_WINDOW // 2
    return float(values[mask[rim:-rim, rim:-rim]].mean())


def iou(a: Bool[Tensor, "h w"], b: Bool[Tensor, "h w"]) -> float:
    """Intersection over union of two masks; 1 where both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def rounded(image: Float[Tensor, "h w 3"]) -> Float[Tensor, "h w 3"]:
    """As an 8-bit file would hold it."""
    return (image.clamp(0, 1) * 255).round() / 255
