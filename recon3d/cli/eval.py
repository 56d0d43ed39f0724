"""score a run on its held-out pictures"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Arguments:
    run: Annotated[Path, tyro.conf.Positional]
    """Run folder."""
    scene: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """The scene, where it is no longer where it was."""
    lpips_weights: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Weights of the LPIPS network (safetensors), to score LPIPS too."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""


def run(words: list[str]) -> int:
    arguments = tyro.cli(Arguments, args=words, prog="recon3d eval", description=__doc__)

    from recon3d.engine.evaluate import evaluate_run

    metrics = evaluate_run(arguments.run, arguments.scene, arguments.lpips_weights, arguments.device)
    width = max(len(name) for name in (*metrics["per_view"], "mean"))
    columns = [name for name, value in metrics["mean"].items() if isinstance(value, float)]
    print(" ".join([" " * width, *(f"{name:>11}" for name in columns)]))
    for name, scores in (*metrics["per_view"].items(), ("mean", metrics["mean"])):
        values = (f"{scores[column]:11.4f}" if column in scores else " " * 11 for column in columns)
        print(" ".join([f"{name:<{width}}", *values]))
    if isinstance(metrics["mean"]["lpips"], str):
        print(f"lpips {metrics['mean']['lpips']}")
    return 0
