"""Frames that cameras have by themselves, and those of them that differ most."""

from __future__ import annotations

import math

import pytest
import torch

from recon3d.geometry.capture import most_different, object_from_world
from recon3d.geometry.transforms import looking_at, transform_points
from recon3d.types import Cameras


def around(count: int, focus: torch.Tensor, distance: float, up: torch.Tensor) -> torch.Tensor:
    angles = torch.arange(count, dtype=torch.float64) * 2 * math.pi / count
    across = torch.linalg.cross(up, torch.tensor([0.3, 0.5, 0.8], dtype=torch.float64))
    across = across / across.norm()
    other = torch.linalg.cross(up, across)
    places = focus + distance * (angles.cos()[:, None] * across + angles.sin()[:, None] * other)
    return torch.stack([looking_at(place, focus, up) for place in places])


def test_what_cameras_look_at_is_in_the_middle_and_up_is_up() -> None:
    focus, up = torch.tensor([4.0, -3.0, 2.0]).double(), torch.tensor([0.6, 0.0, 0.8]).double()
    places = around(5, focus, 7.0, up)
    matrix = object_from_world(places, 2.0)
    centres = transform_points(matrix, places[:, :3, 3])
    torch.testing.assert_close(centres.norm(dim=-1), torch.full((5,), 2.0).double())
    torch.testing.assert_close(centres[:, 2], torch.zeros(5).double(), atol=1e-9, rtol=0)
    torch.testing.assert_close(object_from_world(places[[3, 0, 4, 1, 2]], 2.0), matrix)
    unturned = object_from_world(places, 2.0, upright=False)
    torch.testing.assert_close(unturned[:3, :3], 2 / 7 * torch.eye(3).double())


def test_parallel_cameras_look_ahead() -> None:
    places = torch.eye(4).repeat(3, 1, 1)
    places[:, 0, 3] = torch.tensor([-1.0, 0.0, 1.0])
    matrix = object_from_world(places, 1.0, upright=False)
    torch.testing.assert_close(transform_points(matrix, torch.tensor([0.0, 0.0, 10.0])), torch.zeros(3))
    towards = places.clone()  # toed in a little: their focus is a kilometre away
    towards[:, 0, 2] = torch.tensor([1e-3, 0.0, -1e-3])
    torch.testing.assert_close(object_from_world(towards, 1.0, upright=False), matrix, atol=1e-3, rtol=0)
    assert bool(object_from_world(places[:1], 1.0).isfinite().all())


@pytest.mark.parametrize("count", [1, 3, 6, 20])
def test_the_most_different_cameras_are_chosen(count: int) -> None:
    angles = torch.tensor([0.0, 0.02, 0.04, 2.1, 2.12, 4.2])
    centres = torch.stack([2 * angles.cos(), 2 * angles.sin(), torch.zeros(6)], -1)
    chosen = most_different(Cameras.facing_origin(centres, 1.0).world_from_camera, count)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, 6)
    if count == 3:
        assert {i // 3 + (i == 5) for i in chosen} == {0, 1, 2}


def test_no_camera_is_chosen_twice_where_some_are_the_same() -> None:
    three = Cameras.facing_origin(torch.tensor([[2.0, 0, 0], [0, 2.0, 0], [-2.0, 0, 0]]), 1.0).world_from_camera
    chosen = most_different(three.repeat_interleave(2, 0), 5)
    assert len(set(chosen)) == 5
    assert {i // 2 for i in most_different(three.repeat_interleave(2, 0), 3)} == {0, 1, 2}
