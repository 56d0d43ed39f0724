"""COLMAP models, binary and text, big and small, in the folders where they are found."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from recon3d.errors import BadInput
from recon3d.io import colmap_binary, colmap_text
from recon3d.io.colmap_model import MODELS
from recon3d.io.scene import SceneOptions, load_scene

ALL = SceneOptions(test_every=0)


@pytest.mark.parametrize("layout", ["sparse/0", "sparse", "colmap/sparse/0", "."])
def test_folders_of_models(scene_of, layout: str) -> None:
    folder = scene_of("colmap_binary")
    model = folder / "sparse" / "0"
    files = list(model.iterdir())
    target = folder / layout
    target.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.move(file, target / file.name)
    scene = load_scene(folder, ALL)
    assert scene.format == "colmap"
    assert len(scene.train) == 5


def test_points(scene_of) -> None:
    folder = scene_of("colmap_text")
    points = load_scene(folder, ALL).points
    torch.testing.assert_close(points.positions, torch.tensor([[0.1, -0.2, 0.15], [0, 0, 0]]))
    torch.testing.assert_close(points.colours, torch.tensor([[255, 0, 51], [1, 2, 3]]) / 255)


def test_both_encodings_say_the_same(scene_of, tmp_path: Path) -> None:
    binary = scene_of("colmap_binary")
    (tmp_path / "scene").rename(tmp_path / "binary")
    text, binary = scene_of("colmap_text"), tmp_path / "binary"
    one, other = load_scene(binary, ALL), load_scene(text, ALL)
    torch.testing.assert_close(one.train.cameras.world_from_camera, other.train.cameras.world_from_camera)
    torch.testing.assert_close(one.points.positions, other.points.positions)
    assert one.train.names == other.train.names


def test_every_model_of_a_binary_file_is_read_to_its_end(tmp_path: Path) -> None:
    assert len(MODELS) == 18
    content = struct.pack("<Q", 18)
    for identity, parameters in enumerate(MODELS.values()):
        count = len(parameters.split())
        content += struct.pack(f"<IiQQ{count}d", 100 - identity, identity, 640, 480, *range(1, count + 1))
    (tmp_path / "cameras.bin").write_bytes(content)
    cameras = colmap_binary.read_cameras(tmp_path / "cameras.bin")
    assert [camera.model for camera in cameras.values()] == list(MODELS)
    assert cameras[100 - 11].parameters == tuple(range(1, 17))


def test_a_large_model_is_read_whole(tmp_path: Path) -> None:
    count, draw = 150_000, np.random.default_rng(0)
    positions, tracks = draw.normal(size=(count, 3)), draw.integers(2, 8, count).tolist()
    with (tmp_path / "points3D.bin").open("wb") as file:
        file.write(struct.pack("<Q", count))
        for i, (position, track) in enumerate(zip(positions.tolist(), tracks, strict=True)):
            file.write(struct.pack("<Q3d3BdQ", i, *position, 1, 2, 3, 0.5, track) + bytes(8 * track))
    with (tmp_path / "points3D.txt").open("w") as file:
        for i, (position, track) in enumerate(zip(positions.tolist(), tracks, strict=True)):
            file.write(f"{i} {' '.join(map(str, position))} 1 2 3 0.5 {'7 8 ' * track}\n")
    for reader, suffix in ((colmap_binary, "bin"), (colmap_text, "txt")):
        points = reader.read_points(tmp_path / f"points3D.{suffix}")
        np.testing.assert_array_equal(points.positions, positions)
        assert (points.colours == [1, 2, 3]).all()


def test_sub_folders_stay_in_the_names(scene_of) -> None:
    """Two cameras that both number their pictures from 0: neither hides the other."""
    folder = scene_of("colmap_text", count=2)
    for side in ("left", "right"):
        (folder / "images" / side).mkdir()
    (folder / "images" / "000.png").rename(folder / "images" / "left" / "a b ä.png")
    (folder / "images" / "001.png").rename(folder / "images" / "right" / "a b ä.png")
    model = folder / "sparse" / "0" / "images.txt"
    text = model.read_text().replace("000.png", "left/a b ä.png").replace("001.png", "right/a b ä.png")
    model.write_text(text, encoding="utf-8")
    scene = load_scene(folder, ALL)
    assert scene.train.names == ("left/a b ä.png", "right/a b ä.png")
    assert not torch.equal(scene.train[0].images, scene.train[1].images)


def test_masks_are_named_after_the_whole_file_name(scene_of) -> None:
    folder = scene_of("colmap_text")
    (folder / "masks").mkdir()
    mask = np.full((122, 161), 255, np.uint8)
    mask[:, :80] = 0
    Image.fromarray(mask).save(folder / "masks" / "001.png.png")
    scene = load_scene(folder, ALL)
    assert scene.train[0].masks is None
    assert scene.train[1].masks.float().mean() == pytest.approx(81 / 161)
    assert scene.train[1].alpha is None
    assert any("1 of 5 pictures have a mask" in note for note in scene.notes)


def test_equal_binary_and_text_models(scene_of) -> None:
    folder = scene_of("colmap_binary")
    for name in ("cameras", "images", "points3D"):
        (folder / "sparse" / "0" / f"{name}.txt").write_text("broken")
    assert any("binary and as text" in note for note in load_scene(folder, ALL).notes)


@pytest.mark.parametrize("name", ["cameras.bin", "images.bin", "points3D.bin"])
def test_files_cut_anywhere_are_refused(scene_of, name: str) -> None:
    folder = scene_of("colmap_binary")
    path = folder / "sparse" / "0" / name
    content = path.read_bytes()
    for end in range(0, len(content), 7):
        path.write_bytes(content[:end])
        with pytest.raises(BadInput, match=name):
            load_scene(folder, ALL)
