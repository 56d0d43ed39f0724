"""Scenes in the layout of NeRF-synthetic: transforms_train.json and transforms_test.json (the val set is not used)."""

from __future__ import annotations

from pathlib import Path

from recon3d.io.assembly import Found, SceneOptions, scene_from
from recon3d.io.json_files import read_json
from recon3d.io.transforms_json import Listed, listed_photos
from recon3d.types import Scene

TRAIN_FILE, TEST_FILE = "transforms_train.json", "transforms_test.json"


def recognises(folder: Path) -> bool:
    """Whether the folder has a transforms_train.json."""
    return (folder / TRAIN_FILE).is_file()


def read(folder: Path, options: SceneOptions) -> Scene:
    """The scene in Blender's world frame. Without a test file, pictures are held out as in other formats.

    Raises BadInput for what cannot be used.
    """
    train_file, test_file = folder / TRAIN_FILE, folder / TEST_FILE
    train, test = _listed(folder, train_file), Listed([], [])
    files, names = [train_file], None
    if test_file.is_file():
        test = _listed(folder, test_file)
        files, names = [train_file, test_file], frozenset(photo.name for photo in test.photos)
    found = Found(train.photos + test.photos, files, names, missing=train.missing + test.missing)
    return scene_from(folder, "blender", found, options)


def _listed(folder: Path, path: Path) -> Listed:
    return listed_photos(folder, path, read_json(path))
