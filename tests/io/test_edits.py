"""What was cut away in the viewer: kept in a file, and applied."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
from pathlib import Path

import pytest
import torch

from recon3d.errors import BadInput
from recon3d.io.edits import read_edits, write_edits
from recon3d.types.edits import Box, Edits, Sphere

POINTS = torch.tensor([[0.0, 0, 0], [0.9, 0, 0], [0, 2, 0], [0, 0, 5]])


def edits(**changes: object) -> Edits:
    return dataclasses.replace(Edits(4, None, None, ""), **changes)


def test_each_of_them_cuts() -> None:
    assert edits().keep(POINTS).tolist() == [True] * 4
    assert edits(sphere=Sphere((0.0, 0.0, 0.0), 1.0)).keep(POINTS).tolist() == [True, True, False, False]
    slab = Box((0.0, 0.0, 0.0), (0.5, 3.0, 9.0), (1.0, 0.0, 0.0, 0.0))
    assert edits(box=slab).keep(POINTS).tolist() == [True, False, True, True]
    deleted = base64.b64encode(bytes([0b1001])).decode()
    assert edits(deleted=deleted).keep(POINTS).tolist() == [False, True, True, False]
    both = edits(sphere=Sphere((0.0, 0.0, 0.0), 3.0), deleted=deleted)
    assert both.keep(POINTS).tolist() == [False, True, True, False]


def test_a_box_may_be_turned() -> None:
    half = math.radians(90) / 2  # around z: the long side, x of the box, lies along y
    box = Box((0.0, 1.0, 0.0), (1.5, 0.5, 0.5), (math.cos(half), 0.0, 0.0, math.sin(half)))
    assert box.holds(POINTS).tolist() == [True, False, True, False]


def test_round_trip(tmp_path: Path) -> None:
    whole = edits(
        box=Box((1.0, 2.0, 3.0), (1.0, 1.0, 2.0), (0.0, 1.0, 0.0, 0.0)),
        sphere=Sphere((0.0, 0.0, 1.0), 2.5),
        deleted="CQ==",
    )
    write_edits(tmp_path / "edits.json", whole)
    assert read_edits(tmp_path / "edits.json") == whole


def test_other_gaussians_are_refused() -> None:
    with pytest.raises(ValueError, match="edits of 4 Gaussians do not fit 3"):
        edits().keep(POINTS[:3])


@pytest.mark.parametrize(
    "wrong",
    [
        {"splats": "4"},
        {"splats": -1},
        {"deleted": 3},
        {"deleted": "%%"},
        {"deleted": base64.b64encode(bytes(9)).decode()},
        {"box": 3},
        {"box": {"centre": [0, 0], "half_sizes": [1, 1, 1], "quaternion": [1, 0, 0, 0]}},
        {"box": {"centre": [0, 0, 0], "half_sizes": [1, 1, -1], "quaternion": [1, 0, 0, 0]}},
        {"box": {"centre": [0, 0, 0], "half_sizes": [1, 1, 1], "quaternion": [2, 0, 0, 0]}},
        {"box": {"centre": [0, 0, "a"], "half_sizes": [1, 1, 1], "quaternion": [1, 0, 0, 0]}},
        {"sphere": {"centre": [0, 0, 0]}},
        {"sphere": {"centre": [0, 0, 0], "radius": -1}},
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, wrong: dict) -> None:
    path = tmp_path / "edits.json"
    path.write_text(json.dumps({"splats": 4, "box": None, "sphere": None, "deleted": ""} | wrong))
    with pytest.raises(BadInput, match=r"edits\.json"):
        read_edits(path)
