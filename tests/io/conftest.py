"""Tiny scenes, written in every format with cv2's projection as the independent judge of all conventions.

Every picture shows one soft dot: the world point DOT. Where a loader or a camera is wrong by a fraction of a pixel, the
dot in the picture and its projection through the loaded camera part.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

DOT = np.array([0.1, -0.2, 0.15])
SIGMA = 4.0  # pixels
COLMAP_IDS = {"PINHOLE": 1, "SIMPLE_RADIAL": 2, "OPENCV": 4, "OPENCV_FISHEYE": 5, "FULL_OPENCV": 6}


@dataclass(frozen=True)
class Rig:
    """Cameras on a half circle around the origin, and the lens they share. Matrices are OpenCV's, camera to world."""

    size: tuple[int, int] = (161, 122)
    focal: tuple[float, float] = (150.0, 144.0)
    centre: tuple[float, float] = (78.3, 64.1)
    lens: str = "pinhole"
    coefficients: tuple[float, ...] = ()
    count: int = 5
    matrices: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.matrices.extend(looking_at_origin(i / self.count * np.pi) for i in range(self.count))

    @property
    def intrinsics(self) -> np.ndarray:
        return np.array([[self.focal[0], 0, self.centre[0]], [0, self.focal[1], self.centre[1]], [0, 0, 1]])

    def pixel_of_dot(self, view: int) -> np.ndarray:
        """Where cv2 sees the dot, in coordinates in which the first pixel's centre is (0.5, 0.5)."""
        camera_from_world = np.linalg.inv(self.matrices[view])
        turn, _ = cv2.Rodrigues(camera_from_world[:3, :3])
        move = camera_from_world[:3, 3:].copy()
        if self.lens == "opencv_fisheye":
            k = np.array(self.coefficients)
            pixels, _ = cv2.fisheye.projectPoints(DOT[None, None], turn, move, self.intrinsics, k)
        else:
            k = np.array(self.coefficients or (0.0,) * 8)
            pixels, _ = cv2.projectPoints(DOT[None, None], turn, move, self.intrinsics, k)
        return pixels.reshape(2)

    def picture(self, view: int, scale: float = 1) -> np.ndarray:
        """The dot on grey, 8-bit RGB; `scale` other than 1 paints the same view on another number of pixels."""
        width, height = (round(side * scale) for side in self.size)
        u, v = self.pixel_of_dot(view) * (width / self.size[0], height / self.size[1])
        x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
        dot = np.exp(-((x[None] - u) ** 2 + (y[:, None] - v) ** 2) / (2 * (SIGMA * scale) ** 2))
        return np.repeat((dot * 220).round().astype(np.uint8)[..., None], 3, -1)


def looking_at_origin(angle: float) -> np.ndarray:
    """An OpenCV camera at distance 2.5 whose picture is upright for a world with z up, rolled a little."""
    centre = np.array([2.4 * np.cos(angle), 2.4 * np.sin(angle), 0.7 + 0.2 * angle])
    forward = -centre / np.linalg.norm(centre)
    right = np.cross(forward, [0.1, 0, 1])
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3] = np.stack([right, np.cross(forward, right), forward, centre], 1)
    return matrix


def opengl(matrix: np.ndarray) -> list[list[float]]:
    return (matrix * [1, -1, -1, 1]).tolist()


def save_pictures(rig: Rig, folder: Path, names: list[str], scale: float = 1, alpha: bool = False) -> None:
    for i, name in enumerate(names):
        picture = rig.picture(i, scale)
        if alpha:  # white everywhere, and the dot in the alpha
            picture = np.dstack([np.full_like(picture, 255), picture[..., 0]])
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)


def names_of(rig: Rig) -> list[str]:
    return [f"{i:03d}.png" for i in range(rig.count)]


def write_transforms(folder: Path, rig: Rig, scale: float = 1) -> Path:
    names = [f"images/{name}" for name in names_of(rig)]
    save_pictures(rig, folder, names, scale)
    keys: dict = {"w": rig.size[0], "h": rig.size[1], "fl_x": rig.focal[0], "fl_y": rig.focal[1]}
    keys |= {"cx": rig.centre[0], "cy": rig.centre[1]}
    if rig.lens == "opencv":
        keys |= {"camera_model": "OPENCV"} | dict(zip(("k1", "k2", "p1", "p2", "k3"), rig.coefficients, strict=False))
    if rig.lens == "opencv_fisheye":
        keys |= {"camera_model": "OPENCV_FISHEYE"} | dict(zip(("k1", "k2", "k3", "k4"), rig.coefficients, strict=True))
    frames = [{"file_path": n, "transform_matrix": opengl(m)} for n, m in zip(names, rig.matrices, strict=True)]
    (folder / "transforms.json").write_text(json.dumps(keys | {"frames": frames}, indent=1))
    return folder


def write_blender(folder: Path, rig: Rig, scale: float = 1) -> Path:
    rig = centred(rig)
    for split in ("train", "test"):
        names = [f"{split}/r_{i}" for i in range(rig.count)]
        save_pictures(rig, folder, [f"{name}.png" for name in names], scale, alpha=True)
        frames = [
            {"file_path": f"./{n}", "transform_matrix": opengl(m)} for n, m in zip(names, rig.matrices, strict=True)
        ]
        angle = 2 * np.arctan(0.5 * rig.size[0] / rig.focal[0])
        keys = {"camera_angle_x": angle, "frames": frames}
        (folder / f"transforms_{split}.json").write_text(json.dumps(keys))
    return folder


