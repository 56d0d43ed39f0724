"""render a run or a PLY file: an orbit, the run's own cameras, or a camera path, as PNGs or MP4"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from recon3d.cli import _flags


@dataclass(frozen=True)
class Arguments:
    target: Annotated[Path, tyro.conf.Positional]
    """Run folder or 3DGS PLY file."""
    path: str = "orbit"
    """orbit, train or test (the run's own cameras), or a JSON camera path (nerfstudio's, or like transforms.json)."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER|FILE.mp4")] = None
    """Folder for PNGs or an MP4 file; by default renders/NAME OF THE TARGET-PATH."""
    frames: int = 120
    """Frames of an orbit."""
    size: Annotated[str | None, tyro.conf.arg(metavar="WxH")] = None
    """Picture size; by default that of the run's cameras, or 800x600."""
    fps: Annotated[float | None, tyro.conf.arg(metavar="N")] = None
    """Frames per second of a film; by default the path's own, or 30."""
    up: Literal["x", "y", "z", "-x", "-y", "-z"] = "-y"
    """What is up in a PLY file, for an orbit around it."""
    background: Literal["white", "black"] = "white"
    """Behind what is transparent."""
    depth: bool = False
    """Pictures of the depth instead: near is bright."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    overwrite: bool = False
    """Replace the output where it exists."""


def run(words: list[str]) -> int:
    config = (tyro.conf.FlagCreatePairsOff,)
    arguments = tyro.cli(Arguments, args=words, prog="recon3d render", description=__doc__, config=config)
    size = None if arguments.size is None else _flags.size(arguments.size)

    from recon3d.engine.render import RenderRequest, render

    name = f"{arguments.target.resolve().stem}-{Path(arguments.path).stem}"
    output = arguments.output or Path("renders") / name
    request = RenderRequest(
        arguments.target,
        output,
        arguments.path,
        size,
        arguments.frames,
        arguments.fps,
        arguments.up,
        arguments.background,
        arguments.depth,
        arguments.device,
    )
    count = render(request, arguments.overwrite)
    print(f"{output}: {count} frames")
    return 0
