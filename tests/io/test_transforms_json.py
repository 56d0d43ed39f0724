"""The keys of transforms.json that are more than cameras: splits, masks, points, missing pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from recon3d.io.scene import SceneOptions, load_scene


def test_splits_of_the_file_are_honoured(scene_of, edit_keys) -> None:
    folder = scene_of("transforms_json", count=6)
    names = [f"images/{i:03d}.png" for i in range(6)]
    edit_keys(
        folder, lambda keys: keys.update(train_filenames=names[:3], val_filenames=names[3:4], test_filenames=names[4:])
    )
    scene = load_scene(folder)
    assert scene.train.names == tuple(names[:3])
    assert scene.test.names == tuple(names[4:])
    edit_keys(folder, lambda keys: [keys.pop("train_filenames"), keys.pop("test_filenames")])
    scene = load_scene(folder)
    assert scene.test.names == tuple(names[3:4])
    assert len(scene.train) == 5


def test_missing_pictures_are_noted_and_skipped(scene_of) -> None:
    folder = scene_of("transforms_json", count=12)
    for i in range(1, 8):
        (folder / "images" / f"{i:03d}.png").unlink()
    scene = load_scene(folder)
    names = ", ".join(f"images/{i:03d}.png" for i in range(1, 6))
    assert scene.notes[0] == f"7 of 12 listed images are missing: {names}, ..."
    assert len(scene.train) + len(scene.test) == 5


def test_suffixes_may_be_left_out(scene_of) -> None:
    folder = scene_of("transforms_json")
    path = folder / "transforms.json"
    path.write_text(path.read_text().replace("images/", "./images/").replace(".png", ""))
    assert load_scene(folder).test.names == ("images/000.png",)


def test_intrinsics_per_frame(scene_of, edit_keys) -> None:
    folder = scene_of("transforms_json")
    edit_keys(folder, lambda keys: [f.update(fl_x=100 + i, fl_y=90) for i, f in enumerate(keys["frames"])])
    cameras = load_scene(folder, SceneOptions(test_every=0)).train.cameras
    assert cameras.intrinsics[:, 0, 0].tolist() == [100, 101, 102, 103, 104]


def test_masks_of_the_file(scene_of, edit_keys) -> None:
    folder = scene_of("transforms_json")
    mask = np.full((122, 161), 255, np.uint8)
    mask[:60] = 0
    Image.fromarray(mask).save(folder / "mask.png")
    edit_keys(folder, lambda keys: keys["frames"][1].update(mask_path="mask.png"))
    scene = load_scene(folder, SceneOptions(test_every=0))
    assert scene.train[1].masks.float().mean() == pytest.approx(62 / 122)
    assert scene.train[0].masks is None
    assert any("1 of 5 pictures have a mask" in note for note in scene.notes)


def test_points_of_the_file(scene_of, edit_keys) -> None:
    folder = scene_of("transforms_json")
    positions = torch.tensor([[0.1, -0.2, 0.15], [0, 0, torch.inf], [0.2, 0, 0]])
    header = (
        "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
    )
    rows = "\n".join(" ".join(map(str, row)) for row in positions.tolist())
    (folder / "sparse_pc.ply").write_text(header + rows)
    edit_keys(folder, lambda keys: keys.update(ply_file_path="sparse_pc.ply"))
    scene = load_scene(folder)
    torch.testing.assert_close(scene.points.positions, positions[[0, 2]])
    assert any("1 of 3 points are not finite" in note for note in scene.notes)
    (folder / "sparse_pc.ply").unlink()
    scene = load_scene(folder)
    assert scene.points is None
    assert any("sparse_pc.ply is missing" in note for note in scene.notes)
