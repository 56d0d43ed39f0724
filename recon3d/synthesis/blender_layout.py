"""Writing an object's pictures as the NeRF synthetic scenes are laid out: transforms_<split>.json and RGBA pictures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from recon3d.io.atomic import write_json
from recon3d.io.images import write_image
from recon3d.synthesis.colours import srgb
from recon3d.synthesis.tracer import Picture
from recon3d.types import Cameras

Array = np.ndarray

_OPENCV_FROM_OPENGL = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0], dtype=torch.float64))


def write_split(folder: Path, split: str, cameras: Cameras, pictures: Iterable[UInt8[Array, "h w 4"]]) -> None:
    """Write `folder`/transforms_`split`.json and `folder`/`split`/r_0.png, r_1.png, ..., one picture per camera.
    Colours are straight, not premultiplied.

    Raises BadInput where the folder cannot be written.
    """
    (folder / split).mkdir(parents=True, exist_ok=True)
    frames = []
    for i, (world_from_camera, picture) in enumerate(zip(cameras.world_from_camera, pictures, strict=True)):
        write_image(folder / split / f"r_{i}.png", picture)
        matrix = world_from_camera.double() @ _OPENCV_FROM_OPENGL
        frames.append({"file_path": f"./{split}/r_{i}", "transform_matrix": matrix.tolist()})
    focal = float(cameras.intrinsics[0, 0, 0])
    angle = 2 * float(np.arctan(cameras.size[0] / 2 / focal))
    write_json(folder / f"transforms_{split}.json", {"camera_angle_x": angle, "frames": frames})


def straight(picture: Picture) -> UInt8[Array, "h w 4"]:
    """8-bit RGBA, not premultiplied: at the outline the colour is the object's own. Black where there is nothing."""
    alpha = picture.alpha[..., None]
    colour = np.where(alpha > 0, srgb(picture.colour / np.maximum(alpha, 1e-6)), 0.0)
    return np.asarray(np.clip(np.concatenate([colour, alpha], -1), 0, 1) * 255 + 0.5, np.uint8)
