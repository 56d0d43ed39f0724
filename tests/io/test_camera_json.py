"""Cameras in the keys of transforms.json: what is written is read, and defaults are those of the field."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recon3d.errors import BadInput
from recon3d.io.camera_json import camera_from_keys, keys_from_camera, opencv_from_opengl, refuse_uneven
from recon3d.types import Cameras

EYE = np.eye(4).tolist()
ANGLES = st.floats(-3, 3)
POSITIVE = st.floats(1, 1e5)


def rotation(x: float, y: float, z: float) -> np.ndarray:
    def turn(angle: float, a: int, b: int) -> np.ndarray:
        matrix = np.eye(3)
        matrix[[a, a, b, b], [a, b, a, b]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
        return matrix

    return turn(x, 1, 2) @ turn(y, 0, 2) @ turn(z, 0, 1)


@given(
    st.tuples(ANGLES, ANGLES, ANGLES),
    st.tuples(POSITIVE, POSITIVE),
    st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)),
    st.sampled_from([("pinhole", None), ("opencv", 8), ("opencv_fisheye", 4)]),
)
def test_round_trip(angles, focal, size, lens) -> None:
    matrix = torch.eye(4, dtype=torch.float64)
    matrix[:3, :3] = torch.from_numpy(rotation(*angles))
    matrix[:3, 3] = torch.tensor([1e3, -2.5, 1e-3])
    intrinsics = torch.tensor([[focal[0], 0, size[0] / 3], [0, focal[1], size[1] / 1.7], [0, 0, 1]]).double()
    coefficients = None if lens[1] is None else torch.linspace(-0.3, 0.2, lens[1], dtype=torch.float64)[None]
    sides = torch.tensor([size[0]]), torch.tensor([size[1]])
    camera = Cameras(matrix[None], intrinsics[None], *sides, lens[0], coefficients)
    again = camera_from_keys(keys_from_camera(camera), None, "here")
    assert (again.lens, again.size) == (camera.lens, camera.size)
    torch.testing.assert_close(again.world_from_camera, camera.world_from_camera)
    torch.testing.assert_close(again.intrinsics, camera.intrinsics)
    if coefficients is not None:
        torch.testing.assert_close(again.distortion, coefficients)


def test_opengl_cameras_look_along_minus_z_with_y_up() -> None:
    camera = camera_from_keys({"transform_matrix": EYE, "fl_x": 100}, (200, 100), "here")
    ahead, above = torch.tensor([[0, 0, -1.0]]), torch.tensor([[0, 0.1, -1.0]])
    pixels, depths = camera.project(torch.cat([ahead, above]).double())
    assert (depths == 1).all()
    assert pixels[0].flatten().tolist() == pytest.approx([100, 50, 100, 40])
    assert torch.equal(opencv_from_opengl(opencv_from_opengl(torch.eye(4))), torch.eye(4))


def test_defaults() -> None:
    camera = camera_from_keys({"transform_matrix": EYE, "fl_x": 70}, (64, 48), "here")
    assert camera.intrinsics[0].tolist() == [[70, 0, 32], [0, 70, 24], [0, 0, 1]]
    assert camera.lens == "pinhole"
    camera = camera_from_keys({"transform_matrix": EYE, "camera_angle_x": math.pi / 2}, (64, 48), "here")
    assert camera.intrinsics[0, 0, 0] == pytest.approx(32)
    assert camera.intrinsics[0, 1, 1] == pytest.approx(32)


@pytest.mark.parametrize(
    ("keys", "lens", "coefficients"),
    [
        ({"k1": 0.1}, "opencv", [0.1, 0, 0, 0, 0, 0, 0, 0]),
        ({"k1": 0.0, "p2": 0.0, "camera_model": "OPENCV"}, "pinhole", None),
        ({"k1": 1, "k2": 2, "p1": 3, "p2": 4, "k3": 5, "camera_model": "OPENCV"}, "opencv", [1, 2, 3, 4, 5, 0, 0, 0]),
        ({"k4": 6, "k5": 7, "k6": 8, "camera_model": "FULL_OPENCV"}, "opencv", [0, 0, 0, 0, 0, 6, 7, 8]),
        ({"k1": 1, "k2": 2, "k3": 3, "k4": 4, "camera_model": "OPENCV_FISHEYE"}, "opencv_fisheye", [1, 2, 3, 4]),
        ({"is_fisheye": True}, "opencv_fisheye", [0, 0, 0, 0]),
    ],
)
def test_lenses(keys: dict, lens: str, coefficients: list[float] | None) -> None:
    camera = camera_from_keys({"transform_matrix": EYE, "fl_x": 70} | keys, (64, 48), "here")
    assert camera.lens == lens
    assert (None if camera.distortion is None else camera.distortion[0].tolist()) == coefficients


def test_a_coefficient_of_two_meanings_is_refused() -> None:
    with pytest.raises(BadInput, match="k4 of a OPENCV camera"):
        camera_from_keys({"transform_matrix": EYE, "fl_x": 70, "k4": 0.1}, (64, 48), "here")


def test_skewed_pixels_survive() -> None:
    camera = camera_from_keys({"transform_matrix": EYE, "fl_x": 70}, (64, 48), "here")
    assert "skew" not in keys_from_camera(camera)
    camera.intrinsics[0, 0, 1] = 0.5
    assert camera_from_keys(keys_from_camera(camera), None, "here").intrinsics[0, 0, 1] == 0.5


def test_intrinsics_in_all_frames_or_in_none() -> None:
    refuse_uneven([{"fl_x": 1, "w": 2}, {"fl_x": 2, "w": 3}], "here")
    refuse_uneven([{}, {}], "here")
    with pytest.raises(BadInput, match="here: w is given in 1 of 2 frames"):
        refuse_uneven([{"fl_x": 1, "w": 2}, {"fl_x": 2}], "here")
