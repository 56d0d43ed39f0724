"""A scene as DTU's are laid out for IDR and NeuS, of the ball that `painting` paints; and the truth that goes with a
scan, as DTU publishes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.io
import trimesh
from painting import ANGLE, SIZE, ball, matrices, paint
from PIL import Image

from recon3d.io.images import write_image

RADIUS = 0.8
"""Of the sphere that is given out as the scanned surface."""


def write_dtu_scene(folder: Path, count: int) -> Path:
    """So many pictures of the ball with masks and cameras_sphere.npz; every picture is there, few are painted."""
    (folder / "image").mkdir(parents=True)
    (folder / "mask").mkdir()
    focal = SIZE / 2 / np.tan(ANGLE / 2)
    # Pixels count from the middle of the first one there.
    intrinsics = np.array([[focal, 0, SIZE / 2 - 0.5], [0, focal, SIZE / 2 - 0.5], [0, 0, 1]])
    painted, cameras = ball(), {}
    for i, matrix in enumerate(matrices(count, 0.8)):
        rgba = paint(painted, matrix)
        write_image(folder / "image" / f"{i:06d}.png", rgba[..., :3] * (rgba[..., 3:] > 127))
        write_image(folder / "mask" / f"{i:03d}.png", np.where(rgba[..., 3] > 127, 255, 0).astype(np.uint8))
        projection = np.eye(4)
        projection[:3] = intrinsics @ np.linalg.inv(matrix.numpy())[:3]
        cameras |= {f"world_mat_{i}": projection, f"scale_mat_{i}": np.eye(4)}
    np.savez(folder / "cameras_sphere.npz", **cameras)
    return folder


def scan_points() -> np.ndarray:
    """Of the sphere, closer than samples of meshes are."""
    return np.array(trimesh.creation.icosphere(5, RADIUS).vertices)


def write_dtu_truth(folder: Path, number: int, masks: bool = True) -> Path:
    """Points/stl/ with the sphere, and a table far below it; in ObsMask/, if they are to be, all is seen."""
    (folder / "Points" / "stl").mkdir(parents=True)
    table = scan_points() * [1, 1, 0] - [0, 0, 5]
    points = trimesh.PointCloud(np.concatenate([scan_points(), table]))
    points.export(folder / "Points" / "stl" / f"stl{number:03d}_total.ply")
    if masks:
        (folder / "ObsMask").mkdir()
        box = np.array([[-4.0, -4, -4], [4, 4, 4]])
        observed = {"ObsMask": np.ones((9, 9, 9), np.uint8), "BB": box, "Res": np.array([[1.0]])}
        scipy.io.savemat(folder / "ObsMask" / f"ObsMask{number}_10.mat", observed, do_compression=True)
        scipy.io.savemat(folder / "ObsMask" / f"Plane{number}.mat", {"P": np.array([[0.0], [0], [1], [3]])})
    return folder


def shown_sizes(folder: Path) -> set[tuple[int, int]]:
    """Sizes of all pictures in a folder."""
    return {Image.open(path).size for path in folder.glob("*.png")}
