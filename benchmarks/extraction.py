"""How many nodes of a grid a surface needs: hierarchical extraction beside asking everywhere.

python benchmarks/extraction.py                 256 and 512 nodes a side
python benchmarks/extraction.py --sides 128     a quick look

Fields are signed distances, the calibrated kind, of a ball, a thin ring and a thin plate, an object with many
parts and one with holes; and, of another kind, the log-density that the shipped model makes of a procedural object.
`missed` counts the edges of the grid that the surface crosses by the full grid, but not by ours.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from unseen import procedural

from recon3d.engine.encoder_weights import load_encoder
from recon3d.engine.manifest import describe_machine
from recon3d.engine.recipe import resolve
from recon3d.io.atomic import write_json
from recon3d.meshing.isosurface import FAINTEST, Config, filled_grid

HALF = 0.87
Field = Callable[[Tensor], Tensor]


def ball(points: Tensor) -> Tensor:
    return 0.6 - points.norm(dim=-1)


def ring(points: Tensor) -> Tensor:
    return 0.01 - torch.hypot(points[:, :2].norm(dim=-1) - 0.6, points[:, 2])


def plate(points: Tensor) -> Tensor:
    thickness = 2 * HALF / 200
    return thickness - torch.maximum(points[:, 2].abs(), points[:, :2].norm(dim=-1) - 0.5)


def many_parts(points: Tensor) -> Tensor:
    """Fifty balls of all sizes."""
    chance = torch.Generator().manual_seed(0)
    centres = (torch.rand(50, 3, generator=chance) - 0.5) * 1.3
    radii = 0.02 + 0.15 * torch.rand(50, generator=chance) ** 2
    return (radii - torch.cdist(points, centres)).amax(-1)


def holes(points: Tensor) -> Tensor:
    """A ball with a lattice of tunnels."""
    tunnels = torch.stack(
        [torch.hypot(*(points[:, pair].remainder(0.3) - 0.15).T) for pair in ([0, 1], [0, 2], [1, 2])]
    )
    return torch.minimum(0.7 - points.norm(dim=-1), tunnels.amin(0) - 0.07)


def learnt() -> Field:
    """What the shipped model makes of a photo, as the logarithm of its density over that of the surface."""
    recipe = resolve("pocket")
    encode: Any = load_encoder(recipe, None, lambda line: None)
    (case,) = procedural(1)
    with torch.no_grad():
        seen = encode(case.photo)
    level = math.log(recipe.parts["surface"].config.level)
    return lambda points: seen.query(points)[0].clamp_min(FAINTEST).log() - level


@torch.no_grad()
def row(name: str, field: Field, side: int, config: Config) -> dict[str, Any]:
    grid = filled_grid(field, HALF, 0.0, config)
    axis = (torch.arange(side) * (2 * HALF / (side - 1)) - HALF).clamp_max(HALF)
    missed = crossed = 0
    before, before_ours = None, None
    for x, ours in zip(axis, grid.values > 0, strict=True):
        points = torch.stack(torch.meshgrid(x[None], axis, axis, indexing="ij"), -1).view(-1, 3)
        whole = torch.cat([field(some) for some in points.split(1 << 17)]).view(side, side) > 0
        pairs = [
            (whole[1:] != whole[:-1], ours[1:] != ours[:-1]),
            (whole[:, 1:] != whole[:, :-1], ours[:, 1:] != ours[:, :-1]),
        ]
        if before is not None:
            pairs.append((whole != before, ours != before_ours))
        missed += sum(int((theirs & ~mine).sum()) for theirs, mine in pairs)
        crossed += sum(int(theirs.sum()) for theirs, _ in pairs)
        before, before_ours = whole, ours
    return {"field": name, "side": side, "queries": grid.queries, "fewer": side**3 / grid.queries} | {
        "crossed": crossed,
        "missed": missed,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", type=int, nargs="+", default=[256, 512])
    asked = parser.parse_args()
    fields: dict[str, Field] = {f.__name__.replace("_", " "): f for f in (ball, ring, plate, many_parts, holes)}
    fields["learnt by pocket"] = learnt()
    rows = []
    print("| field | nodes a side | asked | fewer by | crossed edges | missed |\n|---|---|---|---|---|---|")
    for name, field in fields.items():
        for side in asked.sides:
            found = row(name, field, side, Config(resolution=side))
            rows.append(found)
            print(
                f"| {name} | {side} | {found['queries']:,} | {found['fewer']:.1f}x | {found['crossed']:,} "
                f"| {found['missed']} |",
                flush=True,
            )
    write_json(Path("extraction.json"), {"machine": describe_machine(torch.device("cpu")), "rows": rows})


if __name__ == "__main__":
    main()
