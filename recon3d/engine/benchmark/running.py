"""A benchmark from the first scene to the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recon3d.engine import manifest
from recon3d.engine.benchmark import blender, dtu_surface, dtu_views
from recon3d.engine.benchmark.protocols import BenchmarkProtocol, BenchmarkRequest, Case, MeshOfRun
from recon3d.engine.benchmark.report import report
from recon3d.engine.benchmark.runs import FORMAT, folder_of, result_of
from recon3d.engine.benchmark.table import mean_row, rows_of
from recon3d.engine.device import chosen_device
from recon3d.engine.progress import Progress
from recon3d.errors import BadInput, Diverged, PartialResult, Recon3dError
from recon3d.io.atomic import write_json, write_text
from recon3d.metrics.lpips import load_lpips


@dataclass(frozen=True)
class Outcome:
    """What a benchmark leaves: its files, and the table to print."""

    table: Path
    report: Path
    summary: dict[str, Any]


def benchmark(request: BenchmarkRequest, progress: Progress, mesh_of_run: MeshOfRun) -> Outcome:
    """Fit, score and report every scene; table and report are written anew after each. `mesh_of_run` makes the surface
    of a finished run, in the frame of the scene's files.

    Raises BadInput and UsageError where nothing can be run, PartialResult where some fits failed, what the only one
    failed with, and Interrupted; the same words then go on.
    """
    request.recipe.require("objective", "fit", purpose="to fit a scene")
    protocol = protocol_of(request, mesh_of_run)
    cases = protocol.cases()
    _make_output(request.output)
    results: list[dict[str, Any]] = []
    failed: dict[str, Recon3dError] = {}
    for case, seed in [(case, seed) for case in cases for seed in range(request.seeds)]:
        try:
            results.append(result_of(request, protocol, case, seed, progress))
        except (BadInput, Diverged) as trouble:
            failed[f"{case.name}, seed {seed}"] = trouble
            progress.say(f"{case.name}, seed {seed}: {trouble}")
            continue
        outcome = _written(request, protocol, cases, results, failed)
    if not results:
        raise next(iter(failed.values()))
    if failed:
        outcome = _written(request, protocol, cases, results, failed)
        raise PartialResult(
            outcome.report, f"{len(failed)} of {len(cases) * request.seeds} fits failed", "see the report"
        )
    return outcome


def protocol_of(request: BenchmarkRequest, mesh_of_run: MeshOfRun) -> BenchmarkProtocol:
    """The protocol by its name. Raises BadInput for weights of LPIPS that cannot be read."""
    if request.kind == "dtu-surface":
        return dtu_surface.Benchmark(request, mesh_of_run)
    perceptual = None if request.lpips_weights is None else load_lpips(request.lpips_weights)
    kind = blender.Benchmark if request.kind == "blender" else dtu_views.Benchmark
    return kind(request, perceptual)


def _make_output(path: Path) -> None:
    """Raises BadInput for a folder that something else is in."""
    if path.is_dir() and any(path.iterdir()) and not (path / "benchmark.json").is_file():
        raise BadInput(path, "exists and is no benchmark", "name another --output")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(path, f"cannot be made ({error.strerror})", "choose a folder you may write to") from error
    if not (path / "benchmark.json").is_file():
        write_json(path / "benchmark.json", {"format": FORMAT, "rows": []})


def _written(
    request: BenchmarkRequest,
    protocol: BenchmarkProtocol,
    cases: list[Case],
    results: list[dict[str, Any]],
    failed: dict[str, Recon3dError],
) -> Outcome:
    rows = rows_of(results)
    summary = {
        "format": FORMAT,
        "benchmark": request.kind,
        "title": protocol.title,
        "about": list(protocol.about),
        "written": manifest.now(),
        "argv": list(request.argv),
        "machine": manifest.describe_machine(chosen_device(request.device)),
        "versions": manifest.describe_versions(),
        "recipe": request.recipe.to_json(),
        "budget": {"steps": request.steps, "seconds": request.seconds, "seeds": request.seeds},
        "fits": {"wanted": len(cases) * request.seeds, "done": len(results)},
        "departures": protocol.departures(results),
        "failed": {name: str(trouble) for name, trouble in failed.items()},
        "rows": rows,
        "mean": mean_row(rows),
        "results": [f"{r['case']}/seed-{r['seed']}/result.json" for r in results],
    }
    by_name = {case.name: case for case in cases}
    folders = [folder_of(request, by_name[result["case"]], result["seed"]) for result in results]
    outcome = Outcome(request.output / "benchmark.json", request.output / "report.html", summary)
    write_json(outcome.table, summary)
    write_text(outcome.report, report(summary, protocol, results, folders))
    return outcome
