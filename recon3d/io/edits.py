"""Edits as a JSON file, as the viewer writes it."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

from recon3d.errors import BadInput
from recon3d.io.atomic import write_json
from recon3d.io.json_files import number_in, read_json
from recon3d.types.edits import Box, Edits, Sphere

REMEDY = "save the edits in the viewer again"


def read_edits(path: Path) -> Edits:
    """Raises BadInput for what is no edits file."""
    return edits_from(read_json(path), path)


def write_edits(path: Path, edits: Edits) -> None:
    """`read_edits` gives them back. Raises as `atomic.replacing`."""
    write_json(path, dataclasses.asdict(edits))


def edits_from(keys: dict[str, Any], place: object) -> Edits:
    """The edits in a JSON object. Raises BadInput, blaming `place`, where it is not one of edits."""
    splats, deleted = keys.get("splats"), keys.get("deleted")
    if not isinstance(splats, int) or isinstance(splats, bool) or splats < 0 or not isinstance(deleted, str):
        raise BadInput(place, "holds no edits (splats, deleted)", REMEDY)
    edits = Edits(splats, _box(keys.get("box"), place), _sphere(keys.get("sphere"), place), deleted)
    try:
        edits.erased()
    except ValueError as error:
        raise BadInput(place, f"deleted cannot be read ({error})", REMEDY) from error
    return edits


def _box(value: Any, place: object) -> Box | None:
    if value is None:
        return None
    keys = _object(value, "box", place)
    quaternion = _numbers(keys, "quaternion", 4, place)
    half_sizes = _numbers(keys, "half_sizes", 3, place)
    if not math.isclose(math.hypot(*quaternion), 1, abs_tol=1e-3) or min(half_sizes) < 0:
        raise BadInput(place, "box has no unit quaternion or a negative size", REMEDY)
    x, y, z = _numbers(keys, "centre", 3, place)
    return Box((x, y, z), (half_sizes[0], half_sizes[1], half_sizes[2]), _quaternion(quaternion))


def _sphere(value: Any, place: object) -> Sphere | None:
    if value is None:
        return None
    keys = _object(value, "sphere", place)
    radius = number_in(keys, "radius", place)
    if radius is None or radius < 0:
        raise BadInput(place, "sphere has no radius", REMEDY)
    x, y, z = _numbers(keys, "centre", 3, place)
    return Sphere((x, y, z), radius)


def _quaternion(values: list[float]) -> tuple[float, float, float, float]:
    length = math.hypot(*values)
    w, x, y, z = (value / length for value in values)
    return w, x, y, z


def _object(value: Any, name: str, place: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(place, f"{name} is no object", REMEDY)
    return value


def _numbers(keys: dict[str, Any], name: str, count: int, place: object) -> list[float]:
    values = keys.get(name)
    if not isinstance(values, list) or len(values) != count:
        raise BadInput(place, f"{name} is not a list of {count} numbers", REMEDY)
    numbers = [number_in({name: value}, name, place) for value in values]
    if any(number is None for number in numbers):
        raise BadInput(place, f"{name} is not a list of {count} numbers", REMEDY)
    return [number for number in numbers if number is not None]
