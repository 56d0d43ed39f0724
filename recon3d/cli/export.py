"""export the Gaussians of a run as a PLY file, or what a training has learnt as safetensors

PLY: 62 floats a Gaussian, as 3D Gaussian Splatting writes them, in the frame of the input. Safetensors: the weights in
half precision, for recon3d mesh --weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Arguments:
    run: Annotated[Path, tyro.conf.Positional]
    """Run folder."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """PLY or safetensors file to write; by default NAME OF THE RUN.ply."""
    overwrite: bool = False
    """Replace the file where it exists."""


def run(words: list[str]) -> int:
    config = (tyro.conf.FlagCreatePairsOff,)
    arguments = tyro.cli(Arguments, args=words, prog="recon3d export", description=__doc__, config=config)

    from recon3d.engine.export import export

    output = arguments.output or Path(f"{arguments.run.resolve().name}.ply")
    what = export(arguments.run, output, arguments.overwrite)
    print(f"{output}: {what}, {output.stat().st_size / 2**20:.1f} MiB")
    return 0
