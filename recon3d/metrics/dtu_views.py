"""New views of DTU scans from few: the split of pixelNeRF and RegNeRF, and scores of the object alone.

Pictures are counted from 0 by name (in DTU's own files picture i is rect_<i+1>_3_r5000.png), 1600x1200 pixels, and are
shrunk to 400x300 by the mean over blocks. The object is where the mask is exactly 255. PSNR is taken over its pixels;
for SSIM and LPIPS both pictures are made white elsewhere and compared as a whole. They are rounded to 8 bits first.
SSIM is that of the house: 11x11 Gaussian window of sigma 1.5, whole windows, range 1 (papers differ: RegNeRF takes
scikit-image's defaults, a 7x7 box; FlipNeRF this Gaussian). LPIPS is that of VGG; FlipNeRF takes AlexNet's.

Sources: `regnerf/internal/datasets.py` and `eval.py` (Niemeyer et al. 2022), FlipNeRF's `configs/dtu3.gin`.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from recon3d.metrics.image import psnr, rounded, ssim
from recon3d.metrics.protocol import Perceptual
from recon3d.types import Rendering, Views

NAME = "dtu-views"
SCANS = (8, 21, 30, 31, 34, 38, 40, 41, 45, 55, 63, 82, 103, 110, 114)
VIEWS = 49
INPUTS = (25, 22, 28, 40, 44, 48, 0, 8, 13)
"""The first 3, 6 or 9 are given; none of the nine is ever tested on."""
BADLY_EXPOSED = (3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 36, 37, 38, 39)
TESTED = tuple(i for i in range(VIEWS) if i not in INPUTS and i not in BADLY_EXPOSED)
FULL_WIDTH, DOWNSCALE = 1600, 4


def downscale_of(width: int) -> int:
    """What the sides of pictures of that width are divided by: 4 for DTU's own, 1 for smaller ones."""
    return DOWNSCALE if width >= FULL_WIDTH else 1


def compared_pictures(
    rendering: Rendering, target: Views, mask: Bool[Tensor, "h w"]
) -> tuple[Float[Tensor, "h w 3"], Float[Tensor, "h w 3"]]:
    """Prediction and truth of the one view: the object on white, 8-bit values."""
    white = torch.ones(3, device=target.images.device)
    prediction = rendering.colour if target.alpha is None else rendering.over(white)
    shown = mask[..., None].to(prediction.device)
    return rounded(torch.where(shown, prediction[0], 1.0)), rounded(torch.where(shown, target.over(white)[0], 1.0))


def score(
    rendering: Rendering, target: Views, mask: Bool[Tensor, "h w"], perceptual: Perceptual | None = None
) -> dict[str, float]:
    """All metrics of one view: `psnr` in dB over the mask, `ssim`, and `lpips` where there is a network for it."""
    prediction, truth = compared_pictures(rendering, target, mask)
    scores = {"psnr": psnr(prediction, truth, mask.to(prediction.device)), "ssim": ssim(prediction, truth)}
    if perceptual is not None:
        scores["lpips"] = perceptual(prediction, truth)
    return scores
