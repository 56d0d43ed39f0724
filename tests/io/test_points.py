"""Sparse points are made fit to begin from."""

from __future__ import annotations

import pytest

from recon3d.io import points
from recon3d.io.scene import load_scene


def test_many_points_are_thinned(scene_of, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "POINT_LIMIT", 1)
    scene = load_scene(scene_of("colmap_text"))
    assert len(scene.points) == 1
    assert any("of 2 points one in 2 is used" in note for note in scene.notes)


def test_points_behind_the_cameras_are_pointed_out(scene_of) -> None:
    folder = scene_of("colmap_text")
    (folder / "sparse" / "0" / "points3D.txt").write_text("1 0 0 900 1 2 3 0\n2 0 0 950 1 2 3 0\n")
    assert any("behind the cameras" in note for note in load_scene(folder).notes)
