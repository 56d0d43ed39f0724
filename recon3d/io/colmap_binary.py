"""COLMAP's binary models. Counts are compared with the size of the file before they are believed."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from recon3d.errors import BadInput
from recon3d.io.colmap_model import MODELS, ColmapCamera, ColmapImage, ColmapPoints

SMALLEST_CAMERA, SMALLEST_IMAGE, SMALLEST_POINT = 24, 73, 51  # bytes
POINT = np.dtype([("id", "<u8"), ("position", "<f8", 3), ("colour", "u1", 3)])  # then error, track length, track


class Cursor:
    """A place in a file's bytes that moves on as values are read, and never past the end."""

    def __init__(self, path: Path) -> None:
        self.path, self.data, self.at = path, path.read_bytes(), 0

    def read(self, layout: str) -> tuple[int | float, ...]:
        """Little-endian values in the notation of `struct`."""
        start = self.at
        self.skip(struct.calcsize("<" + layout))
        return struct.unpack_from("<" + layout, self.data, start)

    def read_name(self) -> str:
        """Text up to a zero byte."""
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise self.broken("an image name does not end")
        name = self.data[self.at : end]
        self.at = end + 1
        return name.decode("utf-8", "surrogateescape")

    def skip(self, size: int) -> None:
        if size > len(self.data) - self.at:
            raise self.broken("the file is cut short")
        self.at += size

    def read_count(self, what: str, smallest: int) -> int:
        """A count of records that each take at least `smallest` bytes."""
        count = int(self.read("Q")[0])
        if count * smallest > len(self.data) - self.at:
            raise self.broken(f"promises {count} {what}, more than its {len(self.data)} bytes can hold")
        return count

    def broken(self, reason: str) -> BadInput:
        return BadInput(f"{self.path}: byte {self.at}", reason, "export the model again")


def read_cameras(path: Path) -> dict[int, ColmapCamera]:
    """cameras.bin, by id. Raises BadInput where it is broken."""
    cursor, cameras, names = Cursor(path), {}, list(MODELS)
    for _ in range(cursor.read_count("cameras", SMALLEST_CAMERA)):
        identity, model, width, height = (int(value) for value in cursor.read("IiQQ"))
        if not 0 <= model < len(names):
            raise cursor.broken(f"camera {identity} has the unknown model id {model}")
        count = len(MODELS[names[model]].split())
        cameras[identity] = ColmapCamera(names[model], width, height, cursor.read(f"{count}d"))
    return cameras


def read_images(path: Path) -> list[ColmapImage]:
    """images.bin without its observations. Raises BadInput where it is broken."""
    cursor, images = Cursor(path), []
    for _ in range(cursor.read_count("images", SMALLEST_IMAGE)):
        values = cursor.read("I7dI")
        images.append(ColmapImage(cursor.read_name(), int(values[8]), values[1:5], values[5:8]))
        cursor.skip(24 * int(cursor.read("Q")[0]))
    return images


def read_points(path: Path) -> ColmapPoints:
    """points3D.bin without its tracks. Raises BadInput where it is broken."""
    cursor = Cursor(path)
    count, starts = cursor.read_count("points", SMALLEST_POINT), []
    for _ in range(count):  # a track's length says where the next point begins, so this much goes one by one
        starts.append(cursor.at)
        cursor.skip(SMALLEST_POINT)
        cursor.skip(8 * int.from_bytes(cursor.data[cursor.at - 8 : cursor.at], "little"))
    data = np.frombuffer(cursor.data, np.uint8)
    records = data[np.array(starts, dtype=np.int64)[:, None] + np.arange(POINT.itemsize)].view(POINT)[:, 0]
    return ColmapPoints(records["position"].copy(), records["colour"].copy())
