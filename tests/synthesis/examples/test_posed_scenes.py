"""Scenes follow from seed and number, surround their cameras, and have exact depth."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("embreex")

from recon3d.engine.validation import seen_anew
from recon3d.io.images import read_image
from recon3d.synthesis.examples.posed_scenes import Config, PosedScenes
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.materials import plain
from recon3d.synthesis.objects.pictures import photographed
from recon3d.synthesis.objects.stock import ObjectStock
from recon3d.synthesis.scenes import __main__ as command
from recon3d.synthesis.scenes.building import Built
from recon3d.synthesis.scenes.kinds import KINDS
from recon3d.synthesis.scenes.sheets import box, grid_faces, joined, sheet
from recon3d.types import Cameras

SMALL = Config(picture=24, context=3, others=2, uses=2, slots=2, things=2)


@pytest.fixture(scope="module")
def stock() -> ObjectStock:
    return ObjectStock(5, 2, 8)


def test_examples_can_be_asked_for_in_any_order() -> None:
    first, again = PosedScenes(SMALL, 3), PosedScenes(SMALL, 3)
    examples = [first[k] for k in range(5)]
    for k in (4, 1):
        assert torch.equal(again[k].targets.images, examples[k].targets.images)
    one = examples[1]
    assert one.context.alpha is None
    assert one.targets.alpha is not None
    assert float(one.targets.alpha.mean()) > 0.97
    assert torch.equal(one.targets.images[:3], one.context.images)
    assert seen_anew(one.targets.cameras, one.context.cameras) == [False] * 3 + [True] * 2


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_fills_the_picture(kind: Callable[..., Built], stock: ObjectStock) -> None:
    for seed in range(2):
        dice = Dice(seed)
        built = kind(dice, lambda k: stock[k % 2].mesh)
        views = photographed(built.mesh, built.stand.cameras(dice, [-1, 0, 1], 32))
        assert views.alpha is not None
        assert float(views.alpha.mean()) > 0.97
        assert float(views.images.std()) > 0.03
        assert built.mesh.colours is not None
        assert bool((built.mesh.colours >= 0).all() & (built.mesh.colours <= 1).all())


def test_a_sheet_lies_where_it_should() -> None:
    flat = sheet([1, 2, 3], [2, 0, 0], [0, 0, 1], plain(np.array([0.2, 0.4, 0.6])))
    assert flat.vertices.amin(0).tolist() == [1, 2, 3]
    assert flat.vertices.amax(0).tolist() == [3, 2, 4]
    corners = flat.vertices[flat.faces.long()]
    areas = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).norm(dim=-1) / 2
    assert float(areas.sum()) == pytest.approx(2, rel=1e-4)
    assert len(grid_faces(3, 4)) == 2 * 2 * 3


def test_a_box_is_seen_at_its_depth() -> None:
    material = plain(np.array([0.5, 0.5, 0.5]))
    both = joined([box([-1, -1, -1], [1, 1, 1], material), box([2, 2, 2], [3, 3, 3], material)])
    camera = Cameras.facing_origin(torch.tensor([[4.0, 0.0, 0.0]]), 2.0).resized(9, 9)
    views = photographed(both, camera)
    assert views.depth is not None
    assert float(views.depth[0, 4, 4]) == pytest.approx(3, abs=1e-4)


def test_a_sheet_of_scenes_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "THINGS", 1)
    monkeypatch.setattr(sys, "argv", ["scenes", str(tmp_path / "new"), "--count", "1"])
    command.main()
    assert read_image(tmp_path / "new" / "scenes.png").shape == (command.SIDE, command.VIEWS * command.SIDE, 3)
