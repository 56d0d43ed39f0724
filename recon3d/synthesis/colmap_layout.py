"""Writing photos and a sparse model as COLMAP lays them out: images/ and sparse/0/*.txt."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from recon3d.geometry.rotations import quaternion_from_rotation
from recon3d.io.atomic import write_bytes, write_text
from recon3d.synthesis.sparse_points import SparsePoints
from recon3d.types import Cameras

Array = np.ndarray


def write_photo(path: Path, image: UInt8[Array, "h w 3"], quality: int = 92) -> None:
    """A JPEG without metadata. Raises BadInput where it cannot be written."""
    content = io.BytesIO()
    Image.fromarray(image).save(content, "JPEG", quality=quality, subsampling=0, optimize=True)
    write_bytes(path, content.getvalue())


def read_photo(path: Path) -> UInt8[Array, "h w 3"]:
    """The pixels of a photo as stored."""
    return np.array(Image.open(path).convert("RGB"))


def write_model(folder: Path, names: Sequence[str], cameras: Cameras, sparse: SparsePoints) -> None:
    """Write sparse/0 under `folder`: one PINHOLE camera shared by all views, the views in order, the points.

    Raises BadInput where the folder cannot be written.
    """
    model = folder / "sparse" / "0"
    model.mkdir(parents=True, exist_ok=True)
    write_text(model / "cameras.txt", _cameras_text(cameras))
    write_text(model / "images.txt", _images_text(names, cameras, sparse))
    write_text(model / "points3D.txt", _points_text(sparse))


def _cameras_text(cameras: Cameras) -> str:
    width, height = cameras.size
    k = cameras.intrinsics[0]
    values = " ".join(f"{float(value):.10g}" for value in (k[0, 0], k[1, 1], k[0, 2], k[1, 2]))
    return f"# CAMERA_ID, MODEL, WIDTH, HEIGHT, fx fy cx cy\n1 PINHOLE {width} {height} {values}\n"


def _images_text(names: Sequence[str], cameras: Cameras, sparse: SparsePoints) -> str:
    lines = ["# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME", "# POINTS2D[] as (X, Y, POINT3D_ID)"]
    camera_from_world = cameras.camera_from_world
    for i, name in enumerate(names):
        quaternion = quaternion_from_rotation(camera_from_world[i, :3, :3])
        values = " ".join(f"{float(value):.12f}" for value in [*quaternion, *camera_from_world[i, :3, 3]])
        lines.append(f"{i + 1} {values} 1 {name}")
        here = np.flatnonzero(sparse.views == i)
        seen = zip(sparse.pixels[here], sparse.points[here], strict=True)
        lines.append(" ".join(f"{x:.4f} {y:.4f} {point + 1}" for (x, y), point in seen))
    return "\n".join(lines) + "\n"


def _points_text(sparse: SparsePoints) -> str:
    """Points with their tracks; an observation is named by its place in the list of its view."""
    lines = ["# POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)"]
    place = np.empty(len(sparse.views), int)
    for view in np.unique(sparse.views):
        here = np.flatnonzero(sparse.views == view)
        place[here] = np.arange(len(here))
    tracks: list[list[str]] = [[] for _ in sparse.positions]
    for point, view, at in zip(sparse.points, sparse.views, place, strict=True):
        tracks[point].append(f"{view + 1} {at}")
    for k, (position, colour) in enumerate(zip(sparse.positions, sparse.colours, strict=True)):
        x, y, z = position
        r, g, b = colour
        lines.append(f"{k + 1} {x:.6f} {y:.6f} {z:.6f} {r} {g} {b} 0 {' '.join(tracks[k])}")
    return "\n".join(lines) + "\n"
