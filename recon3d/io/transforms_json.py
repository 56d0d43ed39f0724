"""Scenes with a transforms.json: nerfstudio's and instant-ngp's layout."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any, NamedTuple

from recon3d.errors import BadInput
from recon3d.io.assembly import Found, SceneOptions, scene_from
from recon3d.io.camera_json import camera_from_keys, refuse_uneven
from recon3d.io.images import image_size
from recon3d.io.json_files import objects_in, read_json, text_in
from recon3d.io.photos import Photo
from recon3d.io.ply import read_points
from recon3d.io.scene_paths import inside, is_file, some_of, with_guessed_suffix
from recon3d.types import Scene

FILE = "transforms.json"


def recognises(folder: Path) -> bool:
    """Whether the folder has a transforms.json."""
    return (folder / FILE).is_file()


def read(folder: Path, options: SceneOptions) -> Scene:
    """The scene of folder/transforms.json, in the world frame of its `transform_matrix`es.

    Listed pictures that are missing are skipped and noted. Raises BadInput for what cannot be used.
    """
    path = folder / FILE
    keys = read_json(path)
    listed = listed_photos(folder, path, keys)
    photos, test = _split(folder, path, keys, listed)
    points_file, notes = _points_file(folder, path, keys)
    points = None if points_file is None else read_points(points_file)
    files = [path] if points_file is None else [path, points_file]
    found = Found(photos, files, test, points, listed.missing, [*_mask_notes(photos), *notes])
    return scene_from(folder, "transforms_json", found, options)


class Listed(NamedTuple):
    """The photos of a file's frames that exist, and the names of those that do not."""

    photos: list[Photo]
    missing: list[str]


def listed_photos(folder: Path, path: Path, keys: dict[str, Any]) -> Listed:
    """The frames of one file of this layout. Raises BadInput for cameras and paths that cannot be used."""
    frames = objects_in(keys, "frames", path)
    refuse_uneven(frames, path)
    shared = {key: value for key, value in keys.items() if key != "frames"}
    listed = Listed([], [])
    for i, frame in enumerate(frames):
        place = f"{path}: frames[{i}]"
        name = text_in(frame, "file_path", place)
        if name is None:
            raise BadInput(place, "file_path is missing", "name the picture of every frame")
        picture = _picture(folder, name, place)
        if is_file(picture):
            listed.photos.append(_photo(folder, picture, shared | frame, place))
        else:
            listed.missing.append(_name(folder, picture))
    return listed


def _picture(folder: Path, name: str, place: object) -> Path:
    return with_guessed_suffix(inside(folder, folder, name, place))


def _name(folder: Path, picture: Path) -> str:
    return posixpath.normpath(picture.relative_to(folder).as_posix())


def _photo(folder: Path, picture: Path, keys: dict[str, Any], place: str) -> Photo:
    has_size = "w" in keys and "h" in keys
    camera = camera_from_keys(keys, None if has_size else image_size(picture), place)
    mask_name = text_in(keys, "mask_path", place)
    if mask_name is None:
        return Photo(_name(folder, picture), picture, camera)
    mask = inside(folder, folder, mask_name, place)
    if not is_file(mask):
        raise BadInput(mask, f"the mask named in {place} is missing", "add it, or take mask_path out")
    return Photo(_name(folder, picture), picture, camera, mask)


def _mask_notes(photos: list[Photo]) -> list[str]:
    masked = sum(photo.mask_path is not None for photo in photos)
    if masked in (0, len(photos)):
        return []
    return [f"{masked} of {len(photos)} pictures have a mask; the others are used whole"]


def _split(folder: Path, path: Path, keys: dict[str, Any], listed: Listed) -> tuple[list[Photo], frozenset[str] | None]:
    """The photos to use, and the names to test on where the file has a split of its own.

    Tested on is test_filenames, or else val_filenames; without train_filenames, all the rest is learned from.
    """
    train, val, test = (_split_names(folder, path, keys, f"{key}_filenames") for key in ("train", "val", "test"))
    if not (train or val or test):
        return listed.photos, None
    names = frozenset(photo.name for photo in listed.photos)
    unknown = sorted((train | val | test) - names - set(listed.missing))
    if unknown:
        raise BadInput(path, f"the split names pictures that are in no frame: {some_of(unknown)}", "correct it")
    train, test = train or names - val - test, test or val
    if train & test:
        both = some_of(sorted(train & test))
        raise BadInput(path, f"both for training and for testing: {both}", "list every picture once")
    return [photo for photo in listed.photos if photo.name in train | test], test


def _split_names(folder: Path, path: Path, keys: dict[str, Any], key: str) -> frozenset[str]:
    values = keys.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadInput(path, f"{key} is not a list of names", "list the file_path of every picture")
    return frozenset(_name(folder, _picture(folder, value, path)) for value in values)


def _points_file(folder: Path, path: Path, keys: dict[str, Any]) -> tuple[Path | None, list[str]]:
    name = text_in(keys, "ply_file_path", path)
    if name is None:
        return None, []
    points = inside(folder, folder, name, path)
    if not is_file(points):
        return None, [f"the points file {name} is missing"]
    return points, []
