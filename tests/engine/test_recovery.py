"""A fit that is killed, or that loses its way, goes on from its last good state."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from recon3d.encoders.free_gaussians import FreeGaussians
from recon3d.engine import checkpoint
from recon3d.engine import fit_session as module
from recon3d.engine.fit_request import FitRequest, resumed_request
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput, Diverged
from recon3d.io.ply import read_gaussians
from recon3d.io.scene import SceneOptions
from recon3d.metrics.photometric import Photometric

RECIPE = {"encoder": {"start_count": 400}, "density": {"cap": 600, "every": 20, "start": 0.1}}
STEPS = 200

FIT_AND_SAVE_OFTEN = f"""
import sys
from pathlib import Path
from recon3d.engine import fit_session as module
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.io.scene import SceneOptions
module.CHECKPOINT_SECONDS = 0.0
recipe = resolve("splat_mcmc", {RECIPE!r})
request = FitRequest(Path(sys.argv[1]), Path(sys.argv[2]), recipe, SceneOptions(), steps={STEPS})
fit_scene(request, Progress("quiet"))
"""


def request(scene: Path, output: Path) -> FitRequest:
    return FitRequest(scene, output, resolve("splat_mcmc", RECIPE), SceneOptions(), steps=STEPS)


def resume(scene: Path, output: Path) -> RunFolder:
    return fit_scene(resumed_request(request(scene, output)), Progress("quiet"), resume=True)


@pytest.fixture(scope="module")
def whole(ball_scene: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    output = tmp_path_factory.mktemp("recovery") / "whole"
    return fit_scene(request(ball_scene, output), Progress("quiet")).splats.read_bytes()


@pytest.mark.parametrize("kill_at", [0, 1, 77])
def test_resume_after_kill_gives_the_same_bits(ball_scene: Path, tmp_path: Path, whole: bytes, kill_at: int) -> None:
    run = RunFolder(tmp_path / "run")
    process = subprocess.Popen([sys.executable, "-c", FIT_AND_SAVE_OFTEN, str(ball_scene), str(run.path)])
    while process.poll() is None and not (run.checkpoint.is_file() and step_of(run) >= kill_at):
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not run.splats.exists()
    assert resume(ball_scene, run.path).splats.read_bytes() == whole


def test_resume_after_a_kill_before_the_first_file(ball_scene: Path, tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "run").mkdir()
    assert resume(ball_scene, tmp_path / "run").splats.read_bytes() == whole


def step_of(run: RunFolder) -> int:
    return int(json.loads(run.checkpoint.read_text())["step"])


def test_a_loss_that_is_not_finite_is_rolled_back(
    ball_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = 0
    measure = Photometric.__call__

    def nan_once(self: Photometric, *arguments: object) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return measure(self, *arguments) * (float("nan") if calls == 90 else 1)

    monkeypatch.setattr(Photometric, "__call__", nan_once)
    run = fit_scene(request(ball_scene, tmp_path / "run"), Progress("plain"))
    check_recovered(run, "step 90: the loss is not finite")
    assert "went back to step 0" in capsys.readouterr().err


def test_an_exploding_gaussian_is_rolled_back(
    ball_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exploded = False
    learn = FreeGaussians.learn

    def explode_once(self: FreeGaussians, *arguments: object) -> None:
        nonlocal exploded
        learn(self, *arguments)
        if self.steps == 120 and not exploded:
            exploded = True
            self.population.parameters.log_scales.data[3] = 60.0

    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.05)
    monkeypatch.setattr(FreeGaussians, "learn", explode_once)
    check_recovered(fit_scene(request(ball_scene, tmp_path / "run"), Progress("quiet")), "a Gaussian is")


def check_recovered(run: RunFolder, trouble: str) -> None:
    manifest = run.read_manifest()
    (rollback,) = manifest["rollbacks"]
    assert trouble in rollback["trouble"]
    assert manifest["status"] == "finished"
    assert manifest["steps"] == STEPS
    assert bool(read_gaussians(run.splats).means.isfinite().all())
    assert json.loads(run.metrics.read_text())["mean"]["psnr"] > 15


def test_trouble_that_comes_back_ends_the_fit(
    ball_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = Photometric.__call__
    monkeypatch.setattr(Photometric, "__call__", lambda *arguments: measure(*arguments) * float("nan"))
    with pytest.raises(Diverged) as diverged:
        fit_scene(request(ball_scene, tmp_path / "run"), Progress("quiet"))
    assert diverged.value.exit_code == 6
    assert RunFolder(tmp_path / "run").read_manifest()["status"] == "diverged"


def test_a_checkpoint_that_may_not_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refused)
    with pytest.raises(BadInput, match="Permission denied"):
        checkpoint.save(RunFolder(tmp_path), 3, {"a": torch.zeros(2)}, {})
    assert list((tmp_path / "checkpoints").iterdir()) == []
