"""What a COLMAP model says, whichever of its two encodings it is stored in, and its lens models as ours."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8

from recon3d.errors import BadInput
from recon3d.geometry.rotations import rotation_from_quaternion
from recon3d.geometry.transforms import invert_rigid
from recon3d.io.camera_checks import checked_camera, checked_transform
from recon3d.types import Cameras

# The place in this list is the id in binary files. All are listed, because a file is read past the ones not supported.
MODELS = {
    "SIMPLE_PINHOLE": "f cx cy",
    "PINHOLE": "fx fy cx cy",
    "SIMPLE_RADIAL": "f cx cy k1",
    "RADIAL": "f cx cy k1 k2",
    "OPENCV": "fx fy cx cy k1 k2 p1 p2",
    "OPENCV_FISHEYE": "fx fy cx cy k1 k2 k3 k4",
    "FULL_OPENCV": "fx fy cx cy k1 k2 p1 p2 k3 k4 k5 k6",
    "FOV": "fx fy cx cy omega",
    "SIMPLE_RADIAL_FISHEYE": "f cx cy k1",
    "RADIAL_FISHEYE": "f cx cy k1 k2",
    "THIN_PRISM_FISHEYE": "fx fy cx cy k1 k2 p1 p2 k3 k4 sx1 sy1",
    "RAD_TAN_THIN_PRISM_FISHEYE": "fx fy cx cy k0 k1 k2 k3 k4 k5 p0 p1 s0 s1 s2 s3",
    "SIMPLE_DIVISION": "f cx cy k",
    "DIVISION": "fx fy cx cy k",
    "SIMPLE_FISHEYE": "f cx cy",
    "FISHEYE": "fx fy cx cy",
    "EUCM": "fx fy cx cy alpha beta",
    "EQUIRECTANGULAR": "w h",
}
PERSPECTIVE = ("SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV", "FULL_OPENCV")
FISHEYE = ("SIMPLE_FISHEYE", "FISHEYE", "SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE", "OPENCV_FISHEYE")
COEFFICIENTS = {"opencv": ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"), "opencv_fisheye": ("k1", "k2", "k3", "k4")}


@dataclass(frozen=True)
class ColmapCamera:
    """A calibration that images share; `parameters` in the order of MODELS."""

    model: str
    width: int
    height: int
    parameters: tuple[float, ...]


@dataclass(frozen=True)
class ColmapImage:
    """A registered image: camera from world as a quaternion (w, x, y, z) and a translation, OpenCV axes."""

    name: str
    camera_id: int
    quaternion: tuple[float, ...]
    translation: tuple[float, ...]


@dataclass(frozen=True)
class ColmapPoints:
    positions: Float[np.ndarray, "n 3"]
    colours: UInt8[np.ndarray, "n 3"]


def camera_of(image: ColmapImage, calibration: ColmapCamera, place: object) -> Cameras:
    """The camera of a registered image, lens included, float64. Raises BadInput for models and values not supported."""
    if calibration.model not in PERSPECTIVE + FISHEYE:
        supported = ", ".join(PERSPECTIVE + FISHEYE)
        raise BadInput(place, f"camera model {calibration.model} is not supported", f"supported are {supported}")
    values = dict(zip(MODELS[calibration.model].split(), calibration.parameters, strict=True))
    focal = (values.get("fx", values.get("f", 0.0)), values.get("fy", values.get("f", 0.0)))
    size = (calibration.width, calibration.height)
    camera = checked_camera(_world_from_camera(image, place), focal, (values["cx"], values["cy"]), size, place)
    lens = "opencv_fisheye" if calibration.model in FISHEYE else "opencv"
    coefficients = [values.get(key, 0.0) for key in COEFFICIENTS[lens]]
    if not np.isfinite(coefficients).all():
        raise BadInput(place, "the lens coefficients hold NaN or infinite values", "calibrate again")
    if lens == "opencv" and not any(coefficients):
        return camera
    return dataclasses.replace(camera, lens=lens, distortion=torch.tensor([coefficients], dtype=torch.float64))


def _world_from_camera(image: ColmapImage, place: object) -> Float[torch.Tensor, "4 4"]:
    camera_from_world = torch.eye(4, dtype=torch.float64)
    camera_from_world[:3, :3] = rotation_from_quaternion(torch.tensor(image.quaternion, dtype=torch.float64))
    camera_from_world[:3, 3] = torch.tensor(image.translation, dtype=torch.float64)
    return invert_rigid(checked_transform(camera_from_world, place))
