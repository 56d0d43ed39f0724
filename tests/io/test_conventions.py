"""The dot that was painted is where the loaded camera says it is: for every format, lens, scale and downscale."""

from __future__ import annotations

import json

import pytest
import torch

from recon3d.io.scene import SceneOptions, load_scene
from recon3d.types import LazyViews

DOT = torch.tensor([[0.1, -0.2, 0.15]])
BROWN_CONRADY = {"lens": "opencv", "coefficients": (0.12, -0.05, 0.004, -0.006)}
BARREL = {"lens": "opencv", "coefficients": (-0.2, 0.03, 0.002, 0.001)}
RATIONAL = {"lens": "opencv", "coefficients": (0.1, -0.05, 0.004, -0.006, 0.02, 0.05, -0.02, 0.01)}
FISHEYE = {"lens": "opencv_fisheye", "coefficients": (0.03, -0.01, 0.004, -0.002)}
INPUTS = [
    ("transforms_json", {}),
    ("transforms_json", BROWN_CONRADY),
    ("transforms_json", BARREL),
    ("transforms_json", FISHEYE),
    ("blender", {}),
    ("colmap_text", {}),
    ("colmap_text", RATIONAL),
    ("colmap_text", FISHEYE),
    ("colmap_binary", BARREL),
    ("colmap_binary", RATIONAL),
    ("idr", {}),
]


def misses(views: LazyViews) -> list[float]:
    """For every view, the distance in pixels between the centre of what is bright and the projected dot."""
    distances = []
    for i in range(len(views)):
        view = views[i]
        brightness = view.images[0].sum(-1)
        height, width = brightness.shape
        x, y = torch.arange(width) + 0.5, torch.arange(height) + 0.5
        seen = torch.stack([(brightness * x).sum(), (brightness * y[:, None]).sum()]) / brightness.sum()
        pixels, depths = views.cameras[i].project(DOT)
        assert depths.min() > 1
        distances.append(float((pixels[0, 0] - seen).norm()))
        assert view.cameras.size == (width, height)
    return distances


@pytest.mark.parametrize("downscale", [1, 3])
@pytest.mark.parametrize(("name", "lens"), INPUTS)
def test_dot_is_where_the_camera_says(scene_of, name: str, lens: dict, downscale: int) -> None:
    scene = load_scene(scene_of(name, **lens), SceneOptions(downscale=downscale, test_every=0))
    assert len(scene.train) == 5
    assert max(misses(scene.train)) < 0.06


@pytest.mark.parametrize("scale", [0.5, 2])
@pytest.mark.parametrize("name", ["transforms_json", "colmap_text", "colmap_binary"])
def test_cameras_follow_resized_pictures(scene_of, name: str, scale: float) -> None:
    scene = load_scene(scene_of(name, scale, size=(160, 122), **BROWN_CONRADY), SceneOptions(test_every=0))
    assert max(misses(scene.train)) < 0.06
    assert any("rescaled from 160x122" in note for note in scene.notes)


@pytest.mark.parametrize("lens", [{}, BARREL])
def test_a_moved_world_shows_the_same(scene_of, lens: dict) -> None:
    train = load_scene(scene_of("transforms_json", **lens), SceneOptions(test_every=0)).train
    similarity = torch.eye(4, dtype=torch.float64) * torch.tensor([3.0, 3.0, 3.0, 1.0]).double()
    similarity[:3, 3] = torch.tensor([5.0, -2.0, 7.0])
    moved = train.moved(similarity)
    before = train.cameras.project(DOT)[0]
    after = moved.cameras.project(DOT * 3 + similarity[:3, 3].float())[0]
    torch.testing.assert_close(before, after, atol=1e-2, rtol=0)
    assert torch.equal(train[2].images, moved[2].images)


def test_a_world_far_from_its_origin_keeps_its_shape(scene_of) -> None:
    folder = scene_of("transforms_json")
    keys = json.loads((folder / "transforms.json").read_text())
    near = load_scene(folder).normalised().train.cameras.centres
    for frame in keys["frames"]:
        for row, offset in zip(frame["transform_matrix"], (4.5e6, -3e5, 2e6), strict=False):
            row[3] += offset
    (folder / "transforms.json").write_text(json.dumps(keys))
    far = load_scene(folder).normalised().train.cameras.centres
    near, far = near - near.mean(0), far - far.mean(0)
    torch.testing.assert_close(near / near.norm(), far / far.norm(), atol=1e-6, rtol=0)
