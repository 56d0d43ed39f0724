"""What is cropped away is no more than it must be, and what is kept was seen by the lens."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recon3d.geometry import rays
from recon3d.io.rectangles import largest_window
from recon3d.io.undistortion import Undistortion, crop_of, mask_of
from recon3d.types import Cameras

ZEROS = (0.0, 0.0, 0.0, 0.0)


def matrix(focal: float, x: float, y: float) -> tuple[float, ...]:
    return (focal, 0.0, x, 0.0, focal, y, 0.0, 0.0, 1.0)


SMALL = st.floats(-0.05, 0.05)


def validity(undistortion: Undistortion) -> np.ndarray:
    return undistortion.valid(np.arange(undistortion.width), np.arange(undistortion.height))


@settings(max_examples=40, deadline=None)
@given(k1=st.floats(-0.3, 0.3), k2=SMALL, p1=SMALL, p2=SMALL, focal=st.floats(200, 400))
def test_no_invalid_pixel_remains_and_little_is_lost(k1: float, k2: float, p1: float, p2: float, focal: float) -> None:
    coefficients = (k1, k2, p1 / 10, p2 / 10, *ZEROS)
    undistortion = Undistortion("opencv", coefficients, matrix(focal, 151.0, 98.0), 300, 210)
    valid = validity(undistortion)
    (_, _, width, height), clean = crop_of(undistortion)
    best = largest_window(valid, np.arange(undistortion.width), np.arange(undistortion.height))
    if clean:
        columns, rows = undistortion.maps(crop_of(undistortion).window)
        assert columns.shape == (height, width)
        assert columns.min() > -0.1
        assert rows.min() > -0.1
        assert columns.max() < undistortion.width - 1 + 0.1
        assert rows.max() < undistortion.height - 1 + 0.1
        assert width * height > 0.95 * best.width * best.height
    else:
        assert 2 * best.width < 1.1 * undistortion.width or 2 * best.height < 1.1 * undistortion.height


def test_a_lens_without_distortion_loses_nothing() -> None:
    undistortion = Undistortion("opencv", (1e-12, 0.0, 0.0, 0.0, *ZEROS), matrix(300.0, 151.3, 98.7), 300, 210)
    assert crop_of(undistortion) == ((0, 0, 300, 210), True)
    columns, rows = undistortion.maps(crop_of(undistortion).window)
    assert np.abs(columns - np.arange(300)).max() < 1e-4
    assert np.abs(rows - np.arange(210)[:, None]).max() < 1e-4


@pytest.mark.parametrize("coefficients", [(-0.6, 0.1), (-0.9, 0.35)])
def test_what_lies_behind_a_fold_is_never_kept(coefficients: tuple[float, ...]) -> None:
    undistortion = Undistortion("opencv", (*coefficients, 0.0, 0.0, *ZEROS), matrix(60.0, 100.0, 100.0), 200, 200)
    (left, top, width, height), _ = crop_of(undistortion)
    k1, k2 = coefficients
    radii = np.linspace(0, 3, 3001)
    first_fold = radii[np.argmax(1 + 3 * k1 * radii**2 + 5 * k2 * radii**4 <= 0)]
    x = (np.arange(left, left + width) + 0.5 - 100) / 60
    y = (np.arange(top, top + height) + 0.5 - 100) / 60
    radius = np.hypot(x[None], y[:, None])
    valid = mask_of(undistortion, crop_of(undistortion).window) if not crop_of(undistortion).clean else None
    kept = np.ones_like(radius, dtype=bool) if valid is None else valid
    assert radius[kept].max() < first_fold + 0.01
    assert radius[kept].max() > 0.9 * first_fold


def test_maps_agree_with_projection() -> None:
    """A direction's pinhole pixel is filled from where the camera with the lens projects that direction."""
    intrinsics = torch.tensor([[[120.0, 0, 80.5], [0, 118.0, 61.2], [0, 0, 1]]], dtype=torch.float64)
    distortion = torch.tensor([[0.1, -0.02, 0.003, 0.004, 0, 0, 0, 0]], dtype=torch.float64)
    size = (torch.tensor([160]), torch.tensor([120]))
    camera = Cameras(torch.eye(4, dtype=torch.float64)[None], intrinsics, *size, "opencv", distortion)
    undistortion = Undistortion.of(camera)
    window = crop_of(undistortion).window
    columns, rows = undistortion.maps(window)
    pixels = rays.pixel_centres(window.width, window.height, intrinsics) + torch.tensor([window.left, window.top])
    points = rays.homogeneous(rays.normalised_from_pixels(pixels, intrinsics[0])).flatten(0, 1)
    expected = camera.project(points)[0][0].reshape(window.height, window.width, 2).numpy() - 0.5
    assert np.abs(columns - expected[..., 0]).max() < 1e-4
    assert np.abs(rows - expected[..., 1]).max() < 1e-4
