"""Scenes looked at once: what is written, what fits on from there, what is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import recon3d
from recon3d.cli import run as recon3d_command
from recon3d.engine import look_once
from recon3d.engine.context import context_of
from recon3d.engine.fit_request import FitRequest, Refinement, resumed_request
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.look_once import check_memory, looks_once, reconstruct
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import Recipe, resolve
from recon3d.errors import BadInput, OutOfResources, UsageError
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.io.weights import write_weights

BLOCK = {"width": 32, "heads": 2, "hidden": 64}
SMALL: dict[str, Any] = {"picture": 32, "patch": 8, "cells": 2, "layers": 1, "faintest": 0.0, "block": BLOCK}


def recipe() -> Recipe:
    return resolve("gslrm_small", {"encoder": SMALL})


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of an encoder that has learnt nothing: it begins as the pixels, in the hull."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    write_weights(path, recipe().parts["encoder"].make().state_dict())
    return str(path)


def request(scene: Path, output: Path, weights: str, **more: Any) -> FitRequest:
    return FitRequest(scene, output, recipe(), SceneOptions(views=4), weights=weights, device="cpu", **more)


def test_a_run_holds_what_was_seen(ball_scene: Path, tmp_path: Path, weights: str) -> None:
    run = reconstruct(request(ball_scene, tmp_path / "run", weights), Progress("quiet"))
    loaded = recon3d.load(run.path)
    record = run.read_manifest()
    assert len(loaded.gaussians) == record["gaussians"] > 100
    assert len(record["scene"]["split"]["train"]) == 4
    scores = json.loads(run.metrics.read_text())["mean"]
    assert scores["psnr"] > 15  # the hull of a ball is much like it
    assert len(loaded.cameras("train")) == 4
    assert record["request"]["weights"] == weights
    assert reconstruct(request(ball_scene, tmp_path / "run", weights), Progress("quiet"), resume=True) == run
    assert run.read_manifest() == record
    with pytest.raises(BadInput, match="exists already"):
        reconstruct(request(ball_scene, tmp_path / "run", weights), Progress("quiet"))


def test_refining_begins_with_what_was_seen(ball_scene: Path, tmp_path: Path, weights: str) -> None:
    seen = reconstruct(request(ball_scene, tmp_path / "seen", weights), Progress("quiet"))
    asked = request(ball_scene, tmp_path / "refined", weights, refinement=Refinement(resolve("splat_mcmc"), 3.0))
    refined = reconstruct(asked, Progress("quiet"))
    record = refined.read_manifest()
    assert record["start"] == f"{len(recon3d.load(seen.path).gaussians)} Gaussians to begin with (given)"
    assert record["steps"] > 0
    before, after = (json.loads(run.metrics.read_text())["mean"]["psnr"] for run in (seen, refined))
    assert after > before
    again = resumed_request(asked)
    assert not looks_once(again.recipe)
    assert again.seconds == 3.0
    assert again.refinement is None


def test_fits_begin_with_given_gaussians(ball_scene: Path, tmp_path: Path, weights: str) -> None:
    seen = recon3d.load(reconstruct(request(ball_scene, tmp_path / "seen", weights), Progress("quiet")).path).gaussians
    wanted = FitRequest(ball_scene, tmp_path / "run", resolve("splat"), SceneOptions(), steps=1, start=seen)
    run = fit_scene(wanted, Progress("quiet"))
    made = recon3d.load(run.path).gaussians
    torch.testing.assert_close(made.means, seen.means, atol=0.02, rtol=0)
    field = replace(wanted, recipe=resolve("ngp"), output=tmp_path / "field")
    with pytest.raises(UsageError, match="fits a radiance field"):
        fit_scene(field, Progress("quiet"))


@pytest.mark.parametrize("more", [{"weights": "some.safetensors"}, {"refinement": Refinement(resolve("splat"), 3.0)}])
def test_what_is_for_other_recipes_is_refused(ball_scene: Path, tmp_path: Path, more: dict[str, Any]) -> None:
    wanted = FitRequest(ball_scene, tmp_path / "run", resolve("splat"), SceneOptions(), steps=1, **more)
    with pytest.raises(UsageError, match="have learnt to look"):
        fit_scene(wanted, Progress("quiet"))


@pytest.mark.parametrize("more", [{"steps": 5}, {"seconds": 5.0}])
def test_what_is_for_fits_is_refused(ball_scene: Path, tmp_path: Path, weights: str, more: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"only looks; fit on for a while with --refine"):
        reconstruct(request(ball_scene, tmp_path / "run", weights, **more), Progress("quiet"))


def test_worlds_of_any_unit_and_place_are_seen_alike(ball_scene: Path, tmp_path: Path, weights: str) -> None:
    """A scene in millimetres, far from its origin: nothing of it is cut off, or lost to rounding."""
    moved = tmp_path / "moved"
    shutil.copytree(ball_scene, moved)
    for file in moved.glob("transforms_*.json"):
        content = json.loads(file.read_text())
        for frame in content["frames"]:
            for row, shift in zip(frame["transform_matrix"], (3e3, -4e3, 5e3), strict=False):
                row[3] = row[3] / 500 + shift / 500
        file.write_text(json.dumps(content))
    there = reconstruct(request(moved, tmp_path / "there", weights), Progress("quiet"))
    here = reconstruct(request(ball_scene, tmp_path / "here", weights), Progress("quiet"))
    scores = [json.loads(run.metrics.read_text())["mean"]["psnr"] for run in (there, here)]
    assert scores[0] == pytest.approx(scores[1], abs=0.5)


def test_pictures_that_do_not_fit_into_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_once.manifest, "free_memory", lambda: 2**30)
    check_memory(2**30, torch.device("cpu"))
    with pytest.raises(OutOfResources, match=r"2\.0 GiB are needed, 1\.0 GiB are free; look at fewer"):
        check_memory(2**31, torch.device("cpu"))


def test_contexts_are_small_and_of_one_size(ball_scene: Path) -> None:
    views = load_scene(ball_scene, SceneOptions(views=3)).train
    context = context_of(views, 20)
    assert len(context) == 3
    assert max(context.cameras.size) == 20
    assert context.masks is None
    whole = context_of(views, 10_000)
    assert whole.cameras.size == views.cameras.size
    assert torch.equal(whole.images[1], views[1].images[0])


def test_the_command_line(
    ball_scene: Path, tmp_path: Path, weights: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = [f"--encoder.{k}={v}" for k, v in SMALL.items() if k != "block"]
    settings += [f"--encoder.block.{k}={v}" for k, v in BLOCK.items()]
    words = ["fit", str(ball_scene), "--recipe", "gslrm_small", "--weights", weights, "--views", "3", *settings]
    assert recon3d_command(words) == 0
    shown = capsys.readouterr()
    assert "splats" in shown.out
    assert "Gaussians made of 3 pictures of" in shown.err
    assert recon3d_command([*words, "--refine", "no"]) == 2
    assert "--refine no: is not a length of time" in capsys.readouterr().err
