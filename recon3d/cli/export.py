"""export the Gaussians of a run as a PLY file

62 floats a Gaussian, as 3D Gaussian Splatting writes them, in the frame of the input.
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
    """PLY file to write; by default NAME OF THE RUN.ply."""
    overwrite: bool = False
    """Replace the file where it exists."""


def run(words: list[str]) -> int:
    config = (tyro.conf.FlagCreatePairsOff,)
    arguments = tyro.cli(Arguments, args=words, prog="recon3d export", description=__doc__, config=config)

    from recon3d.engine.export import export_ply

    output = arguments.output or Path(f"{arguments.run.resolve().name}.ply")
    count = export_ply(arguments.run, output, arguments.overwrite)
    print(f"{output}: {count} Gaussians, {output.stat().st_size / 2**20:.1f} MiB")
    return 0
