"""`recon3d train` as a user meets it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import balls
import pytest
import torch
from safetensors.torch import load_file

from recon3d import cli
from recon3d.engine import recipe as recipes


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe file whose examples are balls, as if these were a part of recon3d."""
    names = recipes.part_names
    monkeypatch.setitem(sys.modules, "recon3d.synthesis.examples.balls", balls)
    monkeypatch.setattr(recipes, "part_names", lambda section: [*names(section), "balls"])
    path = tmp_path / "balls.json"
    path.write_text(json.dumps(balls.recipe(held_out=1).to_json()))
    return path


def train(*words: object) -> int:
    threads = torch.get_num_threads()
    try:
        return cli.run(["train", "--threads", "1", "--device", "cpu", *(str(word) for word in words)])
    finally:
        torch.set_num_threads(threads)


def test_train_and_resume(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--recipe", recipe, "--output", tmp_path / "run"]
    assert train(*words, "--steps", 3, "--progress", "plain") == 0
    said = capsys.readouterr()
    assert "step 3: held out PSNR" in said.err
    assert "examples/s" in said.err
    assert f"weights   {tmp_path / 'run' / 'weights.safetensors'}" in said.out

    assert train(*words, "--steps", 3) == 3
    assert "exists already; name another --output, or add --resume or --overwrite" in capsys.readouterr().err
    assert train(*words, "--steps", 5, "--resume", "--progress", "json") == 0
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert events[0]["text"] == "resumed at step 3"
    steps = [event for event in events if event["event"] == "step"]
    assert steps[-1]["step"] == 5
    assert steps[-1].keys() >= {"loss", "psnr", "examples_per_second", "waiting", "eta"}
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["argv"][:2] == ["recon3d", "train"]
    assert manifest["request"]["steps"] == 5


def test_starting_from_weights(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--recipe", recipe, "--steps", 1, "--progress", "plain"]
    assert train(*words, "--output", tmp_path / "a") == 0
    assert train(*words, "--output", tmp_path / "b", "--weights", tmp_path / "a" / "weights.safetensors") == 0
    assert "sha256" in capsys.readouterr().err
    assert train(*words, "--output", tmp_path / "c", "--weights", tmp_path / "none.safetensors") == 3
    assert not (tmp_path / "c").exists()


def test_exported_weights_are_half_as_large(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, exported = tmp_path / "run", tmp_path / "small.safetensors"
    assert train("--recipe", recipe, "--output", run, "--steps", 1) == 0
    assert cli.run(["export", str(run), "--output", str(exported)]) == 0
    assert " weights, " in capsys.readouterr().out
    whole, half = load_file(run / "weights.safetensors"), load_file(exported)
    assert whole.keys() == half.keys()
    assert all(tensor.dtype == torch.float16 for tensor in half.values())
    for name, tensor in whole.items():
        torch.testing.assert_close(half[name].float(), tensor, rtol=1e-3, atol=1e-6)
    assert cli.run(["export", str(run), "--output", str(tmp_path / "run.ply")]) == 3
    assert "was made by recon3d train" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--recipe", "triposr"], 2, "has no section objective, which is needed to train"),
        (["--recipe", "splat"], 2, "has no section examples, which is needed to train"),
        (["--recipe", "nothing"], 2, "choose from"),
        (["--recipe", "splat", "--time-budget", "soon"], 2, "is not a length of time"),
    ],
)
def test_what_cannot_work_is_said(
    words: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["train", "--output", str(tmp_path / "run"), *words]) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_training_is_not_evaluated_or_rendered_as_a_scene(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train("--recipe", recipe, "--output", tmp_path / "run", "--steps", 1, "--progress", "quiet") == 0
    for verb in ("eval", "render"):
        assert cli.run([verb, str(tmp_path / "run")]) == 3
        assert "was made by recon3d train, not by recon3d fit" in capsys.readouterr().err
    assert cli.run(["fit", "scenes/ketch", "--output", str(tmp_path / "run"), "--resume"]) == 3
    assert "was made by recon3d train" in capsys.readouterr().err
