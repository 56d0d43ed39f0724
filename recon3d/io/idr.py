"""Scenes in the layout of IDR, NeuS and their DTU sets: image/, mask/ and cameras_sphere.npz or cameras.npz.

`world_mat_i` projects the world (for DTU, in millimetres) to pixels of image i. There the centre of the first pixel
is at (0, 0); here it is at (0.5, 0.5), so principal points move by half a pixel. `scale_mat_i` is not applied.
"""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float

from recon3d.errors import BadInput
from recon3d.io.assembly import Found, SceneOptions, scene_from
from recon3d.io.camera_checks import checked_camera, checked_transform
from recon3d.io.images import image_size, read_image
from recon3d.io.npz import Archive
from recon3d.io.photos import Photo
from recon3d.io.scene_paths import inside, pictures_in
from recon3d.types import Cameras, Scene

CAMERA_FILES = ("cameras_sphere.npz", "cameras.npz")
HALF_PIXEL = 0.5
WHITE = 255


def recognises(folder: Path) -> bool:
    """Whether the folder has one of the camera files."""
    return any((folder / file).is_file() for file in CAMERA_FILES)


def read(folder: Path, options: SceneOptions) -> Scene:
    """The scene in the frame of the `world_mat`s; masks are object masks. Image i is the i-th by name.

    Raises BadInput where images, masks and matrices do not pair up, or cannot be used.
    """
    archive = Archive(next(folder / file for file in CAMERA_FILES if (folder / file).is_file()))
    pictures, masks = pictures_in(folder / "image"), pictures_in(folder / "mask")
    _refuse_unpaired(folder, archive, pictures, masks)
    photos = []
    for i, picture in enumerate(pictures):
        inside(folder, folder / "image", picture.name, folder)
        place = f"{archive.path}: world_mat_{i}"
        camera = camera_from_projection(archive.read(f"world_mat_{i}"), image_size(picture), place)
        mask = inside(folder, folder / "mask", masks[i].name, folder) if masks else None
        photos.append(Photo(picture.name, picture, camera, mask, mask_is_object=True))
    notes = [] if masks else ["there is no mask folder: the background is part of the scene"]
    return scene_from(folder, "idr", Found(photos, [archive.path], notes=notes), options)


def object_mask(path: Path, size: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Where the file is exactly white, at another size (width, height) by its nearest pixels. Raises BadInput for a
    broken file."""
    white = (read_image(path)[..., :3] == WHITE).all(-1)
    return np.asarray(cv2.resize(white.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)) > 0


def camera_from_projection(
    projection: Float[np.ndarray, "..."], picture_size: tuple[int, int], place: object
) -> Cameras:
    """The camera whose K [R | t], up to scale, are the first three rows. Raises BadInput where there is none.

    The sign of a projection matrix is free; it is chosen so that the rotation is proper.
    """
    if projection.shape not in ((4, 4), (3, 4)) or not np.isfinite(projection).all():
        raise BadInput(place, "is not a finite 4x4 or 3x4 matrix", "export the cameras again")
    rows = projection[:3] * (np.sign(np.linalg.det(projection[:3, :3])) or 1)
    triangular, orthogonal = _rq(rows[:, :3])
    if np.abs(np.diag(triangular)).min() <= 1e-12 * np.abs(triangular).max():
        raise BadInput(place, "is a singular projection", "export the cameras again")
    signs = np.sign(np.diag(triangular))
    matrix, rotation = triangular * signs, signs[:, None] * orthogonal
    world_from_camera = np.eye(4)
    world_from_camera[:3, :3] = rotation.T
    world_from_camera[:3, 3] = -rotation.T @ np.linalg.solve(matrix, rows[:, 3])
    matrix = matrix / matrix[2, 2]
    transform = checked_transform(world_from_camera, place)
    centre = (matrix[0, 2] + HALF_PIXEL, matrix[1, 2] + HALF_PIXEL)
    camera = checked_camera(transform, (matrix[0, 0], matrix[1, 1]), centre, picture_size, place)
    camera.intrinsics[0, 0, 1] = torch.tensor(matrix[0, 1])
    return camera


def _rq(matrix: Float[np.ndarray, "3 3"]) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3 3"]]:
    """An upper triangular and an orthogonal factor: the QR factors of the matrix turned upside down."""
    orthogonal, triangular = np.linalg.qr(matrix[::-1].T)
    return triangular.T[::-1, ::-1], orthogonal.T[::-1]


def _refuse_unpaired(folder: Path, archive: Archive, pictures: list[Path], masks: list[Path]) -> None:
    matrices = {name for name in archive.names if re.fullmatch(r"world_mat_\d+", name)}
    if not pictures:
        raise BadInput(folder / "image", "holds no pictures", "put the pictures of the scene there")
    if matrices != {f"world_mat_{i}" for i in range(len(pictures))}:
        reason = f"{len(pictures)} pictures but {len(matrices)} matrices world_mat_i, which must count from 0"
        raise BadInput(archive.path, reason, "picture i belongs to matrix i: complete one or the other")
    if masks and len(masks) != len(pictures):
        reason = f"{len(masks)} masks for {len(pictures)} pictures"
        raise BadInput(folder / "mask", reason, "mask i belongs to picture i: add the missing ones, or remove them all")
