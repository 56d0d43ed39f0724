"""Objects are framed as `recon3d mesh` frames photos."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("embreex")

from recon3d.encoders.triposr import Config as TripoSRConfig
from recon3d.encoders.triposr import TripoSR
from recon3d.geometry.photo_frame import FOREGROUND, HALF_SIZE
from recon3d.synthesis.objects import framing
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.making import procedural_object
from recon3d.synthesis.objects.pictures import photographed

SIDE = 128


def test_the_photo_is_taken_from_where_the_networks_think() -> None:
    ours, theirs = framing.photo_camera(SIDE), TripoSR.viewpoint().resized(SIDE, SIDE)
    torch.testing.assert_close(ours.world_from_camera, theirs.world_from_camera)
    torch.testing.assert_close(ours.intrinsics, theirs.intrinsics)
    assert TripoSRConfig().half_size == HALF_SIZE


@pytest.mark.parametrize("seed", range(5))
def test_the_bounding_square_is_central_and_takes_its_share(seed: int) -> None:
    mesh = procedural_object(100 + seed)
    placed = mesh.moved(framing.photo_from_object(Dice(seed), mesh.vertices).float())
    assert float(placed.vertices.abs().max()) <= HALF_SIZE + 1e-3
    alpha = photographed(placed, framing.photo_camera(SIDE)).alpha
    assert alpha is not None
    rows, columns = (torch.nonzero(alpha[0].amax(axis)).squeeze(-1) for axis in (1, 0))
    sides = [int(line[-1] - line[0]) + 1 for line in (rows, columns)]
    assert max(sides) == pytest.approx(FOREGROUND * SIDE, abs=2)
    for line in (rows, columns):
        assert float(line[0] + line[-1] + 1) / 2 == pytest.approx(SIDE / 2, abs=1)


def test_framing_is_exact_for_points() -> None:
    points = np.random.default_rng(0).normal(size=(50, 3)) * [0.4, 1.0, 2.0] + [3, -1, 5]
    scale, shift = framing.framed(points)
    placed = torch.from_numpy(scale * points + shift).float()
    pixels, _depths = framing.photo_camera(1).project(placed)
    low, high = pixels[0].amin(0), pixels[0].amax(0)
    torch.testing.assert_close((low + high) / 2, torch.tensor([0.5, 0.5]), atol=1e-3, rtol=0)
    assert float((high - low).max()) == pytest.approx(FOREGROUND, abs=1e-3)
    assert float(placed[:, 0].amin() + placed[:, 0].amax()) == pytest.approx(0, abs=1e-5)


def test_a_long_thing_is_never_seen_from_its_end() -> None:
    stick = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (400, 3)) * [1.0, 0.03, 0.03]).float()
    for seed in range(20):
        placed = (framing.photo_from_object(Dice(seed), stick)[:3, :3] @ stick.double().T).T
        assert float(placed[:, 0].abs().max()) <= HALF_SIZE


def test_the_turn_brings_the_direction_to_the_camera_and_keeps_up_up() -> None:
    turn = framing.turned_to(70, 25)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
    a, e = np.radians([70, 25])
    np.testing.assert_allclose(turn @ [np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)], [1, 0, 0], atol=1e-12)
    up = turn @ [0, 0, 1]
    assert up[1] == pytest.approx(0, abs=1e-12)
    assert up[2] > 0


def test_targets_begin_with_the_photo_and_look_at_the_origin_from_all_around() -> None:
    cameras = framing.target_cameras(Dice(0), 40, SIDE)
    assert len(cameras) == 40
    torch.testing.assert_close(cameras.world_from_camera[0], framing.photo_camera(SIDE).world_from_camera[0])
    torch.testing.assert_close(cameras.centres.norm(dim=-1), torch.full((40,), framing.DISTANCE))
    middle, _ = cameras.project(torch.zeros(1, 3))
    torch.testing.assert_close(middle, torch.full_like(middle, SIDE / 2), atol=1e-3, rtol=0)
    elevation = torch.rad2deg(torch.asin(cameras.centres[:, 2] / framing.DISTANCE))
    assert elevation.min() > -31
    assert elevation.max() > 30
    assert cameras.centres[:, 0].min() < -1
