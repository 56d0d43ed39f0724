"""export a run as a PLY file or as a web page of its own, or what a training has learnt as safetensors

PLY: 62 floats a Gaussian, as 3D Gaussian Splatting writes them, in the frame of the input. HTML: the viewer with all it
shows in one file, which opens from a disk without a network. Safetensors: the weights in half precision, for recon3d
mesh --weights. What was cut away in the viewer (edits.json in the run folder) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Arguments:
    run: Annotated[Path, tyro.conf.Positional]
    """Run folder, or a file of Gaussians (PLY, SPZ)."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """PLY, HTML or safetensors file to write; by default NAME OF THE RUN.ply."""
    html: bool = False
    """Write NAME OF THE RUN.html instead, where --output says nothing."""
    edits: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """What to leave out; by default edits.json of the run folder, if the viewer has put it there."""
    no_edits: bool = False
    """Leave nothing out."""
    mesh: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """A mesh in the same frame, for the page to show too."""
    overwrite: bool = False
    """Replace the file where it exists."""


def run(words: list[str]) -> int:
    config = (tyro.conf.FlagCreatePairsOff,)
    arguments = tyro.cli(Arguments, args=words, prog="recon3d export", description=__doc__, config=config)

    from recon3d.engine.export import ExportRequest, export

    output = arguments.output or Path(arguments.run.resolve().name + (".html" if arguments.html else ".ply"))
    request = ExportRequest(arguments.run, output, arguments.overwrite, arguments.edits, not arguments.no_edits)
    if output.suffix.lower() == ".html":
        from recon3d.server.page import export_page

        what = export_page(request, arguments.mesh)
    else:
        what = export(request)
    print(f"{output}: {what}, {output.stat().st_size / 2**20:.1f} MiB")
    return 0
