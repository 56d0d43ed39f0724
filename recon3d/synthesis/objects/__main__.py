"""Look at what is made: `python -m recon3d.synthesis.objects FOLDER` writes objects as GLB, and a sheet of pictures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.errors import Recon3dError
from recon3d.io.images import write_image
from recon3d.io.meshes import write_mesh
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.framing import cameras_at, photo_from_object
from recon3d.synthesis.objects.making import procedural_object
from recon3d.synthesis.objects.pictures import photographed
from recon3d.types import Mesh

VIEWS = np.array([[0.0, 0.0], [60.0, 20.0], [180.0, 10.0], [300.0, 45.0]])
"""Azimuths and elevations on the sheet, in the frame of the photo."""
SIDE = 128
Y_UP = torch.tensor([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])


def main() -> None:
    """Parse the command line, make what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m recon3d.synthesis.objects", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the files go")
    parser.add_argument("--count", type=int, default=8, help="how many objects")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first; the others follow it")
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.count)
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        rows = [made(arguments.folder, seed) for seed in seeds]
        write_image(arguments.folder / "sheet.png", torch.cat(rows).numpy())
    except Recon3dError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


def made(folder: Path, seed: int) -> Float[Tensor, "h w 3"]:
    """Write one object as glTF wants it, y up; the row of its pictures over white."""
    mesh = procedural_object(seed)
    path = folder / f"object_{seed}.glb"
    write_mesh(path, mesh.moved(Y_UP))
    print(f"{path}: {len(mesh.faces)} triangles")
    return row_of(mesh, seed)


def row_of(mesh: Mesh, seed: int) -> Float[Tensor, "h w 3"]:
    placed = mesh.moved(photo_from_object(Dice(seed), mesh.vertices).to(mesh.vertices))
    views = photographed(placed, cameras_at(VIEWS, SIDE))
    return torch.cat([*views.over(torch.ones(3))], 1)


if __name__ == "__main__":
    main()
