"""How alike two pictures are: the loss of a fit."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def l1_ssim(
    prediction: Float[Tensor, "h w 3"], target: Float[Tensor, "h w 3"], ssim_weight: float
) -> Float[Tensor, ""]:
    """(1 - ssim_weight) * mean |difference| + ssim_weight * (1 - mean SSIM), the loss of Kerbl et al., equation 7.

    SSIM (Wang et al. 2004): 11x11 Gaussian window, sigma 1.5, zero padding, K1 0.01, K2 0.03, range 1.
    """
    x, y = prediction.permute(2, 0, 1)[:, None], target.permute(2, 0, 1)[:, None]
    structural = ssim_map(x, y, padding=SSIM_WINDOW // 2).mean()
    return (1 - ssim_weight) * (prediction - target).abs().mean() + ssim_weight * (1 - structural)


SSIM_WINDOW, SSIM_SIGMA, SSIM_C1, SSIM_C2 = 11, 1.5, 0.01**2, 0.03**2


def ssim_map(x: Float[Tensor, "b 1 h w"], y: Float[Tensor, "b 1 h w"], padding: int) -> Float[Tensor, "b 1 h2 w2"]:
    """SSIM at every place of the 11x11 Gaussian window; `padding` 0 keeps whole windows only ("valid")."""
    position = torch.arange(SSIM_WINDOW, dtype=x.dtype, device=x.device) - SSIM_WINDOW // 2
    profile = torch.exp(-(position**2) / (2 * SSIM_SIGMA**2))
    profile = profile / profile.sum()
    window = (profile[:, None] * profile)[None, None]

    def mean(image: Tensor) -> Tensor:
        return functional.conv2d(image, window, padding=padding)

    mean_x, mean_y = mean(x), mean(y)
    variance_x, variance_y = mean(x * x) - mean_x**2, mean(y * y) - mean_y**2
    covariance = mean(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + SSIM_C1) / (mean_x**2 + mean_y**2 + SSIM_C1)
    return luminance * (2 * covariance + SSIM_C2) / (variance_x + variance_y + SSIM_C2)
