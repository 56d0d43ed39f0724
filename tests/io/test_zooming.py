"""Views at a lower resolution."""

from __future__ import annotations

import torch

from recon3d.io.zooming import zoomed
from recon3d.types import Cameras, Views


def test_zooming_averages_and_keeps_the_camera_true() -> None:
    images = torch.rand(1, 6, 8, 3)
    cameras = Cameras(
        torch.eye(4)[None],
        torch.tensor([[[20.0, 0, 4.5], [0, 20, 3.5], [0, 0, 1]]]),
        torch.tensor([8]),
        torch.tensor([6]),
    )
    masks = torch.ones(1, 6, 8, dtype=torch.bool)
    masks[0, 0, 0] = False
    half = zoomed(Views(cameras, images, images[..., 0], masks), 0.5)
    assert half.cameras.size == (4, 3)
    assert torch.allclose(half.images[0, 1, 2], images[0, 2:4, 4:6].mean((0, 1)), atol=1e-6)
    assert half.alpha is not None
    assert torch.allclose(half.alpha, half.images[..., 0], atol=1e-6)
    assert half.masks is not None
    assert half.masks.sum() == 11
    depth = zoomed(Views(cameras, images, 0.1 + images[..., 0], depth=2 + images[..., 1]), 0.5).depth
    weights, depths = 0.1 + images[0, 2:4, 4:6, 0], 2 + images[0, 2:4, 4:6, 1]
    assert depth is not None
    assert torch.allclose(depth[0, 1, 2], (weights * depths).sum() / weights.sum(), atol=1e-5)
    point = torch.tensor([[0.1, -0.05, 1.0]])
    assert torch.allclose(half.cameras.project(point)[0] * 2, cameras.project(point)[0], atol=1e-5)
    other = zoomed(Views(cameras, images), 0.7)
    assert other.cameras.size == (6, 4)
    assert torch.allclose(other.images.mean(), images.mean(), atol=1e-5)
    size = torch.tensor(other.cameras.size) / torch.tensor(cameras.size)
    assert torch.allclose(other.cameras.project(point)[0], cameras.project(point)[0] * size, atol=1e-5)