def centred(rig: Rig) -> Rig:
    """Blender's cameras have square pixels and look through the middle of the picture."""
    centre = (rig.size[0] / 2, rig.size[1] / 2)
    return replace(rig, centre=centre, focal=(rig.focal[0], rig.focal[0]), matrices=[])


def colmap_camera(rig: Rig) -> tuple[str, list[float]]:
    values = [*rig.focal, *rig.centre, *rig.coefficients]
    if rig.lens == "opencv_fisheye":
        return "OPENCV_FISHEYE", values
    return {0: "PINHOLE", 4: "OPENCV", 8: "FULL_OPENCV"}[len(rig.coefficients)], values


def colmap_images(rig: Rig) -> list[tuple[list[float], str]]:
    """(quaternion and translation, name) of every image."""
    rows = []
    for matrix, name in zip(rig.matrices, names_of(rig), strict=True):
        camera_from_world = np.linalg.inv(matrix)
        rows.append(([*quaternion(camera_from_world[:3, :3]), *camera_from_world[:3, 3]], name))
    return rows


def quaternion(rotation: np.ndarray) -> np.ndarray:
    """(w, x, y, z), by way of cv2's rotation vector."""
    vector = cv2.Rodrigues(rotation)[0].ravel()
    angle = np.linalg.norm(vector)
    return np.array([np.cos(angle / 2), *(np.sin(angle / 2) * vector / angle)])


def write_colmap_text(folder: Path, rig: Rig, scale: float = 1) -> Path:
    save_pictures(rig, folder / "images", names_of(rig), scale)
    model = folder / "sparse" / "0"
    model.mkdir(parents=True)
    name, values = colmap_camera(rig)
    camera = f"# Camera list\n7 {name} {rig.size[0]} {rig.size[1]} {' '.join(map(repr, values))}\n"
    (model / "cameras.txt").write_text(camera)
    rows = [
        f"{i + 3} {' '.join(map(repr, map(float, p)))} 7 {n}\n1.5 2.5 -1\n"
        for i, (p, n) in enumerate(colmap_images(rig))
    ]
    (model / "images.txt").write_text("# Image list\n" + "".join(rows))
    points = f"# 3D points\n1 {DOT[0]} {DOT[1]} {DOT[2]} 255 0 51 0.5 3 0 4 0\n5 0 0 0 1 2 3 0.1\n"
    (model / "points3D.txt").write_text(points)
    return folder


def write_colmap_binary(folder: Path, rig: Rig, scale: float = 1) -> Path:
    save_pictures(rig, folder / "images", names_of(rig), scale)
    model = folder / "sparse" / "0"
    model.mkdir(parents=True)
    name, values = colmap_camera(rig)
    camera = struct.pack("<IiQQ", 7, COLMAP_IDS[name], *rig.size) + struct.pack(f"<{len(values)}d", *values)
    (model / "cameras.bin").write_bytes(struct.pack("<Q", 1) + camera)
    images = b""
    for i, (pose, image) in enumerate(colmap_images(rig)):
        images += struct.pack("<I7dI", i + 3, *pose, 7) + image.encode() + b"\0"
        images += struct.pack("<Q", i) + struct.pack("<ddq", 1.5, 2.5, -1) * i
    (model / "images.bin").write_bytes(struct.pack("<Q", rig.count) + images)
    points = b""
    for i, (position, colour) in enumerate(((DOT, (255, 0, 51)), (np.zeros(3), (1, 2, 3)))):
        points += struct.pack("<Q3d3BdQ", i + 1, *position, *colour, 0.5, i) + struct.pack("<II", 3, 0) * i
    (model / "points3D.bin").write_bytes(struct.pack("<Q", 2) + points)
    return folder


def write_idr(folder: Path, rig: Rig, scale: float = 1) -> Path:
    save_pictures(rig, folder / "image", names_of(rig), scale)
    (folder / "mask").mkdir()
    arrays = {}
    for i, matrix in enumerate(rig.matrices):
        intrinsics = np.eye(4)
        intrinsics[:3, :3] = rig.intrinsics
        intrinsics[:2, 2] -= 0.5  # IDR counts from the centre of the first pixel
        sign = -1 if i % 2 else 1  # the sign and scale of a projection mean nothing
        arrays[f"world_mat_{i}"] = (sign * (2.0 + i) * intrinsics @ np.linalg.inv(matrix)).astype(np.float32)
        arrays[f"scale_mat_{i}"] = np.diag([2.0, 2.0, 2.0, 1.0])
        Image.fromarray(np.full(rig.picture(i, scale).shape[:2], 255, np.uint8)).save(folder / "mask" / f"{i:03d}.png")
    np.savez(folder / "cameras_sphere.npz", **arrays)
    return folder


WRITERS = {
    "transforms_json": write_transforms,
    "blender": write_blender,
    "colmap_text": write_colmap_text,
    "colmap_binary": write_colmap_binary,
    "idr": write_idr,
}


@pytest.fixture
def scene_of(tmp_path: Path):
    """A function that writes a scene of a rig in the named format and returns its folder."""

    def write(name: str, scale: float = 1, **changes) -> Path:
        folder = tmp_path / "scene"
        folder.mkdir()
        return WRITERS[name](folder, Rig(**changes), scale)

    return write


@pytest.fixture
def edit_keys():
    """A function that changes the keys of a folder's transforms.json in place."""

    def edit(folder: Path, change) -> None:
        path = folder / "transforms.json"
        keys = json.loads(path.read_text())
        change(keys)
        path.write_text(json.dumps(keys))

    return edit
