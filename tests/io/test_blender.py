"""The layout of NeRF-synthetic."""

from __future__ import annotations

from recon3d.io.scene import load_scene


def test_blender_has_its_own_split(scene_of) -> None:
    scene = load_scene(scene_of("blender"))
    assert scene.train.names == tuple(f"train/r_{i}.png" for i in range(5))
    assert scene.test.names == tuple(f"test/r_{i}.png" for i in range(5))
    assert scene.train[0].alpha is not None


def test_without_a_test_file_pictures_are_held_out(scene_of) -> None:
    folder = scene_of("blender", count=9)
    (folder / "transforms_test.json").unlink()
    scene = load_scene(folder)
    assert scene.test.names == ("train/r_0.png", "train/r_8.png")
    assert len(scene.train) == 7
