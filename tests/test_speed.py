"""benchmarks/speed.py: its row about a fit is made by a fit, as the house makes them today."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


def test_iterations_of_a_fit(ball_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a small scene in the place of the fox; nothing is timed."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    import measuring
    import speed

    def once(call: Callable[[], object]) -> measuring.Timing:
        call()
        return measuring.Timing(1.0, 1.0, 1.0)

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "fox").symlink_to(ball_scene)
    monkeypatch.setattr(speed, "SHARED", tmp_path)
    monkeypatch.setattr(speed, "OPENSPLAT", {200: 270})
    monkeypatch.setattr(speed, "timed", once)
    (row,) = speed.fox_table()
    assert row["Gaussians"] >= 200
    assert row["OpenSplat"] == 270
    assert row["ratio"] == 270
