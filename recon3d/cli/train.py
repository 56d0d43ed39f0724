"""train a network that makes 3D of a photo, on endless made-up objects

The recipe needs the sections examples, objective and train. What is learnt is written as weights.safetensors, for
recon3d mesh --recipe NAME --weights FILE; recon3d export makes a file half as large of it. Several GPUs: torchrun
--nproc-per-node N -m recon3d train ...
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from recon3d.cli import STARTED, _flags
from recon3d.cli._recipe_flags import named_recipe, overrides_of, with_recipe_flags
from recon3d.engine.recipe_files import find_recipe

DEFAULT = "pocket"


@dataclass(frozen=True)
class Arguments:
    output: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Run folder to make; by default runs/NAME OF THE RECIPE."""
    recipe: str = DEFAULT
    """A recipe of configs/ by name, or a TOML or JSON file."""
    weights: Annotated[str | None, tyro.conf.arg(metavar="FILE|OWNER/NAME")] = None
    """Start from these weights instead of random ones."""
    steps: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Steps of the training; the learning rate follows."""
    time_budget: Annotated[str | None, tyro.conf.arg(metavar="TIME")] = None
    """Wall time of the training, like 90m or 8h, start-up included; the learning rate follows."""
    seed: int = 0
    """Same seed, steps, machine and threads: the same weights."""
    resume: bool = False
    """Go on with an interrupted run, with its own recipe and settings."""
    overwrite: bool = False
    """Replace the run that is in the output folder."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    threads: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """CPU threads of a step; by default the cores that are left by the processes that make examples."""
    progress: Literal["auto", "line", "plain", "json", "quiet"] = "auto"
    """One line kept up to date (auto, on a terminal), plain lines (auto, elsewhere), JSON lines, or nothing."""


def run(words: list[str]) -> int:
    recipe = find_recipe(named_recipe(words, DEFAULT))
    arguments = tyro.cli(
        with_recipe_flags(Arguments, recipe),
        args=words,
        prog="recon3d train",
        description=__doc__,
        config=(tyro.conf.FlagCreatePairsOff,),
    )
    seconds = None if arguments.time_budget is None else _flags.seconds(arguments.time_budget)
    return _train(arguments, seconds, overrides_of(arguments, Arguments), words)


def _train(arguments: Arguments, seconds: float | None, overrides: dict[str, dict[str, Any]], words: list[str]) -> int:
    from recon3d.engine.device import training_threads, use_threads
    from recon3d.engine.progress import Progress
    from recon3d.engine.recipe import resolve
    from recon3d.engine.train_network import resumed_request, train_network
    from recon3d.engine.training import TrainRequest

    recipe = resolve(arguments.recipe, overrides)
    use_threads(arguments.threads or training_threads(recipe.train.workers if recipe.train else 0))
    request = TrainRequest(
        arguments.output or Path("runs") / recipe.name,
        recipe,
        arguments.steps,
        seconds,
        arguments.seed,
        arguments.device,
        arguments.weights,
        already=time.perf_counter() - STARTED,
        argv=("recon3d", "train", *words),
    )
    if arguments.resume:
        request = resumed_request(request)
    folder = train_network(request, Progress(arguments.progress), arguments.overwrite, arguments.resume)
    if folder is not None:
        print(f"weights   {folder.weights}")
        if scores := folder.read_manifest("train").get("validation"):
            print(f"held out  {folder.validation}  PSNR {scores['psnr']:.2f} dB, IoU {scores['iou']:.3f}")
    return 0
