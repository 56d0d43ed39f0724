"""fit and score published scenes by the published protocols, and write a report

blender: NeRF-synthetic, views on white. dtu-views: DTU, new views of the object, from 3, 6 or 9 pictures by the
published split (--views), or else from all but every eighth. dtu-surface: DTU, Chamfer distance to the scans, which are
looked for beside the scenes or in --ground-truth (Points/stl/ and ObsMask/, as DTU publishes them). The same words
again go on where a run was interrupted; what is there is not fitted again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from recon3d.cli import _flags
from recon3d.cli._recipe_flags import parsed
from recon3d.engine.recipe_files import DEFAULT


@dataclass(frozen=True)
class Arguments:
    benchmark: Annotated[Literal["blender", "dtu-views", "dtu-surface"], tyro.conf.Positional]
    """Which one."""
    path: Annotated[Path, tyro.conf.Positional]
    """Folder of a scene, or of scenes."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Where benchmark.json, report.html and the runs go; by default runs/benchmark-NAME."""
    recipe: str = DEFAULT
    """A recipe of configs/ by name, or a TOML or JSON file."""
    steps: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Steps of every fit."""
    time_budget: Annotated[str | None, tyro.conf.arg(metavar="TIME")] = None
    """Wall time of every fit, like 90s, 3m or 8h."""
    seeds: Annotated[int, tyro.conf.arg(metavar="N")] = 1
    """Fit every scene by so many seeds."""
    views: Literal["all", "3", "6", "9"] = "all"
    """DTU: learn from so few pictures; surfaces know 3 only."""
    masks: Literal["auto", "on", "off"] = "auto"
    """DTU: whether fits are told what the object is; auto is on for surfaces and off for views."""
    ground_truth: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """DTU's Points and ObsMask."""
    lpips_weights: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Weights of the LPIPS network (safetensors), to score LPIPS too."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    threads: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """CPU threads; by default all cores this process may use."""
    progress: Literal["auto", "line", "plain", "json", "quiet"] = "auto"
    """One line kept up to date (auto, on a terminal), plain lines (auto, elsewhere), JSON lines, or nothing."""
    overwrite: bool = False
    """Fit everything again, whatever is there."""


def run(words: list[str]) -> int:
    arguments, overrides = parsed(Arguments, words, "benchmark", __doc__, DEFAULT)
    return _benchmark(arguments, overrides, words)


def _benchmark(arguments: Arguments, overrides: dict[str, dict[str, Any]], words: list[str]) -> int:
    from recon3d.engine.benchmark.meshes import mesh_of_run
    from recon3d.engine.benchmark.protocols import BenchmarkRequest
    from recon3d.engine.benchmark.running import benchmark
    from recon3d.engine.progress import Progress
    from recon3d.engine.recipe import resolve
    from recon3d.kernels import cpu

    if arguments.threads is not None:
        cpu.set_threads(arguments.threads)
    request = BenchmarkRequest(
        arguments.benchmark,
        arguments.path,
        arguments.output or Path("runs") / f"benchmark-{arguments.benchmark}",
        resolve(arguments.recipe, overrides),
        arguments.steps,
        None if arguments.time_budget is None else _flags.seconds(arguments.time_budget),
        arguments.seeds,
        None if arguments.views == "all" else int(arguments.views),
        arguments.masks,
        arguments.ground_truth,
        arguments.lpips_weights,
        arguments.device,
        arguments.overwrite,
        argv=("recon3d", "benchmark", *words),
    )
    outcome = benchmark(request, Progress(arguments.progress), mesh_of_run)
    _print_table(outcome.summary)
    print(f"report   {outcome.report}")
    print(f"numbers  {outcome.table}")
    return 0


def _print_table(summary: dict[str, Any]) -> None:
    """Scores by scene and their means, as in the report."""
    from recon3d.engine.benchmark.protocols import SCORES

    rows = [*summary["rows"], {**summary["mean"], "case": "mean"}]
    columns = [key for key in (*SCORES, "seconds") if any(row.get(key) is not None for row in rows)]
    width = max(len(row["case"]) for row in rows)
    print(" ".join([" " * width, *(f"{column:>12}" for column in columns)]))
    for row in rows:
        values = (" " * 12 if row.get(column) is None else f"{row[column]:12.4f}" for column in columns)
        print(" ".join([f"{row['case']:<{width}}", *values]))
    for departure in summary["departures"]:
        print(f"not the published measurement: {departure}")
