"""PSNR and SSIM against scikit-image, and against their formulas written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from recon3d.metrics.image import psnr, ssim

RIM = 5


def pictures(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """float32, as they are scored: noise, a smooth picture with noise, and a flat one, whose variance is next to
    nothing."""
    generator = np.random.default_rng(3)
    rows, columns = np.mgrid[:45, :60] / 45
    truth = {
        "noise": generator.random((45, 60, 3)),
        "smooth": np.stack([rows, columns / 2, 0.5 + 0.4 * np.sin(9 * rows * columns)], -1),
        "flat": np.full((45, 60, 3), 0.9),
    }[kind]
    seen = np.clip(truth + 0.01 * generator.standard_normal(truth.shape), 0, 1)
    return truth.astype(np.float32), seen.astype(np.float32)


@pytest.mark.parametrize("kind", ["noise", "smooth", "flat"])
def test_both_are_those_of_scikit_image(kind: str) -> None:
    truth, seen = pictures(kind)
    exact = truth.astype(np.float64), seen.astype(np.float64)
    a, b = torch.from_numpy(seen), torch.from_numpy(truth)
    assert psnr(a, b) == pytest.approx(peak_signal_noise_ratio(*exact, data_range=1), abs=1e-6)
    _, everywhere = structural_similarity(
        *exact,
        win_size=11,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1,
        channel_axis=-1,
        full=True,
    )
    assert ssim(a, b) == pytest.approx(everywhere[RIM:-RIM, RIM:-RIM].mean(), abs=1e-5)


def ssim_of_window(x: np.ndarray, y: np.ndarray) -> float:
    """Wang et al. 2004, equation 13, of two 11x11 patches."""
    offsets = np.arange(-5, 6)
    weights = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    weights /= weights.sum()
    mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
    variance_x, variance_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
    covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
    top = (2 * mean_x * mean_y + 1e-4) * (2 * covariance + 9e-4)
    return top / ((mean_x**2 + mean_y**2 + 1e-4) * (variance_x + variance_y + 9e-4))


@pytest.mark.parametrize("kind", ["noise", "smooth", "flat"])
def test_both_are_their_formulas(kind: str) -> None:
    truth, seen = (picture[:16, :14].astype(np.float64) for picture in pictures(kind))
    a, b = torch.from_numpy(seen), torch.from_numpy(truth)
    mean_square = sum(float(d) ** 2 for d in (seen - truth).ravel()) / truth.size
    assert psnr(a, b) == pytest.approx(-10 * np.log10(mean_square), abs=1e-6)
    windows = [
        ssim_of_window(seen[i : i + 11, j : j + 11, c], truth[i : i + 11, j : j + 11, c])
        for i in range(6)
        for j in range(4)
        for c in range(3)
    ]
    assert ssim(a, b) == pytest.approx(np.mean(windows), abs=1e-5)
