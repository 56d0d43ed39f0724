"""Objects that no network of recon3d has learnt from, each photographed once, and seen by held-out cameras all around.

Procedural ones have the seeds that trainings leave alone. Scanned ones are those of the shared data, which may be
absent; their textures are shown as they are, without light. Two of them are white all over, so that over white nothing
would be seen: they are shown in grey, by the angle at which the camera looks at them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from recon3d.geometry.photo_frame import HALF_SIZE
from recon3d.io.meshes import read_mesh
from recon3d.renderers.raster import Config, Raster
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.framing import cameras_at, framed, outermost, photo_camera, turned_to
from recon3d.synthesis.objects.making import RESERVED, procedural_object
from recon3d.types import Cameras, Mesh, Views

SCANNED = Path(os.environ.get("RECON3D_SHARED", "../shared")) / "data" / "objects"
PHOTO_SIDE, SIDE = 512, 128
"""Pixels along a side of a photo, and of the pictures that are compared."""
HIGHEST = 30.0
"""Photos are taken from the horizon up to so many degrees above it."""
HELD_OUT = [(22.5 + 45 * i, 30.0 * (i % 2)) for i in range(8)]
"""Azimuths and elevations, in degrees, of the cameras whose views are compared; the photo's own is at (0, 0)."""
STREAM = 7
"""Keeps these seeds apart from those of other dice."""


@dataclass(frozen=True)
class Case:
    """An object in the frame of its photo."""

    name: str
    mesh: Mesh
    photo: Views
    targets: Views


def procedural(count: int, first: int = RESERVED) -> Iterator[Case]:
    """Seeds from `first` on. Those below RESERVED are for training."""
    for index in range(count):
        yield photographed(f"seed {first + index:#x}", procedural_object(first + index), index)


def scanned() -> Iterator[Case]:
    """All there are, by their names."""
    for index, (name, mesh) in enumerate(scanned_meshes()):
        yield photographed(name, mesh, index)


def scanned_meshes() -> Iterator[tuple[str, Mesh]]:
    """With their names; z is up in these files."""
    for path in sorted(SCANNED.glob("*.glb")):
        mesh = read_mesh(path)
        white = mesh.colours is not None and bool((mesh.colours == 1).all())
        yield path.stem, Mesh(mesh.vertices, mesh.faces) if white else mesh


def photographed(name: str, mesh: Mesh, seed: int) -> Case:
    """From any side; which one follows from the seed."""
    placed = mesh.moved(photo_from_object(Dice((STREAM, seed)), mesh))
    photo, targets = (seen(placed, cameras) for cameras in (photo_camera(PHOTO_SIDE), held_out()))
    return Case(name, placed, photo, targets)


def photo_from_object(dice: Dice, mesh: Mesh) -> torch.Tensor:
    """As for training, but for the directions: those from which the object stays within the box."""
    points = outermost(mesh.vertices.numpy())
    while True:
        turn = turned_to(dice.between(0, 360), dice.between(0, HIGHEST))
        scale, shift = framed(points @ turn.T)
        if np.abs(scale * points @ turn.T + shift).max() <= HALF_SIZE:
            matrix = torch.eye(4)
            matrix[:3, :3], matrix[:3, 3] = torch.from_numpy(scale * turn), torch.from_numpy(shift)
            return matrix


def held_out() -> Cameras:
    return cameras_at(np.array(HELD_OUT), SIDE)


def seen(mesh: Mesh, cameras: Cameras) -> Views:
    shown = Raster(Config())(mesh, cameras)
    return Views(cameras, shown.colour, shown.alpha)
