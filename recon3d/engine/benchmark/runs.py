"""One case of a benchmark: its fit, which goes on where it was interrupted, and its scores, which are kept."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

from recon3d.engine.benchmark.curve import Curve
from recon3d.engine.benchmark.protocols import BenchmarkProtocol, BenchmarkRequest, Case
from recon3d.engine.benchmark.views import KINDS, score_views
from recon3d.engine.device import chosen_device
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.progress import Progress
from recon3d.engine.reconstruction import load
from recon3d.engine.run_folder import RunFolder
from recon3d.io.atomic import write_json
from recon3d.io.json_files import read_json
from recon3d.io.scene import load_scene

FORMAT = 1
"""Of result.json; others are made anew."""


def folder_of(request: BenchmarkRequest, case: Case, seed: int) -> Path:
    """Where all of one fit is: run/, views/, curve.json and result.json."""
    return request.output / case.name / f"seed-{seed}"


def result_of(
    request: BenchmarkRequest, protocol: BenchmarkProtocol, case: Case, seed: int, progress: Progress
) -> dict[str, Any]:
    """The scores that are there, if they were made of the same with the same settings, or else new ones.

    Raises what `fit_scene` and scoring raise, Interrupted among it; then the next call goes on.
    """
    folder = folder_of(request, case, seed)
    begun = {"format": FORMAT, "case": case.name, "scene": case.scene, "seed": seed}
    begun |= {"settings": settings_of(request, case, seed)}
    before = {} if request.overwrite else _read(folder / "result.json")
    same_fit = before.items() >= begun.items()
    if same_fit and before.get("scoring") == protocol.scoring and _pictures_are_there(folder, before):
        progress.say(f"{case.name}, seed {seed}: is there")
        return before
    run = RunFolder(folder / "run")
    if not (same_fit and _is_finished(run)):
        if not same_fit:
            _clear(folder)
        write_json(folder / "result.json", begun)
        progress.say(f"{case.name}, seed {seed}")
        _fit(request, protocol, case, seed, progress, same_fit)
    result = begun | {"scoring": protocol.scoring, "fit": _described(run), "curve": _read(folder / "curve.json")}
    result |= _scores(request, protocol, case, seed, run, folder / "views")
    write_json(folder / "result.json", result)
    return result


def _fit(
    request: BenchmarkRequest, protocol: BenchmarkProtocol, case: Case, seed: int, progress: Progress, resume: bool
) -> None:
    folder = folder_of(request, case, seed)
    curve = Curve(folder / "curve.json", lambda test: protocol.scorer(case, test))
    fit_request = FitRequest(
        case.folder,
        folder / "run",
        request.recipe,
        case.options,
        request.steps,
        request.seconds,
        seed,
        request.device,
        argv=request.argv,
        evaluate=False,
    )
    fit_scene(fit_request, progress, overwrite=True, resume=resume, watcher=curve)


def settings_of(request: BenchmarkRequest, case: Case, seed: int) -> dict[str, Any]:
    """All that decides what a fit becomes, in JSON values."""
    settings = {
        "scene": str(case.folder.resolve()),
        "options": case.options.to_json(),
        "recipe": request.recipe.to_json(),
        "steps": request.steps,
        "seconds": request.seconds,
        "seed": seed,
        "device": request.device,
    }
    known: dict[str, Any] = json.loads(json.dumps(settings))
    return known


def finite(values: dict[str, float]) -> dict[str, float | None]:
    """The same with None for what JSON cannot hold."""
    return {key: value if math.isfinite(value) else None for key, value in values.items()}


def _scores(
    request: BenchmarkRequest, protocol: BenchmarkProtocol, case: Case, seed: int, run: RunFolder, views: Path
) -> dict[str, Any]:
    surface = protocol.surface(case, run.path, seed, views)
    if surface is not None:
        return {"mean": finite(surface.scores), "per_view": {}, "shown": surface.shown}
    device, test = chosen_device(request.device), load_scene(case.folder, case.options).test
    scorer = protocol.scorer(case, test)
    assert scorer is not None
    scores = score_views(load(run.path, str(device)), test, scorer, device, views)
    per_view = {name: finite(values) for name, values in scores["per_view"].items()}
    return {"mean": finite(scores["mean"]), "per_view": per_view, "shown": scores["shown"]}


def _described(run: RunFolder) -> dict[str, Any]:
    """What a report tells of the fit."""
    record = run.read_manifest()
    split = record["scene"]["split"]
    known = {
        key: record.get(key)
        for key in ("steps", "seconds", "cpu_seconds", "gaussians", "parameters", "peak_memory", "begun")
    }
    return {
        **known,
        "size": ", ".join(record["scene"]["size"]),
        "train": len(split["train"]),
        "test": len(split["test"]),
        "notes": record["scene"]["notes"],
        "machine": record["machine"],
        "versions": record["versions"],
    }


def _is_finished(run: RunFolder) -> bool:
    return run.manifest.is_file() and run.read_manifest()["status"] == "finished"


def _pictures_are_there(folder: Path, result: dict[str, Any]) -> bool:
    return all((folder / "views" / f"{rank}.{kind}.png").is_file() for rank in result["shown"] for kind in KINDS)


def _clear(folder: Path) -> None:
    """Leave nothing of what was fitted with other settings but the run, which the new one takes the place of."""
    shutil.rmtree(folder / "views", ignore_errors=True)
    for name in ("curve.json", "result.json"):
        (folder / name).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)


def _read(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}
