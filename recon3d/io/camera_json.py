"""One camera in the keys of transforms.json (nerfstudio, instant-ngp, NeRF-synthetic), to and fro.

There the camera looks along -z with y up (OpenGL); here along +z with y down, so columns 1 and 2 change sign. The world
is the same, and so are pixels: the centre of the first is at (0.5, 0.5).
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.errors import BadInput
from recon3d.io.camera_checks import checked_camera, checked_transform
from recon3d.io.json_files import number_in, text_in
from recon3d.types import Cameras

# Files name a model but may give any coefficient of its family, so only the family matters.
PERSPECTIVE = ("SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV", "FULL_OPENCV")
FISHEYE = ("SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE", "OPENCV_FISHEYE")
FISHEYE_KEYS = ("k1", "k2", "k3", "k4")
OPENCV_KEYS = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
SIZE_KEYS = ("fl_x", "fl_y", "cx", "cy", "w", "h", "camera_angle_x", "camera_angle_y")
INTRINSIC_KEYS = (*SIZE_KEYS, *OPENCV_KEYS, "camera_model")


def camera_from_keys(keys: dict[str, Any], picture_size: tuple[int, int] | None, place: object) -> Cameras:
    """The camera that those keys describe, lens included, float64.

    `picture_size` (width, height) is taken where the keys have no `w` and `h`. Raises BadInput, blaming `place`, for
    unknown models, impossible values and missing ones.
    """
    size = _size(keys, picture_size, place)
    focal = _focal(keys, size, place)
    centre = tuple(
        side / 2 if value is None else value
        for side, value in zip(size, (number_in(keys, "cx", place), number_in(keys, "cy", place)), strict=True)
    )
    world_from_camera = opencv_from_opengl(checked_transform(keys.get("transform_matrix"), place))
    camera = checked_camera(world_from_camera, focal, (centre[0], centre[1]), size, place)
    camera.intrinsics[0, 0, 1] = number_in(keys, "skew", place) or 0.0
    lens, coefficients = _lens(keys, place)
    if lens == "pinhole":
        return camera
    return dataclasses.replace(camera, lens=lens, distortion=torch.tensor([coefficients], dtype=torch.float64))


def keys_from_camera(camera: Cameras) -> dict[str, Any]:
    """The keys for a single camera; `camera_from_keys` gives it back.

    Skewed pixels, which some IDR scenes have, need a key `skew` that other programs do not know.
    """
    intrinsics = camera.intrinsics[0].double()
    keys: dict[str, Any] = {
        "w": camera.size[0],
        "h": camera.size[1],
        "fl_x": float(intrinsics[0, 0]),
        "fl_y": float(intrinsics[1, 1]),
        "cx": float(intrinsics[0, 2]),
        "cy": float(intrinsics[1, 2]),
    }
    if intrinsics[0, 1] != 0:
        keys["skew"] = float(intrinsics[0, 1])
    if camera.distortion is not None:
        fisheye = camera.lens == "opencv_fisheye"
        keys["camera_model"] = "OPENCV_FISHEYE" if fisheye else "FULL_OPENCV"
        coefficients = camera.distortion[0].double().tolist()
        keys |= dict(zip(FISHEYE_KEYS if fisheye else OPENCV_KEYS, coefficients, strict=True))
    keys["transform_matrix"] = opencv_from_opengl(camera.world_from_camera[0].double()).tolist()
    return keys


def refuse_uneven(frames: list[dict[str, Any]], place: object) -> None:
    """Raises BadInput where only some frames bring their own intrinsics: the rest would silently get others."""
    for key in INTRINSIC_KEYS:
        having = sum(key in frame for frame in frames)
        if 0 < having < len(frames):
            reason = f"{key} is given in {having} of {len(frames)} frames"
            raise BadInput(place, reason, "give it in every frame, or once at the top")


def opencv_from_opengl(world_from_camera: Float[Tensor, "4 4"]) -> Float[Tensor, "4 4"]:
    """The same camera with its y and z axes turned round; its own inverse."""
    turned = world_from_camera.clone()
    turned[:, 1:3] *= -1
    return turned


def _size(keys: dict[str, Any], picture_size: tuple[int, int] | None, place: object) -> tuple[float, float]:
    width, height = number_in(keys, "w", place), number_in(keys, "h", place)
    if width is not None and height is not None:
        return width, height
    if picture_size is None:
        raise BadInput(place, "w and h are missing", "give the width and height in pixels")
    return float(picture_size[0]), float(picture_size[1])


def _focal(keys: dict[str, Any], size: tuple[float, float], place: object) -> tuple[float, float]:
    """Focal lengths in pixels, given as such or as fields of view in radians; y defaults to x."""
    focal_x = number_in(keys, "fl_x", place)
    if focal_x is not None:
        focal_y = number_in(keys, "fl_y", place)
        return focal_x, focal_x if focal_y is None else focal_y
    angle_x, angle_y = number_in(keys, "camera_angle_x", place), number_in(keys, "camera_angle_y", place)
    if angle_x is None:
        raise BadInput(place, "neither fl_x nor camera_angle_x is given", "give the focal length in pixels as fl_x")
    focal_x = focal_from_angle(angle_x, size[0], place)
    return focal_x, focal_x if angle_y is None else focal_from_angle(angle_y, size[1], place)


def focal_from_angle(angle: float, side: float, place: object) -> float:
    """Focal length in pixels of a field of view in radians over a side in pixels.

    Raises BadInput for an angle that is not between 0 and 180 degrees.
    """
    if not 0 < angle < math.pi:
        reason = f"the field of view is {math.degrees(angle):g} degrees"
        raise BadInput(place, reason, "a pinhole's lies between 0 and 180 degrees")
    return 0.5 * side / math.tan(0.5 * angle)


def _lens(keys: dict[str, Any], place: object) -> tuple[str, list[float]]:
    """The lens and its coefficients in the order of `geometry.lenses`."""
    model = text_in(keys, "camera_model", place) or ("OPENCV_FISHEYE" if keys.get("is_fisheye") else "OPENCV")
    values = {key: number_in(keys, key, place) or 0.0 for key in OPENCV_KEYS}
    if model in FISHEYE:
        return "opencv_fisheye", [values[key] for key in FISHEYE_KEYS]
    if model not in PERSPECTIVE:
        supported = ", ".join((*PERSPECTIVE, *FISHEYE))
        raise BadInput(place, f"camera_model {model} is not supported", f"supported are {supported}")
    if model != "FULL_OPENCV" and values["k4"]:
        reason = f"k4 of a {model} camera means different things to different programs"
        raise BadInput(place, reason, "name the model FULL_OPENCV if it divides, or calibrate without it")
    coefficients = [values[key] for key in OPENCV_KEYS]
    return ("opencv", coefficients) if any(coefficients) else ("pinhole", [])
