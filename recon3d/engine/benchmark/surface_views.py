"""A surface as some of the scene's own cameras see it: beside the photo, shaded, and coloured by its distance to the
scan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.spatial import cKDTree
from torch import Tensor

from recon3d.engine.benchmark.views import KINDS, coloured, evenly_spread, small
from recon3d.io.images import write_image
from recon3d.meshing.cleaning import simplified
from recon3d.renderers.raster import Config, Raster
from recon3d.types import Cameras, LazyViews, Mesh

RANKS = ("first", "middle", "last")
FACES = 200_000
"""Of the mesh that is shown: more would not be seen."""
FULL_DISTANCE = 5.0
"""Millimetres that the last colour of the ramp stands for."""


def show_surface(
    mesh: Mesh, scan: Float[np.ndarray, "n 3"], photos: LazyViews, pictures: Path
) -> dict[str, dict[str, Any]]:
    """Write photo, surface and distance of three views as <rank>.<kind>.png; which they are, by their ranks.

    The photos are in the mesh's frame; nothing is shown of a mesh without faces.
    """
    if not len(mesh.faces):
        return {}
    pictures.mkdir(parents=True, exist_ok=True)
    few = simplified(mesh, FACES)
    distances = cKDTree(scan).query(few.vertices.double().numpy(), workers=-1)[0]
    colours = coloured(distances[None].astype(np.float32), FULL_DISTANCE)[0]
    painted = Mesh(few.vertices, few.faces, torch.from_numpy(colours))
    chosen = dict(zip(RANKS, evenly_spread(len(photos), len(RANKS)), strict=False))
    for rank, i in chosen.items():
        photo = small(photos[i].images[0].numpy())
        camera = photos.cameras[i].resized(photo.shape[1], photo.shape[0])
        write_image(pictures / f"{rank}.{KINDS[0]}.png", photo)
        write_image(pictures / f"{rank}.{KINDS[1]}.png", seen(few, camera))
        write_image(pictures / f"{rank}.{KINDS[2]}.png", seen(painted, camera))
    return {rank: {"name": photos.names[i], "score": ""} for rank, i in chosen.items()}


def seen(mesh: Mesh, camera: Cameras) -> Float[Tensor, "h w 3"]:
    """The mesh on white; without colours it is shaded."""
    return Raster(Config())(mesh, camera).over(torch.ones(3)).clamp(0, 1)[0]
