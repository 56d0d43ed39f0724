"""Training as a whole: what it learns and writes, that it can be killed and resumed, and shared by processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import balls
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from recon3d.engine import learner
from recon3d.engine.encoder_weights import load_encoder
from recon3d.engine.interrupts import Interrupted
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.run_folder import RunFolder
from recon3d.engine.train_network import Session, resumed_request, train_network
from recon3d.engine.training import TrainRequest
from recon3d.engine.validation import HELD_OUT_SEED
from recon3d.errors import BadInput, Diverged, UsageError
from recon3d.metrics.colour_and_mask import ColourAndMask

TESTS = Path(__file__).parents[1]
STEPS = 6

TRAIN_BALLS = """
import json
import sys
from pathlib import Path
import balls
from recon3d.engine.progress import Progress
from recon3d.engine.train_network import train_network
from recon3d.engine.training import TrainRequest
import torch
torch.set_num_threads(1)
request = TrainRequest(Path(sys.argv[1]), balls.recipe(**json.loads(sys.argv[3])), steps=int(sys.argv[2]), device="cpu")
train_network(request, Progress("quiet"))
"""


@pytest.fixture(autouse=True)
def one_thread():
    """The network is far too small to be shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def request(output: Path, steps: int = STEPS, seen: balls.Config | None = None, **settings: Any) -> TrainRequest:
    return TrainRequest(output, balls.recipe(seen, **settings), steps=steps, device="cpu")


def run(output: Path, steps: int = STEPS, **settings: Any) -> RunFolder:
    folder = train_network(request(output, steps, **settings), Progress("quiet"))
    assert folder is not None
    return folder


def lines(folder: RunFolder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in folder.log.read_text().splitlines()]


def state_of(folder: RunFolder) -> dict[str, Tensor]:
    """Everything that a training has learnt and remembers."""
    (path,) = folder.checkpoints.iterdir()
    return load_file(path)


def check_same_bits(folder: RunFolder, other: RunFolder) -> None:
    assert folder.weights.read_bytes() == other.weights.read_bytes()
    mine, theirs = state_of(folder), state_of(other)
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = run(tmp_path_factory.mktemp("train") / "whole", held_out=2, validate_every=4)
    torch.set_num_threads(before)
    return folder


def test_two_balls_are_learnt_by_heart(tmp_path: Path) -> None:
    seen = balls.Config(count=2)
    log = lines(run(tmp_path / "run", 80, seen=seen, learning_rate=1e-2))
    first, last = (np.mean([line["loss"] for line in part]) for part in (log[:5], log[-5:]))
    assert last < first / 8


def test_procedural_objects_can_be_learnt_from(tmp_path: Path) -> None:
    pytest.importorskip("manifold3d")
    values = {**balls.recipe(held_out=1).to_json(), "examples": {"name": "object_photos", "picture": 32, "views": 2}}
    (tmp_path / "recipe.json").write_text(json.dumps(values))
    asked = TrainRequest(tmp_path / "run", resolve(str(tmp_path / "recipe.json")), steps=2, device="cpu")
    folder = train_network(asked, Progress("quiet"))
    assert np.isfinite([line["loss"] for line in lines(folder)[:2]]).all()
    assert resolve(str(folder.recipe)) == asked.recipe


def test_the_run_folder_is_complete(whole: RunFolder) -> None:
    manifest = whole.read_manifest("train")
    assert manifest["status"] == "finished"
    assert manifest["steps"] == STEPS
    assert manifest["examples"] == 2 * STEPS
    assert 0 < manifest["computing_share"] <= 1
    assert manifest["skipped"] == 0
    assert manifest["validation"].keys() == {"psnr", "iou"}
    steps = [line for line in lines(whole) if "loss" in line]
    assert [line["step"] for line in steps] == list(range(1, STEPS + 1))
    looks = [line for line in lines(whole) if "validation_psnr" in line]
    assert [line["step"] for line in looks] == [4, STEPS]
    assert sorted(path.name for path in whole.validation.iterdir()) == ["00000004.png", "00000006.png"]
    suffixes = {path.suffix for path in whole.path.rglob("*") if path.is_file()}
    assert suffixes == {".json", ".jsonl", ".png", ".safetensors"}  # nothing pickled


