"""show a run, splats or a mesh in a browser

A run folder, a file of Gaussians (PLY, SPZ) or a mesh (GLB, OBJ, PLY). The page can measure, cut away (saved as
edits.json in the run folder, and applied by recon3d export) and plan camera paths (camera_path.json, for recon3d render
--path). Without WebGL2 in the browser, recon3d draws the pictures. Ctrl-C ends it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from recon3d.cli import _flags, _viewing


@dataclass(frozen=True)
class Arguments(_flags.Serving):
    target: Annotated[Path, tyro.conf.Positional]
    """Run folder, or PLY, SPZ, GLB or OBJ file."""
    mesh: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """A mesh in the same frame, to be shown too."""
    up: Literal["x", "y", "z", "-x", "-y", "-z"] | None = None
    """What is up in a file; by default y for meshes and -y for splats. Runs know it from their photos."""


def run(words: list[str]) -> int:
    config = (tyro.conf.FlagCreatePairsOff,)
    arguments = tyro.cli(Arguments, args=words, prog="recon3d view", description=__doc__, config=config)
    _viewing.check(arguments)

    from recon3d.engine.interrupts import listening
    from recon3d.server.app import Answers
    from recon3d.server.opening import open_show
    from recon3d.server.serving import serving

    show = open_show(arguments.target, arguments.mesh, arguments.up)
    with listening() as request, serving(Answers(lambda: show), arguments.host, arguments.port) as address:
        _viewing.announce(address.link, address.port, arguments, address.is_private)
        while request.signal is None:
            time.sleep(0.1)
    return 0
