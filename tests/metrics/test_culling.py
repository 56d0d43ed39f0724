"""What of a mesh the pictures show of the object."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from recon3d.geometry.transforms import looking_at
from recon3d.metrics.culling import dilated, disk, ellipse, kept_by_few, kept_by_many
from recon3d.types import Cameras

WIDTH, HEIGHT = 160, 120
LEFT_HALF = np.zeros((HEIGHT, WIDTH), bool)
LEFT_HALF[:, : WIDTH // 2] = True


def camera(distance: float = 10.0) -> Cameras:
    """On the z axis, looking at the origin; at that distance 16 units of x are as wide as the picture."""
    centre, up = torch.tensor([0.0, 0, distance]), torch.tensor([0.0, 1, 0])
    place = looking_at(centre, torch.zeros(3), up)[None]
    lens = torch.tensor([[[100.0, 0, 80], [0, 100.0, 60], [0, 0, 1]]])
    return Cameras(place, lens, torch.tensor([WIDTH]), torch.tensor([HEIGHT]))


def at(*columns: float) -> torch.Tensor:
    """Points in the plane z = 0 that the camera sees at those columns, pixels."""
    return torch.tensor([[(column - 80) / 10, 0.0, 0.0] for column in columns])


def test_dense_views_drop_what_is_seen_beside_the_grown_mask() -> None:
    """24 pixels of a picture 1600 wide are 2.4, so 2, of this one; what it does not reach stays."""
    kept = kept_by_many(at(-30, 20, 79, 81, 84, 120, 200), camera(), [LEFT_HALF])
    assert kept.tolist() == [True, True, True, True, False, False, True]


def test_every_picture_may_drop() -> None:
    everything = np.ones_like(LEFT_HALF)
    both = Cameras.stack([camera(), camera()])
    assert kept_by_many(at(20, 120), both, [everything, everything]).tolist() == [True, True]
    assert kept_by_many(at(20, 120), both, [everything, LEFT_HALF]).tolist() == [True, False]


def test_behind_a_camera_is_not_seen() -> None:
    behind = at(120) + torch.tensor([0.0, 0, 20])
    assert kept_by_many(behind, camera(), [np.zeros_like(LEFT_HALF)]).tolist() == [True]
    assert kept_by_few(behind, camera(), [np.ones_like(LEFT_HALF)]).tolist() == [False]


def test_few_views_drop_what_no_picture_reaches_too() -> None:
    """11 pixels of a picture 1600 wide are one of this one: nothing grows."""
    kept = kept_by_few(at(-30, 20, 78, 84, 200), camera(), [LEFT_HALF])
    assert kept.tolist() == [False, True, True, False, False]


def test_growing() -> None:
    point = np.zeros((101, 101), bool)
    point[50, 50] = True
    rows, columns = np.nonzero(dilated(point, disk(24)))
    distances = np.hypot(rows - 50, columns - 50)
    assert distances.max() <= 24
    assert len(rows) == (np.hypot(*(np.mgrid[:101, :101] - 50)) <= 24).sum()
    assert ellipse(11.0).shape == (11, 11)
    np.testing.assert_array_equal(ellipse(11.0), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11)))
    assert ellipse(5.5).shape == (5, 5)
    assert ellipse(1.1).shape == (1, 1)
