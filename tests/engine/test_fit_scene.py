"""A fit as a whole: what it writes, that it can be repeated, interrupted, resumed, and read back."""

from __future__ import annotations

import hashlib
import json
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import recon3d
from recon3d.engine import fit_session as module
from recon3d.engine.evaluate import evaluate_run
from recon3d.engine.fit_request import FitRequest, resumed_request
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.interrupts import Interrupted
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput, UsageError
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.kernels import cpu

SMALL = {"start_count": 400}
DENSITY = {"splat_mcmc": {"cap": 600, "every": 20, "start": 0.1}, "splat": {"cap": 600, "every": 20, "start": 40}}


def request(scene: Path, output: Path, steps: int = 120, recipe: str = "splat_mcmc", **more: object) -> FitRequest:
    return FitRequest(
        scene,
        output,
        resolve(recipe, {"encoder": SMALL, "density": DENSITY[recipe]}),
        SceneOptions(),
        steps=steps,
        **more,
    )


def run(scene: Path, output: Path, **more: object) -> RunFolder:
    return fit_scene(request(scene, output, **more), Progress("quiet"))


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def fitted(ball_scene: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return run(ball_scene, tmp_path_factory.mktemp("runs") / "ball", steps=400)


def test_a_fit_learns_the_scene(fitted: RunFolder) -> None:
    metrics = json.loads(fitted.metrics.read_text())
    assert metrics["mean"]["psnr"] > 28
    assert metrics["mean"]["lpips"].startswith("unavailable")
    assert metrics["views"] == len(metrics["per_view"]) == 3
    mean = np.mean([view["psnr"] for view in metrics["per_view"].values()])
    assert metrics["mean"]["psnr"] == pytest.approx(mean)


def test_the_run_folder_is_complete(fitted: RunFolder, ball_scene: Path) -> None:
    manifest = fitted.read_manifest()
    assert manifest["status"] == "finished"
    assert manifest["steps"] == 400
    assert manifest["scene"]["split"]["test"] == ["test/r_0.png", "test/r_1.png", "test/r_2.png"]
    stored = {**digest(ball_scene)}
    assert manifest["scene"]["sha256"] == {name: stored[name] for name in manifest["scene"]["sha256"]}
    assert len(manifest["scene"]["sha256"]) == 21  # 19 pictures and two JSON files
    again = resolve(str(fitted.recipe)).to_json()
    assert again == json.loads(fitted.recipe.read_text())
    pictures = sorted(p.name for p in (fitted.pictures / "test").iterdir())
    assert pictures == [f"r_{i}.{kind}.png" for i in range(3) for kind in ("render", "truth")]
    header = fitted.splats.read_bytes()[:2000].decode("latin-1").partition("end_header")[0]
    assert header.count("property float") == 62
    suffixes = {path.suffix for path in fitted.path.rglob("*") if path.is_file()}
    assert suffixes <= {".json", ".ply", ".png", ".safetensors"}  # nothing pickled


def test_the_metrics_are_those_of_the_written_pictures(fitted: RunFolder) -> None:
    metrics = json.loads(fitted.metrics.read_text())["per_view"]["test/r_1.png"]
    read = [np.asarray(Image.open(fitted.pictures / f"test/r_1.{kind}.png")) / 255 for kind in ("render", "truth")]
    assert -10 * np.log10(np.mean((read[0] - read[1]) ** 2)) == pytest.approx(metrics["psnr"], abs=1e-4)


def test_splats_are_in_the_frame_of_the_input(fitted: RunFolder, ball_scene: Path) -> None:
    """Rendered through the input's own cameras, the file shows the input's own pictures."""
    scene = load_scene(ball_scene)
    reconstruction = recon3d.load(fitted.splats)
    view = scene.test[1]
    picture = reconstruction.render(view.cameras).colour
    assert float(((picture - view.images) ** 2).mean()) < 10**-2.6
    assert torch.allclose(recon3d.load(fitted.path).cameras("test").centres, scene.test.cameras.centres, atol=1e-5)


def test_evaluating_again_gives_the_same_numbers(fitted: RunFolder, ball_scene: Path) -> None:
    before = json.loads(fitted.metrics.read_text())
    assert evaluate_run(fitted.path)["mean"] == before["mean"]
    assert json.loads(fitted.metrics.read_text()) == before


@pytest.mark.skipif(cpu.instruction_set() is None, reason="the CPU kernels are not built")
@pytest.mark.parametrize("recipe", ["splat_mcmc", "splat"])
def test_same_seed_same_bits_on_any_number_of_threads(ball_scene: Path, tmp_path: Path, recipe: str) -> None:
    files = []
    for name, threads in (("a", 1), ("b", 2), ("c", 1)):
        cpu.set_threads(threads)
        files.append(run(ball_scene, tmp_path / name, recipe=recipe).splats.read_bytes())
    cpu.set_threads(cpu.default_threads())
    assert files[0] == files[1] == files[2]
    other = run(ball_scene, tmp_path / "d", recipe=recipe, seed=1).splats.read_bytes()
    assert other != files[0]


@pytest.mark.parametrize("recipe", ["splat_mcmc", "splat"])
def test_resume_after_an_interruption_gives_the_same_bits(
    ball_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    whole = run(ball_scene, tmp_path / "whole", recipe=recipe).splats.read_bytes()
    observe = Progress.observe

    def stop_at_70(self: Progress, moment: object, text: str, **values: object) -> None:
        observe(self, moment, text, **values)
        if moment.clock.step == 70:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Progress, "observe", stop_at_70)
    with pytest.raises(Interrupted) as stopped:
        run(ball_scene, tmp_path / "parts", recipe=recipe)
    assert stopped.value.exit_code == 130
    assert RunFolder.open(tmp_path / "parts").read_manifest()["status"] == "stopped"
    assert (tmp_path / "parts" / "splats.ply").is_file()
    monkeypatch.setattr(Progress, "observe", observe)
    again = resumed_request(FitRequest(ball_scene, tmp_path / "parts", resolve("splat_mcmc"), SceneOptions()))
    assert fit_scene(again, Progress("quiet"), resume=True).splats.read_bytes() == whole


def test_a_time_budget_ends_the_fit(ball_scene: Path, tmp_path: Path) -> None:
    timed = replace(request(ball_scene, tmp_path / "run"), steps=None, seconds=1.5)
    manifest = fit_scene(timed, Progress("quiet")).read_manifest()
    assert manifest["steps"] > 0
    assert manifest["seconds"] >= 1.5


def test_an_existing_output_is_left_alone(ball_scene: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    before = digest(tmp_path)
    for overwrite in (False, True):
        with pytest.raises(BadInput) as refused:
            fit_scene(request(ball_scene, tmp_path / "mine"), Progress("quiet"), overwrite=overwrite)
        assert refused.value.exit_code == 3
    assert digest(tmp_path) == before


def test_overwriting_waits_until_the_scene_has_been_read(ball_scene: Path, tmp_path: Path) -> None:
    old = run(ball_scene, tmp_path / "run", steps=5)
    before = digest(old.path)
    with pytest.raises(BadInput):
        fit_scene(request(tmp_path / "nowhere", old.path), Progress("quiet"), overwrite=True)
    assert digest(old.path) == before
    fit_scene(request(ball_scene, old.path, steps=6), Progress("quiet"), overwrite=True)
    assert digest(old.path) != before


def test_resuming_a_run_of_another_scene_is_refused(fitted: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a run of"):
        resumed_request(request(tmp_path, fitted.path))


def test_the_scene_is_not_changed(ball_scene: Path, tmp_path: Path) -> None:
    before = digest(ball_scene)
    run(ball_scene, tmp_path / "run", steps=5)
    assert digest(ball_scene) == before


def test_a_checkpoint_is_saved_while_fitting(ball_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = []
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.0)
    save = module.checkpoint.save
    monkeypatch.setattr(module.checkpoint, "save", lambda r, step, t, s: (saved.append(step), save(r, step, t, s)))
    run(ball_scene, tmp_path / "run", steps=4)
    assert saved == [0, 1, 2, 3, 4, 4]
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 1
