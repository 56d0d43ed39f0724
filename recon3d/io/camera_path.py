"""Camera paths: the views of a film, in nerfstudio's camera_path.json or in the layout of transforms.json."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from recon3d.errors import BadInput
from recon3d.io.atomic import write_json
from recon3d.io.camera_checks import checked_camera, checked_transform
from recon3d.io.camera_json import (
    camera_from_keys,
    focal_from_angle,
    keys_from_camera,
    opencv_from_opengl,
    refuse_uneven,
)
from recon3d.io.json_files import number_in, objects_in, read_json
from recon3d.types import Cameras

DEFAULT_FPS = 30.0


def read_camera_path(path: Path) -> tuple[Cameras, float]:
    """The cameras of a path, float64, and its frames per second (DEFAULT_FPS where the file has none).

    A file in the layout of transforms.json needs no pictures but must give `w` and `h`. Raises BadInput for files that
    cannot be used.
    """
    keys = read_json(path)
    list_key = "camera_path" if "camera_path" in keys else "frames"
    cameras, frames = [], objects_in(keys, list_key, path)
    refuse_uneven(frames, path)
    for i, frame in enumerate(frames):
        place = f"{path}: {list_key}[{i}]"
        cameras.append(_key_frame(keys, frame, place) if list_key == "camera_path" else _frame(keys, frame, place))
    if len({camera.lens for camera in cameras}) > 1:
        raise BadInput(path, "its cameras have different lenses", "use one lens for all")
    fps = number_in(keys, "fps", path)
    if fps is not None and fps <= 0:
        raise BadInput(path, f"fps is {fps:g}", "it must be positive")
    return Cameras.stack(cameras), fps or DEFAULT_FPS


def write_camera_path(path: Path, cameras: Cameras, fps: int | float) -> None:
    """Write the cameras in the layout of transforms.json; `read_camera_path` gives them back.

    Raises as `atomic.replacing`.
    """
    write_json(path, {"fps": fps, "frames": [keys_from_camera(camera) for camera in cameras]})


def _frame(keys: dict[str, Any], frame: dict[str, Any], place: str) -> Cameras:
    return camera_from_keys({key: value for key, value in keys.items() if key != "frames"} | frame, None, place)


def _key_frame(keys: dict[str, Any], frame: dict[str, Any], place: str) -> Cameras:
    """One of nerfstudio's: a row-major OpenGL matrix and a vertical field of view in degrees."""
    if keys.get("camera_type", "perspective") != "perspective":
        raise BadInput(place, f"camera_type {keys['camera_type']!r} is not supported", "export it as perspective")
    width, height = (_given(keys, key, place) for key in ("render_width", "render_height"))
    values = frame.get("camera_to_world")
    if not isinstance(values, list) or len(values) != 16:
        raise BadInput(place, "camera_to_world is not a list of 16 numbers", "export the path again")
    transform = checked_transform([values[i : i + 4] for i in range(0, 16, 4)], place)
    focal = focal_from_angle(math.radians(_given(frame, "fov", place)), height, place)
    centre = (width / 2, height / 2)
    return checked_camera(opencv_from_opengl(transform), (focal, focal), centre, (width, height), place)


def _given(keys: dict[str, Any], key: str, place: str) -> float:
    value = number_in(keys, key, place)
    if value is None:
        raise BadInput(place, f"{key} is missing", "export the path again")
    return value
