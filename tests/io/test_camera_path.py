"""Camera paths of nerfstudio and our own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from recon3d.errors import BadInput
from recon3d.io.camera_path import read_camera_path, write_camera_path
from recon3d.io.scene import load_scene

IDENTITY = [float(v) for v in np.eye(4).ravel()]


def nerfstudio_path(**changes) -> dict:
    key = {"camera_to_world": IDENTITY, "fov": 90, "aspect": 2}
    return {"render_width": 200, "render_height": 100, "fps": 24, "camera_path": [key, key]} | changes


def test_round_trip(scene_of, tmp_path: Path) -> None:
    cameras = load_scene(scene_of("transforms_json")).train.cameras
    write_camera_path(tmp_path / "path.json", cameras, 24)
    again, fps = read_camera_path(tmp_path / "path.json")
    assert fps == 24
    assert again.size == cameras.size
    torch.testing.assert_close(again.world_from_camera.float(), cameras.world_from_camera, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(again.intrinsics.float(), cameras.intrinsics, atol=1e-6, rtol=1e-6)


def test_transforms_of_a_scene_are_a_path(scene_of) -> None:
    cameras, fps = read_camera_path(scene_of("transforms_json") / "transforms.json")
    assert (len(cameras), fps) == (5, 30)


def test_nerfstudio(tmp_path: Path) -> None:
    (tmp_path / "camera_path.json").write_text(json.dumps(nerfstudio_path()))
    cameras, fps = read_camera_path(tmp_path / "camera_path.json")
    assert (len(cameras), cameras.size, fps) == (2, (200, 100), 24)
    # the vertical field of view is 90 degrees: what is as far up as ahead lies on the upper border
    pixels, depths = cameras.project(torch.tensor([[0, 1.0, -1.0]]).double())
    assert depths.tolist() == [[1], [1]]
    torch.testing.assert_close(pixels[0, 0], torch.tensor([100, 0.0]).double(), atol=1e-9, rtol=0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (nerfstudio_path(camera_path=[]), "camera_path is empty"),
        ({"frames": []}, "frames is empty"),
        ({}, "frames is missing"),
        (nerfstudio_path(fps=0), "fps is 0"),
        (nerfstudio_path(render_width=None), "render_width is missing"),
        (nerfstudio_path(camera_type="equirectangular"), "'equirectangular' is not supported"),
        (nerfstudio_path(camera_path=[{"camera_to_world": IDENTITY, "fov": 0}]), "0 degrees"),
        (nerfstudio_path(camera_path=[{"camera_to_world": IDENTITY, "fov": 180}]), "180 degrees"),
        (nerfstudio_path(camera_path=[{"camera_to_world": IDENTITY[:15], "fov": 50}]), "16 numbers"),
        (nerfstudio_path(camera_path=[{"camera_to_world": [*IDENTITY[:15], 2.0], "fov": 50}]), "last row"),
        (nerfstudio_path(camera_path=[{"camera_to_world": [np.nan, *IDENTITY[1:]], "fov": 50}]), "NaN is not a number"),
        ({"fl_x": 5, "frames": [{"transform_matrix": np.eye(4).tolist()}]}, "w and h are missing"),
    ],
)
def test_bad_paths(tmp_path: Path, content: dict, reason: str) -> None:
    path = tmp_path / "camera_path.json"
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match=reason) as caught:
        read_camera_path(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
