"""How alike two pictures are. All take channels-last pictures with values in [0, 1]."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from recon3d.kernels.reference.similarity import SSIM_C1, SSIM_C2, SSIM_SIGMA, SSIM_WINDOW


def psnr(a: Float[Tensor, "h w 3"], b: Float[Tensor, "h w 3"], mask: Bool[Tensor, "h w"] | None = None) -> float:
    """Peak signal-to-noise ratio in dB over the pixels of the mask; infinite for equal pictures."""
    squared = (a.double() - b.double()) ** 2
    error = squared.mean() if mask is None else squared[mask].mean()
    return float(-10 * torch.log10(error))


def ssim(a: Float[Tensor, "h w 3"], b: Float[Tensor, "h w 3"], mask: Bool[Tensor, "h w"] | None = None) -> float:
    """Structural similarity (Wang et al. 2004): 11x11 Gaussian window of sigma 1.5, K1 0.01, K2 0.03, range 1, whole
    windows only; in double precision, for variances of flat areas are small differences of large numbers.

    The mean over places and channels; with a mask, over the windows whose middle counts. NaN for pictures smaller than
    the window.
    """
    if min(a.shape[:2]) < SSIM_WINDOW:
        return float("nan")
    values = _ssim_map(*(picture.detach().double().cpu().numpy() for picture in (a, b))).mean(-1)
    if mask is None:
        return float(values.mean())
    rim = SSIM_WINDOW // 2
    return float(values[mask[rim:-rim, rim:-rim].cpu().numpy()].mean())


def _ssim_map(x: Float64[np.ndarray, "h w 3"], y: Float64[np.ndarray, "h w 3"]) -> Float64[np.ndarray, "h2 w2 3"]:
    """SSIM of every channel at the middle of every whole window."""
    position = np.arange(SSIM_WINDOW) - SSIM_WINDOW // 2
    profile = np.exp(-(position**2) / (2 * SSIM_SIGMA**2))
    profile, rim = profile / profile.sum(), SSIM_WINDOW // 2

    def mean(picture: Float64[np.ndarray, "h w 3"]) -> Float64[np.ndarray, "h2 w2 3"]:
        return np.asarray(cv2.sepFilter2D(picture, cv2.CV_64F, profile, profile))[rim:-rim, rim:-rim]

    mean_x, mean_y = mean(x), mean(y)
    variances, covariance = mean(x * x) + mean(y * y) - mean_x**2 - mean_y**2, mean(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + SSIM_C1) / (mean_x**2 + mean_y**2 + SSIM_C1)
    return np.asarray(luminance * (2 * covariance + SSIM_C2) / (variances + SSIM_C2))


def iou(a: Bool[Tensor, "h w"], b: Bool[Tensor, "h w"]) -> float:
    """Intersection over union of two masks; 1 where both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def rounded(image: Float[Tensor, "h w 3"]) -> Float[Tensor, "h w 3"]:
    """As an 8-bit file would hold it."""
    return (image.clamp(0, 1) * 255).round() / 255
