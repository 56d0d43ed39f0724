"""Surfaces that the tests of this room share."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from recon3d.meshing.isosurface import Config, filled_grid, marched_cubes
from recon3d.types import Mesh


def balls(points: Tensor) -> Tensor:
    """How deep points lie in a large ball or a small one."""
    small = 0.1 - (points - torch.tensor([0.8, 0.0, 0.0])).norm(dim=-1)
    return torch.maximum(0.6 - points.norm(dim=-1), small)


@pytest.fixture(scope="session")
def two_balls() -> Mesh:
    return marched_cubes(filled_grid(balls, 1.0, 0.0, Config(resolution=48)).values, 0.0, 1.0)


@pytest.fixture(scope="session")
def crumbs() -> Mesh:
    """A surface with many handles, thin bridges and specks, which reaches the sides of its box."""
    g = torch.Generator().manual_seed(1)
    noise = torch.nn.functional.interpolate(torch.randn(1, 1, 9, 9, 9, generator=g), (50,) * 3, mode="trilinear")
    axis = torch.linspace(-1, 1, 50)
    depth = 3 - 3 * torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).norm(dim=-1)
    return marched_cubes(depth + noise[0, 0], 0.0, 1.0)
