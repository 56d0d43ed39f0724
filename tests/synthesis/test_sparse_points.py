"""Observations are honest: in the picture, in the right place, and nothing stands in between."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("embreex")

from recon3d.synthesis import shapes, sparse_points
from recon3d.synthesis.cameras import looking_at
from recon3d.synthesis.casting import Caster
from recon3d.synthesis.sparse_points import SparsePoints
from recon3d.synthesis.surface import Surface, merged
from recon3d.types import Cameras


def scene() -> Surface:
    """Two balls on a floor."""
    side = np.linspace(-4, 4, 9)
    x, y = np.meshgrid(side, side, indexing="xy")
    floor = shapes.grid(np.stack([x, y, np.full_like(x, -0.5)], -1))
    return merged([floor, shapes.sphere(0.5, 0.05).at(0.7, 0, 0), shapes.sphere(0.4, 0.05).at(-0.7, 0, 0)])


def walk(count: int = 24) -> Cameras:
    angle = 2 * np.pi * np.arange(count) / count
    centres = 3.0 * np.stack([np.cos(angle), np.sin(angle), 0.3 + 0 * angle], -1)
    return looking_at(centres, np.zeros_like(centres), (80, 60), 80.0)


@pytest.fixture(scope="module")
def found() -> SparsePoints:
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(24)]
    surface = scene()
    return sparse_points.observed(Caster(surface.vertices, surface.faces), walk(), images, 1200, seed=0)


def test_every_point_has_three_to_eight_views(found: SparsePoints) -> None:
    lengths = np.bincount(found.points, minlength=len(found.positions))
    assert len(found.positions) > 500
    assert lengths.min() >= sparse_points.SHORTEST
    assert lengths.max() <= sparse_points.LONGEST
    assert len({*zip(found.points, found.views, strict=True)}) == len(found.points)


def test_points_lie_on_surfaces(found: SparsePoints) -> None:
    x, y, z = found.positions.T
    to_first, to_second = (np.abs(np.hypot(np.hypot(x - at, y), z) - r) for at, r in ((0.7, 0.5), (-0.7, 0.4)))
    assert np.minimum(np.minimum(to_first, to_second), np.abs(z + 0.5)).max() < 2e-3


def test_observations_are_projections(found: SparsePoints) -> None:
    pixels, depths = walk().project(torch.from_numpy(found.positions))
    np.testing.assert_allclose(pixels[found.views, found.points].numpy(), found.pixels, atol=1e-9)
    assert (depths[found.views, found.points] > 0).all()
    assert (found.pixels > 0).all()
    assert (found.pixels < [80, 60]).all()


def test_nothing_hides_an_observed_point(found: SparsePoints) -> None:
    """Against the balls in closed form: the line of sight meets neither before it ends."""
    centres = walk().centres.numpy()[found.views]
    sight = found.positions[found.points] - centres
    for middle, radius in (([0.7, 0, 0], 0.5), ([-0.7, 0, 0], 0.4)):
        nearest = np.clip(((middle - centres) * sight).sum(-1) / (sight**2).sum(-1), 0, 0.98)
        distance = np.linalg.norm(centres + nearest[:, None] * sight - middle, axis=-1)
        assert distance.min() > radius - 0.02


def test_views_of_a_point_look_the_same_way(found: SparsePoints) -> None:
    sight = found.positions[found.points] - walk().centres.numpy()[found.views]
    sight /= np.linalg.norm(sight, axis=-1, keepdims=True)
    for point in range(0, len(found.positions), 37):
        here = sight[found.points == point]
        assert np.degrees(np.arccos(np.clip(here @ here.T, -1, 1))).max() < 2 * sparse_points.WIDEST
