"""A mesh from all around: what one looks at before one opens it."""

from __future__ import annotations

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine.camera_paths import orbit_from_front
from recon3d.io.images import write_image, write_video
from recon3d.renderers.raster import Config, Raster
from recon3d.types import Cameras, Mesh

BACKGROUND = (0.92, 0.92, 0.92)
ROWS, COLUMNS, VIEW_SIDE = 2, 4, 384
"""Of a sheet of views."""
FRAMES, FPS, FILM_SIDE = 72, 24, 512
"""Of a film: three seconds."""


def write_turntable(path: Path, mesh: Mesh) -> None:
    """A film (.mp4) of one turn around the mesh, or a sheet (.png) of 8 views of it, row after row; both begin at the
    front, +z, with y up, and show colours without lights.

    Raises as `write_video` and `write_image`.
    """
    if path.suffix == ".mp4":
        cameras = orbit_from_front(mesh, FILM_SIDE, FRAMES)
        write_video(path, (seen(mesh, camera)[0] for camera in cameras), FPS)
    else:
        views = seen(mesh, orbit_from_front(mesh, VIEW_SIDE, ROWS * COLUMNS))
        rows = views.unflatten(0, (ROWS, COLUMNS)).transpose(1, 2)  # row, line, column, place in the line
        write_image(path, rows.flatten(2, 3).flatten(0, 1))


def seen(mesh: Mesh, cameras: Cameras) -> Float[Tensor, "v h w 3"]:
    """The mesh before a light background."""
    return Raster(Config())(mesh, cameras).over(torch.tensor(BACKGROUND)).clamp(0, 1)
