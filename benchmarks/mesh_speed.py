"""From a photo to a mesh with a model of TripoSR's size, two ways: recon3d's, and TripoSR as one first writes it down.

python benchmarks/mesh_speed.py              the published size; minutes, and 5 GB of memory
python benchmarks/mesh_speed.py --small      a small model, to see whether this script works: its ratios mean nothing

Both get the same random weights (random_triposr.py), the same picture and all cores, each in its own process. The
straightforward way (plain_triposr.py) works in float32 throughout and asks for the density at every node of the grid;
its network runs twice, with attention written out and with torch's fused function for it. recon3d does what
`recon3d mesh --recipe triposr` does (in bfloat16 where the CPU has instructions for it, unless --precision says
otherwise), but for the texture, which the other has none of: here both end with colours of vertices. Reading the
weights is not timed.

Random weights have no surface where the trained ones do, at a density of 25. Here it is where the density is so high
in `INSIDE` of the box only, which makes its area that of an object that fills the box well (it is printed). A trained
field is rougher than this one, so of it recon3d would ask for more nodes than the number that is printed.

The straightforward version also checks recon3d: how far the planes, the density and the mesh drift is printed.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from plain_triposr import PlainTripoSR
from random_triposr import random_tensors
from safetensors.torch import load_file, save_file
from scipy.spatial import cKDTree

from recon3d.engine.encoder_weights import load_encoder
from recon3d.engine.manifest import describe_machine, describe_versions, peak_memory
from recon3d.engine.mesh_photos import field_of, view_of
from recon3d.engine.precision import Precision, is_lowered
from recon3d.engine.recipe import Recipe, resolve
from recon3d.io.atomic import write_json
from recon3d.io.images import write_image
from recon3d.meshing.isosurface import DENSEST, FAINTEST, filled_grid, marched_cubes
from recon3d.meshing.vertex_colours import Config as ColourConfig
from recon3d.meshing.vertex_colours import VertexColours
from recon3d.types import RadianceField

SMALL: dict[str, dict[str, Any]] = {
    "encoder": {"picture": 64, "width": 64, "layers": 2, "heads": 4, "plane": 16, "channels": 8},
    "surface": {"resolution": 49},
}
SMALL["encoder"]["vision"] = {"width": 96, "layers": 2, "heads": 3, "hidden": 384}
INSIDE = 0.1
CHECKED = 33
"""Nodes along the box's side at which the densities are compared."""
SIDES = {"plain": "straightforward", "recon3d": "recon3d"}
STAGES = ("encode", "field", "mesh")
TIMES = ("wall", "cpu")

Row = dict[str, Any]


