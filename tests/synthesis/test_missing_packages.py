"""Without the optional packages there is a clear line, and everything that does not need them still imports."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from recon3d.errors import Missing
from recon3d.synthesis import __main__ as command
from recon3d.synthesis import shapes
from recon3d.synthesis.casting import Caster


def test_casting_without_embree(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("embreex", "embreex.mesh_construction", "embreex.rtcore_scene"):
        monkeypatch.setitem(sys.modules, name, None)
    ball = shapes.sphere(1.0, 0.5)
    with pytest.raises(Missing, match=r"embreex is not installed; pip install 'recon3d\[synth\]'"):
        Caster(ball.vertices, ball.faces.astype(np.int64))


def test_an_unknown_scene_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["synthesis", str(tmp_path), "brig"])
    with pytest.raises(SystemExit) as stopped:
        command.main()
    assert stopped.value.code == 2
    assert "there is no scene brig; there are ketch, terrace" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
