"""The examples run as they are written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.io.scene import SceneOptions

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name: str, *words: object) -> str:
    command = [sys.executable, str(EXAMPLES / name), *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def fitted(ball_scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    recipe = resolve("splat_mcmc", {"encoder": {"start_count": 300}})
    output = tmp_path_factory.mktemp("runs") / "ball"
    return fit_scene(FitRequest(ball_scene, output, recipe, SceneOptions(), steps=20), Progress("quiet")).path


def test_render_a_file(fitted: Path, tmp_path: Path) -> None:
    assert "8 pictures" in run("00_render_a_file.py", fitted / "splats.ply", tmp_path)
    assert len(list(tmp_path.glob("*.png"))) == 8


def test_fit_from_python(ball_scene: Path, tmp_path: Path) -> None:
    assert "'psnr':" in run("01_fit_from_python.py", ball_scene, tmp_path / "run", 10)
    assert (tmp_path / "run" / "splats.ply").is_file()


def test_optimise_gaussians_yourself() -> None:
    losses = [float(line.split()[-1]) for line in run("02_optimise_gaussians_yourself.py").splitlines()]
    assert losses[-1] < 0.4 * losses[0]


def test_the_example_in_the_readme(fitted: Path, tmp_path: Path) -> None:
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    source = readme.split("```python\n")[1].split("```")[0]
    command = [sys.executable, "-c", source.replace("runs/demo", str(fitted))]
    assert "Gaussians" in subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert (tmp_path / "view.png").is_file()


def test_every_example_is_run_here() -> None:
    source = Path(__file__).read_text()
    assert all(path.name in source for path in EXAMPLES.glob("*.py"))
