"""The files that a mesh is written to: itself, and pictures of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Literal

from recon3d.engine.export import refuse_existing_file
from recon3d.errors import Missing, UsageError
from recon3d.io.meshes import SUFFIXES

Pictured = Literal["none", "png", "mp4"]
"""How a mesh is shown from all around: not at all, as a sheet of views, or as a film."""


def rendering_of(output: Path, pictured: Pictured) -> Path:
    """The file of a mesh's pictures."""
    return output.with_name(f"{output.stem}.render.{pictured}")


def check_outputs(outputs: tuple[Path, ...], pictured: Pictured, overwrite: bool) -> None:
    """Raises UsageError for files that are no meshes, as `refuse_existing_file`, and Missing for a film that cannot be
    made."""
    for output in outputs:
        if output.suffix.lower() not in SUFFIXES:
            raise UsageError(output, "is not a mesh file", f"choose one of {', '.join(SUFFIXES)}")
        refuse_existing_file(output, overwrite)
        if pictured != "none":
            refuse_existing_file(rendering_of(output, pictured), overwrite)
    if pictured == "mp4" and importlib.util.find_spec("imageio_ffmpeg") is None:
        raise Missing("--render mp4", "a film needs imageio-ffmpeg", "pip install 'recon3d[video]'")
