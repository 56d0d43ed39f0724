"""train a network that makes 3D of photos, on endless made-up objects or scenes

The recipe needs the sections examples, objective and train. What is learnt is written as weights.safetensors, for
recon3d mesh --recipe NAME --weights FILE, or recon3d fit where it takes several posed photos; recon3d export makes a
file half as large of it. Several GPUs: torchrun --nproc-per-node N -m recon3d train ...
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from recon3d.cli import STARTED, _flags
from recon3d.cli._recipe_flags import parsed

DEFAULT = "pocket"


@dataclass(frozen=True)
class Arguments(_flags.Learning):
    output: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Run folder to make; by default runs/NAME OF THE RECIPE."""
    recipe: str = DEFAULT
    """A recipe of configs/ by name, or a TOML or JSON file."""
    weights: Annotated[str | None, tyro.conf.arg(metavar="FILE|OWNER/NAME")] = None
    """Start from these weights instead of random ones."""
    seed: int = 0
    """Same seed, steps, machine and threads: the same weights."""
    threads: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """CPU threads of a step; by default the cores that are left by the processes that make examples."""


def run(words: list[str]) -> int:
    arguments, overrides = parsed(Arguments, words, "train", __doc__, DEFAULT)
    return _train(arguments, overrides, words)


def _train(arguments: Arguments, overrides: dict[str, dict[str, Any]], words: list[str]) -> int:
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
        arguments.seconds,
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
