"""One door for all formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recon3d.errors import BadInput
from recon3d.io.ply import write_gaussians
from recon3d.io.scene import load_scene
from recon3d.types import Gaussians


@pytest.mark.parametrize("name", ["transforms_json", "blender", "colmap_text", "colmap_binary", "idr"])
def test_formats_are_recognised(scene_of, name: str) -> None:
    folder = scene_of(name)
    scene = load_scene(folder)
    assert scene.format == name.removesuffix("_text").removesuffix("_binary")
    assert scene.path == folder
    assert torch.equal(scene.world_from_input, torch.eye(4).double())


FILES = {
    "transforms_json": {"transforms.json"},
    "blender": {"transforms_train.json", "transforms_test.json"},
    "colmap_text": {f"sparse/0/{name}.txt" for name in ("cameras", "images", "points3D")},
    "idr": {"cameras_sphere.npz"},
}


@pytest.mark.parametrize("name", FILES)
def test_all_files_of_a_scene_are_told(scene_of, name: str) -> None:
    folder = scene_of(name)
    (folder / "notes.txt").touch()
    files = {path.relative_to(folder).as_posix() for path in load_scene(folder).files}
    pictures = {path.relative_to(folder).as_posix() for path in folder.rglob("*.png")}
    assert files == FILES[name] | pictures


def test_two_formats_in_one_folder(scene_of, tmp_path: Path) -> None:
    folder = scene_of("transforms_json")
    np.savez(folder / "cameras.npz", a=1)
    scene = load_scene(folder)
    assert scene.format == "transforms_json"
    assert "also in the format idr" in scene.notes[0]


def test_a_file_of_gaussians_is_no_scene(tmp_path: Path) -> None:
    gaussians = Gaussians(
        torch.zeros(1, 3), torch.ones(1, 4), torch.ones(1, 3), torch.ones(1) / 2, torch.zeros(1, 1, 3)
    )
    write_gaussians(tmp_path / "a.ply", gaussians)
    with pytest.raises(BadInput, match="is a file, not a folder"):
        load_scene(tmp_path / "a.ply")
    with pytest.raises(BadInput, match="is not a scene"):
        load_scene(tmp_path)