class Stopwatch:
    """Seconds of wall and of CPU time, of all threads, that named stages take."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    def timed(self, stage: str, call: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        self.rows[stage] = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        return result


def recipe_of(small: bool) -> Recipe:
    return resolve("triposr", SMALL if small else None)


def draw_photo(path: Path) -> None:
    """A striped ball, cut out."""
    y, x = np.mgrid[-1.2:1.2:512j, -1.2:1.2:512j]
    radius = np.hypot(x, y)
    shade = 0.3 + 0.7 * np.sqrt(np.clip(1 - radius**2, 0, 1))
    stripes = 0.5 + 0.4 * np.stack([np.sin(9 * x), np.sin(7 * y + 1), np.cos(5 * (x + y))], -1)
    alpha = np.clip((1 - radius) * 200, 0, 1)
    write_image(path, np.concatenate([stripes * shade[..., None], alpha[..., None]], -1))


def mesh_plainly(folder: Path, recipe: Recipe) -> Row:
    config = recipe.parts["encoder"].config
    tensors, watch = load_file(folder / "weights.safetensors"), Stopwatch()
    model = PlainTripoSR(tensors, config)
    view, _ = view_of(folder / "photo.png", recipe.parts["encoder"].build.viewpoint())
    picture = view.over(torch.tensor([0.5, 0.5, 0.5]))[0]
    planes = watch.timed("encode", lambda: model.planes(picture))
    watch.timed("fused_encode", lambda: PlainTripoSR(tensors, config, fused=True).planes(picture))
    checked = model.density_grid(planes, CHECKED)
    level = float(checked.flatten().quantile(1 - INSIDE))
    write_json(folder / "level.json", level)
    resolution = recipe.parts["surface"].config.resolution
    density = watch.timed("field", lambda: model.density_grid(planes, resolution))

    def mesh() -> tuple[np.ndarray, np.ndarray]:
        vertices, faces = model.surface(density, level)
        model.vertex_colours(planes, vertices)
        return vertices, faces

    vertices, faces = watch.timed("mesh", mesh)
    np.savez(folder / "plain.npz", planes=planes, density=checked, vertices=vertices, faces=faces)
    return {"stages": watch.rows, "asked": resolution**3, "level": level}


def mesh_as_recon3d(folder: Path, recipe: Recipe, precision: Precision) -> Row:
    encode: Any = load_encoder(recipe, str(folder / "weights.safetensors"), lambda line: None)
    view, watch = view_of(folder / "photo.png", encode.viewpoint())[0], Stopwatch()
    field = watch.timed("encode", lambda: field_of(view, encode, precision))
    level = math.log(json.loads((folder / "level.json").read_text()))
    surface = dataclasses.replace(recipe.parts["surface"].config, level=math.exp(level))

    def log_density(points: torch.Tensor) -> torch.Tensor:  # as Isosurface has it
        return field.query(points)[0].clamp(FAINTEST, DENSEST).log()

    grid = watch.timed("field", lambda: filled_grid(log_density, field.half_size, level, surface))
    colour = VertexColours(ColourConfig())
    mesh = watch.timed("mesh", lambda: colour(marched_cubes(grid.values, level, field.half_size), field))
    density = checked_density(field)
    np.savez(
        folder / "recon3d.npz", planes=field.field.planes, density=density, vertices=mesh.vertices, faces=mesh.faces
    )
    lowered = is_lowered(precision, torch.device("cpu"))
    return {"stages": watch.rows, "asked": grid.queries, "precision": "bfloat16" if lowered else "float32"}


def checked_density(field: RadianceField) -> torch.Tensor:
    axis = torch.linspace(-field.half_size, field.half_size, CHECKED)
    points = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).flatten(0, 2)
    return field.query(points)[0].view(CHECKED, CHECKED, CHECKED)


@torch.no_grad()
def run_side(side: str, folder: Path, recipe: Recipe, precision: Precision) -> None:
    """One of the two ways, in a process of its own; leaves SIDE.npz and SIDE.json."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    row = mesh_plainly(folder, recipe) if side == "plain" else mesh_as_recon3d(folder, recipe, precision)
    stages = row["stages"]
    stages["total"] = {kind: sum(stages[stage][kind] for stage in STAGES) for kind in TIMES}
    with np.load(folder / f"{side}.npz") as mesh:
        row["faces"] = len(mesh["faces"])
        corners = mesh["vertices"][mesh["faces"]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    row["area"] = float(np.linalg.norm(normals, axis=1).sum() / 2)
    write_json(folder / f"{side}.json", row | {"peak": peak_memory()})


def compared(folder: Path, half_size: float, resolution: int) -> Row:
    """How far the two results are apart; distances between vertices in voxels of the finest grid. Those are not 0 even
    for the same field, because recon3d places vertices by the logarithm of the density. At the box's sides, where
    recon3d closes the surface, nothing is compared."""
    voxel = 2 * half_size / (resolution - 1)
    with np.load(folder / "plain.npz") as plain, np.load(folder / "recon3d.npz") as own:
        clouds = [mesh["vertices"][np.abs(mesh["vertices"]).max(1) < half_size - voxel] for mesh in (plain, own)]
        apart = [cKDTree(a).query(b)[0] / voxel for a, b in (clouds, clouds[::-1])]
        return {
            "planes_drift": float(np.abs(own["planes"] - plain["planes"]).max() / np.abs(plain["planes"]).max()),
            "density_drift": float(np.abs(own["density"] / plain["density"] - 1).max()),
            "chamfer_voxels": float(apart[0].mean() + apart[1].mean()) / 2,
            "farthest_voxels": float(max(distances.max() for distances in apart)),
        }


def printed(rows: dict[str, Row]) -> None:
    plain, own = (rows[side]["stages"] for side in SIDES)
    fused = {kind: plain["total"][kind] - plain["encode"][kind] + plain["fused_encode"][kind] for kind in TIMES}
    lines = [(stage, plain[stage], own[stage]) for stage in (*STAGES, "total")]
    lines += [("encode, theirs fused", plain["fused_encode"], own["encode"])]
    lines += [("total, theirs fused", fused, own["total"])]
    print("| stage | straightforward, s (CPU s) | recon3d, s (CPU s) | ratio (of CPU) |\n|" + "---|" * 4)
    for stage, a, b in lines:
        times = [f"{side['wall']:.2f} ({side['cpu']:.2f})" for side in (a, b)]
        print(f"| {stage} | {times[0]} | {times[1]} | {a['wall'] / b['wall']:.1f} ({a['cpu'] / b['cpu']:.1f}) |")
    for title, key, unit in (("peak memory, GiB", "peak", 2**30), ("nodes asked", "asked", 1), ("faces", "faces", 1)):
        values = [rows[side][key] / unit for side in SIDES]
        print(f"| {title} | {values[0]:.5g} | {values[1]:.5g} | {values[0] / values[1]:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a quick check of this script")
    parser.add_argument("--photo", type=Path, help="of an object, instead of a drawn one")
    parser.add_argument("--seed", type=int, default=0, help="of the weights")
    parser.add_argument("--precision", choices=get_args(Precision), default="auto", help="of recon3d's network")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        run_side(asked.side, asked.folder, recipe_of(asked.small), asked.precision)
        return
    recipe = recipe_of(asked.small)
    config, resolution = recipe.parts["encoder"].config, recipe.parts["surface"].config.resolution
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_file(random_tensors(config, asked.seed), folder / "weights.safetensors")
        draw_photo(folder / "photo.png")
        if asked.photo:
            (folder / "photo.png").write_bytes(asked.photo.read_bytes())
        for side in SIDES:
            words = [sys.executable, __file__, "--side", side, "--folder", name, "--precision", asked.precision]
            pages = {"THP_MEM_ALLOC_ENABLE": "1"} if side == "recon3d" else {}  # as recon3d.cli has it
            subprocess.run([*words, *(["--small"] if asked.small else [])], env=os.environ | pages, check=True)
        rows = {side: json.loads((folder / f"{side}.json").read_text()) for side in SIDES}
        apart = compared(folder, config.half_size, resolution)
    printed(rows)
    print(f"\nlevel {rows['plain']['level']:.3g}, area {rows['plain']['area']:.2f} in a box of {2 * config.half_size}")
    print(f"recon3d's network in {rows['recon3d']['precision']}: ", end="")
    print(", ".join(f"{key} {value:.2g}" for key, value in apart.items()))
    machine = describe_machine(torch.device("cpu"))
    size = "small" if asked.small else "published"
    result = {"machine": machine, "versions": describe_versions(), "size": size, "drift": apart, "sides": rows}
    write_json(Path("mesh_speed.json"), result)


if __name__ == "__main__":
    main()
