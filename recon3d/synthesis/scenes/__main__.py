"""Look at what is made: `python -m recon3d.synthesis.scenes FOLDER` writes a sheet of scenes, each from four places."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from recon3d.errors import Recon3dError
from recon3d.io.images import write_image
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.pictures import photographed
from recon3d.synthesis.objects.stock import ObjectStock
from recon3d.synthesis.scenes.kinds import any_scene

SIDE, VIEWS, THINGS = 160, 4, 24


def main() -> None:
    """Parse the command line, make what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m recon3d.synthesis.scenes", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the sheet goes")
    parser.add_argument("--count", type=int, default=6, help="how many scenes")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first; the others follow it")
    arguments = parser.parse_args()
    things = ObjectStock(arguments.seed, THINGS, 1)
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for seed in range(arguments.seed, arguments.seed + arguments.count):
            dice = Dice(seed)
            built = any_scene(dice, lambda k: things[k % THINGS].mesh)
            views = photographed(built.mesh, built.stand.cameras(dice, np.linspace(-1, 1, VIEWS).tolist(), SIDE))
            rows.append(torch.cat([*views.images], 1))
        write_image(arguments.folder / "scenes.png", torch.cat(rows).numpy())
    except Recon3dError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    print(f"{arguments.folder / 'scenes.png'}: {arguments.count} scenes")


if __name__ == "__main__":
    main()
