"""python -m recon3d.synthesis.objects"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("embreex")

from recon3d.io.meshes import read_mesh
from recon3d.synthesis.objects import __main__ as command
from recon3d.synthesis.objects.making import procedural_object


def test_objects_and_a_sheet_are_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["objects", str(tmp_path / "new"), "--count", "2", "--seed", "4"])
    command.main()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["object_4.glb", "object_5.glb", "sheet.png"]
    mesh, made = read_mesh(tmp_path / "new" / "object_4.glb"), procedural_object(4)
    np.testing.assert_allclose(mesh.vertices.amax(0)[[0, 2, 1]], made.vertices.amax(0).abs(), atol=0.02)
    assert mesh.colours is not None
