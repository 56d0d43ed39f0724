"""A small run to show, and the server around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.run_folder import RunFolder
from recon3d.io.scene import SceneOptions
from recon3d.server import page
from recon3d.server.app import Answers
from recon3d.server.opening import open_show
from recon3d.server.serving import Address, serving


@pytest.fixture(scope="session")
def ball_run(ball_scene: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A fit of the ball, of a few steps."""
    recipe = resolve("splat_mcmc", {"encoder": {"start_count": 300}, "density": {"cap": 400}})
    output = tmp_path_factory.mktemp("runs") / "ball"
    return fit_scene(FitRequest(ball_scene, output, recipe, SceneOptions(), steps=40), Progress("quiet"))


@pytest.fixture
def client_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the built client: what is tested here is the server."""
    path = tmp_path / "index.html"
    path.write_text(f"<html><head>{page.PLACEHOLDER}</head><body>viewer</body></html>")
    monkeypatch.setattr(page, "CLIENT", path)
    return path


@pytest.fixture
def address(ball_run: RunFolder, client_page: Path) -> Iterator[Address]:
    """Of a server that shows the ball."""
    show = open_show(ball_run.path)
    with serving(Answers(lambda: show), port=0) as where:
        yield where