def test_the_sheet_shows_every_example_and_target(whole: RunFolder) -> None:
    sheet = np.asarray(Image.open(whole.validation / "00000004.png"))
    side = 24
    cell = side + 2 * 2
    assert sheet.shape == (2 * cell, (1 + 2 * 2) * cell, 3)
    context = balls.Balls(balls.Config(), HELD_OUT_SEED)[0].context
    drawn = (context.over(torch.ones(3))[0] * 255 + 0.5).byte().numpy()
    assert np.array_equal(sheet[2 : 2 + side, 2 : 2 + side], drawn)


def test_the_weights_are_the_averaged_ones_and_load_as_published_ones_do(whole: RunFolder) -> None:
    encoder = load_encoder(balls.recipe(), str(whole.weights), lambda text: None)
    averaged = {k.removeprefix("average."): v for k, v in state_of(whole).items() if k.startswith("average.")}
    assert averaged.keys() == encoder.state_dict().keys()
    assert all(torch.equal(value, averaged[name]) for name, value in encoder.state_dict().items())
    assert not torch.equal(averaged["tokens"], state_of(whole)["network.tokens"])


@pytest.mark.parametrize("workers", [0, 1])
def test_resume_after_an_interruption_gives_the_same_bits(
    whole: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    after_step = Session._after_step

    def stop_at_3(self: Session, moment: Any) -> None:
        after_step(self, moment)
        if moment.clock.step == 3:
            signal.raise_signal(signal.SIGTERM)

    asked = request(tmp_path / "run", held_out=2, validate_every=4, workers=workers)
    monkeypatch.setattr(Session, "_after_step", stop_at_3)
    with pytest.raises(Interrupted) as stopped:
        train_network(asked, Progress("quiet"))
    assert stopped.value.exit_code == 143
    assert RunFolder(asked.output).read_manifest("train")["status"] == "stopped"
    monkeypatch.setattr(Session, "_after_step", after_step)
    resumed = train_network(asked, Progress("quiet"), resume=True)
    check_same_bits(resumed, whole)
    assert lines(resumed) == lines(whole)


@contextmanager
def training(
    output: Path, steps: int, launcher: tuple[str, ...] = (), **settings: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """The same in another process, or in several that a launcher starts."""
    script = output.with_suffix(".py")
    script.write_text(TRAIN_BALLS)
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "OMP_NUM_THREADS": "1"}
    words = [sys.executable, *launcher, str(script), str(output), str(steps), json.dumps(settings)]
    process = subprocess.Popen(words, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_resume_after_kill_gives_the_same_bits(whole: RunFolder, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with training(folder.path, STEPS, held_out=2, validate_every=4, checkpoint_every=0.0) as process:
        while process.poll() is None and not (folder.checkpoint.is_file() and step_of(folder) >= 2):
            time.sleep(0.002)
    assert process.returncode == -signal.SIGKILL
    resumed = train_network(request(folder.path, held_out=2, validate_every=4), Progress("quiet"), resume=True)
    check_same_bits(resumed, whole)
    assert lines(resumed) == lines(whole)


def step_of(folder: RunFolder) -> int:
    return int(json.loads(folder.checkpoint.read_text())["step"])


@pytest.mark.parametrize("system", balls.CONTEXT)
def test_two_processes_learn_what_one_does(tmp_path: Path, system: str) -> None:
    """From the same examples: half of them each."""
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone")
    with training(tmp_path / "pair", 3, launcher, batch=2, background="white", system=system) as pair:
        alone = run(tmp_path / "alone", 3, batch=4, background="white", system=system)
        assert pair.wait() == 0
    folders = [RunFolder(tmp_path / name) for name in ("alone", "pair")]
    losses = [[line["loss"] for line in lines(folder) if "loss" in line] for folder in folders]
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    mine, theirs = load_file(alone.weights), load_file(tmp_path / "pair" / "weights.safetensors")
    for name, weight in mine.items():
        torch.testing.assert_close(theirs[name], weight, atol=1e-5, rtol=1e-4)
    record = RunFolder(tmp_path / "pair").read_manifest("train")
    assert (record["processes"], record["examples"]) == (2, 12)


def test_a_step_that_is_not_finite_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, measure = 0, ColourAndMask.__call__

    def nan_in_step_3(self: ColourAndMask, *arguments: Any) -> Tensor:
        nonlocal calls
        calls += 1
        return measure(self, *arguments) * (float("nan") if calls in (5, 6) else 1)

    monkeypatch.setattr(ColourAndMask, "__call__", nan_in_step_3)
    folder = run(tmp_path / "run")
    assert [line["step"] for line in lines(folder) if "skipped" in line] == [3]
    assert folder.read_manifest("train")["skipped"] == 1
    assert all(bool(value.isfinite().all()) for value in state_of(folder).values())


def test_many_such_steps_end_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = ColourAndMask.__call__
    monkeypatch.setattr(learner, "MOST_SKIPPED", 3)
    monkeypatch.setattr(ColourAndMask, "__call__", lambda *arguments: measure(*arguments) * float("inf"))
    with pytest.raises(Diverged, match=r"step 3: .* not finite 3 times in a row") as diverged:
        run(tmp_path / "run")
    assert diverged.value.exit_code == 6
    folder = RunFolder(tmp_path / "run")
    assert folder.read_manifest("train")["status"] == "diverged"
    assert all(bool(value.isfinite().all()) for value in load_file(folder.weights).values())


def test_a_time_budget_ends_the_training(tmp_path: Path) -> None:
    timed = replace(request(tmp_path / "run"), steps=None, seconds=0.6)
    manifest = train_network(timed, Progress("quiet")).read_manifest("train")
    assert manifest["steps"] > 0
    assert manifest["seconds"] >= 0.6


def test_training_goes_on_from_other_weights(whole: RunFolder, tmp_path: Path) -> None:
    asked = replace(request(tmp_path / "run", 1, learning_rate=0.0), weights=str(whole.weights))
    folder = train_network(asked, Progress("quiet"))
    assert folder.weights.read_bytes() == whole.weights.read_bytes()


def test_lower_precision_learns_too(tmp_path: Path) -> None:
    exact, coarse = (lines(run(tmp_path / p, 3, precision=p)) for p in ("float32", "bfloat16"))
    assert exact != coarse
    assert exact[-1]["loss"] == pytest.approx(coarse[-1]["loss"], rel=0.05)


def test_a_fit_is_not_taken_for_a_training_nor_the_other_way_round(whole: RunFolder, tmp_path: Path) -> None:
    from recon3d.engine.evaluate import evaluate_run

    with pytest.raises(BadInput, match="was made by recon3d train, not by recon3d fit"):
        evaluate_run(whole.path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(BadInput, match="was made by recon3d fit, not by recon3d train"):
        resumed_request(request(tmp_path))


def test_recipes_that_cannot_be_trained_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no section objective, which is needed to train"):
        train_network(TrainRequest(tmp_path / "run", resolve("triposr")), Progress("quiet"))
    sections = {"examples": balls.recipe().parts["examples"]}
    splat = resolve("splat")
    fitted = replace(splat, parts={**splat.parts, **sections}, train=balls.recipe().train)
    with pytest.raises(UsageError, match="free_gaussians, learns a single scene; use recon3d fit"):
        train_network(TrainRequest(tmp_path / "run", fitted), Progress("quiet"))
    assert not (tmp_path / "run").exists()


def test_an_existing_run_is_left_alone(whole: RunFolder) -> None:
    before = whole.weights.read_bytes()
    with pytest.raises(BadInput, match="exists already"):
        train_network(request(whole.path), Progress("quiet"))
    assert whole.weights.read_bytes() == before
