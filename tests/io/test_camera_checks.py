"""Small errors of a file are mended, large ones refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recon3d.errors import BadInput
from recon3d.io.camera_checks import checked_camera, checked_transform, fitted_to_picture

TURNED = np.array([[0, -1, 0, 1.5], [1, 0, 0, 2], [0, 0, 1, 3], [0, 0, 0, 1]])


def test_a_rotation_rounded_to_four_digits_becomes_exact() -> None:
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.eye(4)
    matrix[:2, :2] = turn.round(4)
    checked = checked_transform(matrix, "here")
    torch.testing.assert_close(checked[:3, :3] @ checked[:3, :3].mT, torch.eye(3).double(), atol=1e-14, rtol=0)
    torch.testing.assert_close(checked[:2, :2], torch.from_numpy(turn), atol=1e-4, rtol=0)


def test_good_transforms_are_left_alone() -> None:
    torch.testing.assert_close(checked_transform(TURNED.tolist(), "here"), torch.from_numpy(TURNED), atol=1e-15, rtol=0)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "not a matrix of numbers"),
        ([[1, 2], [3]], "not a matrix of numbers"),
        ("eye", "not a matrix of numbers"),
        (TURNED[:3], "is 3x4, not 4x4"),
        (1.0, "is a single number"),
        (TURNED * np.nan, "NaN or infinite"),
        (TURNED.T, "last row"),
        (TURNED * [2, 2, 2, 1], "scaled by 2"),
        (TURNED * [1, 1, -1, 1], "mirrored camera"),
        (TURNED * [2, 1, 1, 1], "not orthonormal"),
        (TURNED * [0, 0, 0, 1], "not orthonormal"),
    ],
)
def test_bad_transforms(value: object, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        checked_transform(value, "here")


@pytest.mark.parametrize(
    ("focal", "centre", "size", "reason"),
    [
        ((0.0, 1.0), (1.0, 1.0), (4, 4), "focal length is 0"),
        ((1.0, -2.0), (1.0, 1.0), (4, 4), "focal length is -2"),
        ((1.0, float("nan")), (1.0, 1.0), (4, 4), "NaN"),
        ((1.0, 1.0), (1.0, float("inf")), (4, 4), "NaN or infinite"),
        ((1.0, 1.0), (1.0, 1.0), (0, 4), "image size"),
        ((1.0, 1.0), (1.0, 1.0), (4.5, 4), "image size"),
        ((1.0, 1.0), (1.0, 1.0), (2**63, 4), "image size"),
    ],
)
def test_bad_intrinsics(focal, centre, size, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        checked_camera(torch.eye(4).double(), focal, centre, size, "here")


@pytest.mark.parametrize("size", [(640, 480), (320, 240), (641, 480), (213, 160), (1280, 960)])
def test_cameras_follow_uniform_resizing(size: tuple[int, int]) -> None:
    camera = checked_camera(torch.eye(4).double(), (500.0, 510.0), (321.0, 239.0), (640, 480), "here")
    if size == (641, 480):  # a column more is no resizing
        with pytest.raises(BadInput, match="641x480"):
            fitted_to_picture(camera, *size, "here")
        return
    fitted = fitted_to_picture(camera, *size, "here")
    assert fitted.size == size
    assert fitted.intrinsics[0, 0, 2] == pytest.approx(321 * size[0] / 640)
    assert fitted.intrinsics[0, 1, 1] == pytest.approx(510 * size[1] / 480)


@pytest.mark.parametrize(("size", "reason"), [((480, 640), "EXIF"), ((240, 320), "EXIF"), ((640, 640), "cameras were")])
def test_other_sizes(size: tuple[int, int], reason: str) -> None:
    camera = checked_camera(torch.eye(4).double(), (500.0, 510.0), (321.0, 239.0), (640, 480), "here")
    with pytest.raises(BadInput, match=reason):
        fitted_to_picture(camera, *size, "here")
