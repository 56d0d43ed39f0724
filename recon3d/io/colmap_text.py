"""COLMAP's text models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recon3d.errors import BadInput
from recon3d.io.colmap_model import MODELS, ColmapCamera, ColmapImage, ColmapPoints


def read_cameras(path: Path) -> dict[int, ColmapCamera]:
    """cameras.txt, by id. Raises BadInput, naming the line, where it is broken."""
    cameras = {}
    for number, line in _lines(path):
        words = line.split()
        if not words:
            continue
        if len(words) < 4:
            raise _broken(path, number, "has fewer than 4 values")
        if words[1] not in MODELS:
            raise _broken(path, number, f"names the unknown camera model {words[1]}")
        parameters, wanted = _numbers(path, number, words[4:]), len(MODELS[words[1]].split())
        if len(parameters) != wanted:
            raise _broken(path, number, f"gives {len(parameters)} parameters where {words[1]} has {wanted}")
        identity, width, height = (_whole(path, number, word) for word in (words[0], words[2], words[3]))
        cameras[identity] = ColmapCamera(words[1], width, height, parameters)
    return cameras


def read_images(path: Path) -> list[ColmapImage]:
    """images.txt without its observations. Raises BadInput, naming the line, where it is broken."""
    images, lines = [], _lines(path)
    for number, line in lines:
        if not line.strip():
            continue
        words = line.strip().split(maxsplit=9)  # the name, which comes last, may have spaces
        if len(words) < 10:
            raise _broken(path, number, f"has {len(words)} values where an image has 10")
        values = _numbers(path, number, words[1:8])
        images.append(ColmapImage(words[9], _whole(path, number, words[8]), values[:4], values[4:]))
        next(lines, None)  # its observations, which may be an empty line
    return images


def read_points(path: Path) -> ColmapPoints:
    """points3D.txt without its tracks. Raises BadInput, naming the line, where it is broken."""
    rows = []
    for number, line in _lines(path):
        words = line.split(maxsplit=7)
        if not words:
            continue
        if len(words) < 7:
            raise _broken(path, number, f"has {len(words)} values where a point has 8 or more")
        rows.append(_numbers(path, number, words[1:7]))
    values = np.array(rows, dtype=np.float64).reshape(-1, 6)
    if not ((values[:, 3:] >= 0) & (values[:, 3:] <= 255)).all():
        raise BadInput(path, "holds colours outside 0 to 255", "export the model again")
    return ColmapPoints(values[:, :3], values[:, 3:].astype(np.uint8))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are no comments, with their numbers from 1 on."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            if not line.startswith("#"):
                yield number, line


def _numbers(path: Path, number: int, words: list[str]) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in words)
    except ValueError as error:
        raise _broken(path, number, "has a value that is not a number") from error


def _whole(path: Path, number: int, word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 20):
        raise _broken(path, number, f"has {word[:20]} where a whole number belongs")
    return int(word)


def _broken(path: Path, number: int, reason: str) -> BadInput:
    return BadInput(f"{path}:{number}", reason, "export the model again")
