"""A small scene of known Gaussians, painted by the torch reference and written in the NeRF-synthetic layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from recon3d.geometry.transforms import looking_at
from recon3d.kernels import reference
from recon3d.kernels.interface import Camera
from recon3d.types import Gaussians

SIZE = 48
ANGLE = 0.7
"""camera_angle_x: the field of view across the picture, in radians."""


def ball(count: int = 60) -> Gaussians:
    """Coloured blobs in a ball of radius 1 around the origin."""
    g = torch.Generator().manual_seed(5)
    means = torch.randn(count, 3, generator=g)
    means = means / means.norm(dim=-1, keepdim=True) * torch.rand(count, 1, generator=g) ** (1 / 3)
    return Gaussians(
        means,
        torch.randn(count, 4, generator=g),
        0.08 + 0.15 * torch.rand(count, 3, generator=g),
        0.6 + 0.35 * torch.rand(count, generator=g),
        torch.randn(count, 1, 3, generator=g),
    )


def matrices(count: int, height: float) -> torch.Tensor:
    """world_from_camera of cameras on a ring of radius 4, looking at the origin; z is up."""
    angles = torch.arange(count, dtype=torch.float64) * (2 * torch.pi / count)
    centres = torch.stack([4 * angles.cos(), 4 * angles.sin(), height + 0.7 * torch.sin(3 * angles)], -1)
    up = torch.tensor([0.0, 0, 1], dtype=torch.float64)
    return torch.stack([looking_at(c, torch.zeros(3, dtype=torch.float64), up) for c in centres])


def paint(gaussians: Gaussians, world_from_camera: torch.Tensor) -> np.ndarray:
    """Straight RGBA, 8-bit."""
    focal = SIZE / 2 / np.tan(ANGLE / 2)
    intrinsics = torch.tensor([[focal, 0, SIZE / 2], [0, focal, SIZE / 2], [0, 0, 1]])
    camera = Camera(torch.linalg.inv(world_from_camera).float(), intrinsics.float(), SIZE, SIZE)
    g = gaussians
    out = reference.splat(g.means, g.quaternions, g.scales, g.opacities, g.sh, camera)
    straight = out.colour / out.alpha.clamp_min(1e-3)[..., None]
    picture = torch.cat([straight.clamp(0, 1), out.alpha[..., None]], -1)
    return (picture.numpy() * 255 + 0.5).astype(np.uint8)


def write_ball_scene(folder: Path, train: int = 16, test: int = 3) -> Path:
    """The scene of the ball."""
    gaussians = ball()
    for split, count, height in (("train", train, 0.8), ("test", test, 0.5)):
        (folder / split).mkdir(parents=True)
        frames = []
        for i, matrix in enumerate(matrices(count, height)):
            Image.fromarray(paint(gaussians, matrix)).save(folder / split / f"r_{i}.png")
            opengl = (matrix.numpy() * [1, -1, -1, 1]).tolist()
            frames.append({"file_path": f"./{split}/r_{i}", "transform_matrix": opengl})
        text = json.dumps({"camera_angle_x": ANGLE, "frames": frames})
        (folder / f"transforms_{split}.json").write_text(text)
    return folder
