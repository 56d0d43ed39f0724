"""benchmarks/few_views.py: which three pictures it chooses, and what its table says."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from recon3d.engine.recipe import resolve
from recon3d.synthesis.cameras import looking_at
from recon3d.types import Cameras

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def few_views(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import few_views

    return few_views


def ring(degrees: list[float]) -> Cameras:
    """Cameras at these angles of a circle around the origin, which they look at."""
    turns = np.radians(degrees)
    places = np.stack([np.cos(turns), np.sin(turns), np.zeros_like(turns)], -1) * 3
    return looking_at(places, np.zeros_like(places), (8, 8), 8.0)


def test_angles_between_cameras(few_views: ModuleType) -> None:
    expected = torch.tensor([[0.0, 30, 90], [30, 0, 60], [90, 60, 0]]).double()
    torch.testing.assert_close(few_views.angles(ring([0, 30, 90])), expected, atol=1e-4, rtol=0)


def test_three_pictures_lie_as_those_of_dtu(few_views: ModuleType) -> None:
    """35 degrees to either side of the middle one, whatever else there is; what is scored is near, and not given."""
    places = [0.0, 12, 35, 36, 50, 70, 71, 110, 180, 200, 250, 330]
    split = few_views.split_of(ring(places), tuple(str(place) for place in places))
    assert sorted(float(name) for name in split.train) == [0, 35, 70]
    assert {float(name) for name in split.test} == {12, 36, 50, 71, 330}
    assert float(split.train[0]) == 35


def test_no_more_than_a_dozen_are_scored(few_views: ModuleType) -> None:
    places = [float(place) for place in range(0, 71, 2)] + [35.0]
    split = few_views.split_of(ring(places), tuple(str(place) for place in places))
    assert len(split.test) == 12
    assert not set(split.test) & set(split.train)


def test_every_rung_is_a_recipe(few_views: ModuleType) -> None:
    """Of one field seen in one way: only what is learnt from differs, and how."""
    recipes = {rung: resolve(*changes) for rung, changes in few_views.RUNGS.items()}
    full = recipes["full"]
    for recipe in recipes.values():
        assert recipe.parts["encoder"].config.network == full.parts["encoder"].config.network
        assert recipe.parts["renderer"].config.samples == full.parts["renderer"].config.samples
        assert recipe.fit == full.fit
    assert recipes["mip-nerf"].parts["objective"].name == "colour_and_mask"
    assert recipes["mixture"].parts["renderer"].config.flipped == 0
    assert recipes["flipped"].parts["objective"].config.emptiness == 0
    assert recipes["flipped"].parts["renderer"].config.flipped > 0


def test_seeds_are_put_together(few_views: ModuleType) -> None:
    rows = [
        {"scene": "a", "rung": "full", "seconds": 60, "psnr": psnr, "ssim": 0.5, "steps": 10} for psnr in (20.0, 21.0)
    ]
    (together,) = few_views.summaries(rows)
    assert together["psnr"] == 20.5
    assert together["spread"] == 1.0
    assert together["seeds"] == 2
