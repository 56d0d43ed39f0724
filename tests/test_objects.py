"""benchmarks/objects.py: its baselines and its views are what they are said to be."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
import trimesh

from recon3d.geometry.photo_frame import DISTANCE, FOCAL
from recon3d.renderers.raster import Config, Raster
from recon3d.synthesis.objects.framing import photo_camera
from recon3d.synthesis.objects.making import RESERVED
from recon3d.types import Mesh, Views

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SIDE = 96


@pytest.fixture
def baselines(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import baselines

    return baselines


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import unseen

    return unseen


def ring(outer: float, inner: float) -> Views:
    """A photo of a flat ring, radii in pixels: red on the left, blue on the right."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
    alpha = torch.from_numpy(((np.hypot(x, y) < outer) & (np.hypot(x, y) >= inner)).astype(np.float32))
    colours = torch.where(torch.from_numpy(x < 0)[..., None], torch.tensor([0.9, 0, 0]), torch.tensor([0, 0, 0.7]))
    return Views(photo_camera(SIDE), (colours * alpha[..., None])[None], alpha[None])


def solid(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices.numpy(), mesh.faces.numpy(), process=False)


def test_an_inflated_disc_is_a_ball(baselines: ModuleType) -> None:
    mesh = baselines.inflated(ring(30, 0))
    ball, radius = solid(mesh), 30 / SIDE * DISTANCE / FOCAL
    assert ball.is_watertight
    assert ball.volume == pytest.approx(4 / 3 * math.pi * radius**3, rel=0.1)
    # A pixel away from the photo's camera is wider than one towards it, so the ball is a little of an egg.
    np.testing.assert_allclose(np.abs(ball.bounds), radius, rtol=0.06)


def test_an_inflated_ring_keeps_its_hole(baselines: ModuleType) -> None:
    mesh = baselines.inflated(ring(40, 18))
    assert solid(mesh).is_watertight
    assert solid(mesh).euler_number == 0


def test_inflated_silhouettes_show_the_photo_on_both_sides(baselines: ModuleType) -> None:
    photo = ring(40, 18)
    mesh = baselines.inflated(photo)
    shown = Raster(Config())(mesh, photo.cameras)
    assert float((shown.colour - photo.images).abs().mean()) < 0.01
    assert mesh.colours is not None
    left, right = mesh.vertices[:, 1] < -0.1, mesh.vertices[:, 1] > 0.1
    assert torch.equal(mesh.colours[left], torch.tensor([0.9, 0, 0]).expand_as(mesh.colours[left]))
    assert torch.equal(mesh.colours[right], torch.tensor([0, 0, 0.7]).expand_as(mesh.colours[right]))


def test_thickness_solves_its_equation(baselines: ModuleType) -> None:
    """Of a long strip 2 m - 1 pixels wide, m^2 - x^2 times 2, as one integrates by hand."""
    inside = np.zeros((400, 21), bool)
    inside[:, 6:15] = True  # m = 5
    squared = baselines.squared_thickness(inside)
    np.testing.assert_allclose(squared[200, 6:15], 2 * (25 - np.arange(-4, 5) ** 2), rtol=1e-3)
    assert (squared[~inside] == baselines.OUTSIDE).all()


def test_the_mean_object_is_the_mean(baselines: ModuleType) -> None:
    mean = baselines.mean_object([ring(40, 0), ring(40, 18)])
    middle, rim = (SIDE // 2, SIDE // 2), (SIDE // 2, SIDE // 2 + 30)
    assert float(mean.alpha[0][middle]) == 0.5
    assert float(mean.alpha[0][rim]) == 1
    torch.testing.assert_close(mean.colour[0][middle], torch.tensor([0.0, 0, 0.35]))


def test_photos_are_framed_and_reserved(unseen: ModuleType) -> None:
    first, again = next(unseen.procedural(1)), next(unseen.procedural(1))
    assert torch.equal(first.targets.images, again.targets.images)
    assert first.name == f"seed {RESERVED:#x}"
    assert first.photo.alpha is not None
    covered = first.photo.alpha[0] > 0.5
    rows, columns = (torch.nonzero(covered.any(axis)).squeeze(-1) for axis in (1, 0))
    side = max(int(rows[-1] - rows[0]), int(columns[-1] - columns[0])) + 1
    assert side / unseen.PHOTO_SIDE == pytest.approx(0.85, abs=0.02)
    assert float(rows[0] + rows[-1]) / 2 == pytest.approx(unseen.PHOTO_SIDE / 2, abs=8)
    assert float(first.mesh.vertices.abs().max()) < 0.9


def test_held_out_cameras_are_not_the_photos(unseen: ModuleType) -> None:
    cameras = unseen.held_out()
    assert len(cameras) == 8
    assert float((cameras.centres - photo_camera(1).centres).norm(dim=-1).min()) > 0.3
    torch.testing.assert_close(cameras.centres.norm(dim=-1), torch.full((8,), DISTANCE))
