"""fit Gaussians to a scene: a folder of photos and their cameras

The format is recognised: NeRF-synthetic (transforms_train.json), nerfstudio and instant-ngp (transforms.json), COLMAP
(sparse/), DTU/IDR/NeuS (cameras_sphere.npz). The scene itself is never changed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from recon3d.cli import STARTED, _flags
from recon3d.cli._recipe_flags import named_recipe, overrides_of, with_recipe_flags
from recon3d.engine.recipe_files import DEFAULT, find_recipe


@dataclass(frozen=True)
class Arguments:
    scene: Annotated[Path, tyro.conf.Positional]
    """Folder of the scene."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Run folder to make; by default runs/NAME OF THE SCENE."""
    recipe: str = DEFAULT
    """A recipe of configs/ by name, or a TOML or JSON file."""
    steps: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Steps of the fit; all schedules follow."""
    time_budget: Annotated[str | None, tyro.conf.arg(metavar="TIME")] = None
    """Wall time of the fit, like 90s or 3m, start-up included and scoring not; all schedules follow."""
    downscale: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Divide the pictures' sides by this; by default just enough for sides of at most 1600 pixels."""
    test_every: int = 8
    """Hold out every so many-th picture where the scene has no split of its own; 0 holds out none."""
    seed: int = 0
    """Same seed, steps and machine: the same bits, on any number of threads."""
    background: Literal["auto", "white", "black", "random"] = "auto"
    """Behind pictures with alpha, while fitting; auto is white."""
    resume: bool = False
    """Go on with an interrupted run, with its own recipe and settings."""
    overwrite: bool = False
    """Replace the run that is in the output folder."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    threads: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """CPU threads; by default all cores this process may use."""
    progress: Literal["auto", "line", "plain", "json", "quiet"] = "auto"
    """One line kept up to date (auto, on a terminal), plain lines (auto, elsewhere), JSON lines, or nothing."""


def run(words: list[str]) -> int:
    recipe = find_recipe(named_recipe(words, DEFAULT))
    arguments = tyro.cli(
        with_recipe_flags(Arguments, recipe),
        args=words,
        prog="recon3d fit",
        description=__doc__,
        config=(tyro.conf.FlagCreatePairsOff,),
    )
    seconds = None if arguments.time_budget is None else _flags.seconds(arguments.time_budget)
    return _fit(arguments, seconds, overrides_of(arguments, Arguments), words)


def _fit(arguments: Arguments, seconds: float | None, overrides: dict[str, dict[str, Any]], words: list[str]) -> int:
    from recon3d.engine.fit_scene import FitRequest, fit_scene, resumed_request
    from recon3d.engine.progress import Progress
    from recon3d.engine.recipe import resolve
    from recon3d.io.scene import SceneOptions
    from recon3d.kernels import cpu

    if arguments.background != "auto":
        overrides.setdefault("objective", {})["background"] = arguments.background
    if arguments.threads is not None:
        cpu.set_threads(arguments.threads)
    request = FitRequest(
        arguments.scene,
        arguments.output or Path("runs") / arguments.scene.resolve().name,
        resolve(arguments.recipe, overrides),
        SceneOptions(arguments.downscale, arguments.test_every),
        arguments.steps,
        seconds,
        arguments.seed,
        arguments.device,
        already=time.perf_counter() - STARTED,
        argv=("recon3d", "fit", *words),
    )
    if arguments.resume:
        request = resumed_request(request)
    progress = Progress(arguments.progress)
    run_folder = fit_scene(request, progress, arguments.overwrite, arguments.resume)
    _print_result(run_folder.path)
    return 0


def _print_result(run: Path) -> None:
    """Where everything is, and the score."""
    from recon3d.engine.run_folder import RunFolder
    from recon3d.io.json_files import read_json

    folder = RunFolder(run)
    print(f"splats   {folder.splats}")
    if folder.metrics.is_file():
        mean = read_json(folder.metrics)["mean"]
        print(f"renders  {folder.pictures}")
        print(f"metrics  {folder.metrics}  PSNR {mean['psnr']:.2f} dB, SSIM {mean['ssim']:.4f}")
