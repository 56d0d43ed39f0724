"""From posed photos to a mesh, by `recon3d fit` and `recon3d mesh` as a user would run them: how far from the truth.

python benchmarks/surfaces.py                             ketch, spot, bunny, teapot: two recipes, 3 minutes each
python benchmarks/surfaces.py spot --recipes splat_mcmc,splat --time-budget 3m

The bundled object has 80 views for learning, the others, which are made here (posed_objects.py), 100; all are 400x400
with alpha. Frames are the same, so nothing is aligned. Accuracy is the mean distance from the mesh to the truth,
completeness that from what at least one camera sees of the truth to the mesh, Chamfer the mean of the two; all in
percent of the diagonal of the truth's bounding box. Distances are those between dense samples, and `floor` says what
the truth itself would be given by them. `splat` is plain 3D Gaussian splatting, its depths fused.

Results go to surfaces.json; surfaces_OBJECT_RECIPE.png shows the mesh from all around.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import posed_objects
import torch
from jaxtyping import Float
from scipy.spatial import cKDTree

from recon3d.engine.manifest import describe_machine, describe_versions
from recon3d.io.atomic import write_json
from recon3d.io.meshes import read_mesh
from recon3d.metrics.mesh import surface_samples
from recon3d.synthesis.casting import Caster
from recon3d.synthesis.ketch import scene as ketch
from recon3d.types import Cameras, Mesh

Array = np.ndarray

MESHES = Path(os.environ.get("RECON3D_SHARED", "../shared")) / "data" / "meshes"
BUNDLED = Path(__file__).parents[1] / "scenes" / "ketch"
OBJECTS = {"ketch": "", "spot": "spot.obj", "bunny": "stanford-bunny.obj", "teapot": "teapot.obj"}
SAMPLES, TRUE_SAMPLES = 300_000, 3_000_000
LIFT = 2e-3
"""How far off the surface rays to the cameras start."""
KEYS = ("object", "recipe", "budget", "chamfer", "accuracy", "completeness", "floor", "faces", "fit_s", "mesh_s")

Row = dict[str, Any]


class Truth(NamedTuple):
    """Samples of the whole true surface, and of what the cameras see of it."""

    mesh: Mesh
    samples: Float[Array, "n 3"]
    seen: Float[Array, "m 3"]

    @staticmethod
    def of(mesh: Mesh, cameras: Cameras) -> Truth:
        generator = np.random.default_rng(0)
        some = surface_samples(mesh, SAMPLES, generator)
        return Truth(mesh, surface_samples(mesh, TRUE_SAMPLES, generator), some[seen_by(mesh, cameras, some)])

    @property
    def diagonal(self) -> float:
        return float((self.mesh.vertices.amax(0) - self.mesh.vertices.amin(0)).norm())

    def scores(self, mesh: Mesh) -> dict[str, float]:
        """In percent of the diagonal."""
        samples = surface_samples(mesh, SAMPLES, np.random.default_rng(1))
        dense = surface_samples(mesh, TRUE_SAMPLES, np.random.default_rng(2))
        accuracy, completeness = (
            100 * float(cKDTree(these).query(those, workers=2)[0].mean()) / self.diagonal
            for these, those in ((self.samples, samples), (dense, self.seen))
        )
        return {"chamfer": (accuracy + completeness) / 2, "accuracy": accuracy, "completeness": completeness}


def seen_by(mesh: Mesh, cameras: Cameras, points: Float[Array, "n 3"]) -> Array:
    """Which points of a surface at least one camera sees; all of it is within all pictures."""
    caster = Caster(mesh.vertices.double().numpy(), mesh.faces.numpy())
    seen = np.zeros(len(points), bool)
    for centre in cameras.centres.double().numpy():
        left = np.flatnonzero(~seen)
        towards = centre - points[left]
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        seen[left] = ~caster.blocked(points[left] + LIFT * towards, towards)
    return seen


def scene_of(name: str, folder: Path) -> tuple[Path, Truth]:
    """The scene's folder, made if need be."""
    if name == "ketch":
        model = ketch.build()
        mesh = Mesh(torch.from_numpy(model.vertices).float(), torch.from_numpy(model.faces.astype(np.int64)))
        return BUNDLED, Truth.of(mesh, ketch.cameras("train"))
    mesh = posed_objects.placed(MESHES / OBJECTS[name])
    if not (folder / name).is_dir():
        posed_objects.write_scene(folder / name, mesh, seed=list(OBJECTS).index(name))
    return folder / name, Truth.of(mesh, posed_objects.cameras("train"))


def recon3d(*words: str) -> float:
    """Seconds that a command takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "recon3d", *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def measured(name: str, recipe: str, budget: str, flags: list[str], scene: Path, truth: Truth, folder: Path) -> Row:
    run, output = folder / f"{name}_{recipe}", folder / f"{name}_{recipe}.ply"
    limit = ["--recipe", recipe, "--time-budget", budget, "--progress", "quiet", "--overwrite"]
    fitting = 0.0 if run.is_dir() else recon3d("fit", str(scene), "--output", str(run), *limit)
    wanted = ["--output", str(output), "--vertex-colours", "--faces", "0", "--render", "png", "--overwrite"]
    meshing = recon3d("mesh", str(run), *wanted, *flags)
    Path(f"surfaces_{name}_{recipe}.png").write_bytes(output.with_name(f"{output.stem}.render.png").read_bytes())
    mesh = read_mesh(output)
    floor = truth.scores(truth.mesh)["chamfer"]
    row = {"object": name, "recipe": recipe, "budget": budget, **truth.scores(mesh), "floor": floor}
    return row | {"faces": len(mesh.faces), "fit_s": fitting, "mesh_s": meshing}


def shown(row: Row) -> str:
    digits = {"chamfer": 3, "accuracy": 3, "completeness": 3, "floor": 3, "fit_s": 0, "mesh_s": 0}
    return "| " + " | ".join(f"{row[k]:.{digits[k]}f}" if k in digits else f"{row[k]}" for k in KEYS) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("objects", nargs="*", default=list(OBJECTS), help=f"of {', '.join(OBJECTS)}")
    parser.add_argument("--recipes", default="splat_mcmc,splat", help="names, separated by commas")
    parser.add_argument("--time-budget", default="3m", help="of every fit")
    parser.add_argument("--folder", type=Path, help="keeps scenes, runs and meshes, and reuses scenes and runs")
    parser.add_argument("--mesh-flags", default="", help="more words for recon3d mesh")
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in asked.objects:
            if name != "ketch" and not MESHES.is_dir():
                print(f"{name} is not here (set RECON3D_SHARED)", file=sys.stderr)
                continue
            scene, truth = scene_of(name, folder)
            for recipe in asked.recipes.split(","):
                flags = asked.mesh_flags.split()
                rows.append(measured(name, recipe, asked.time_budget, flags, scene, truth, folder))
                print(shown(rows[-1]), file=sys.stderr, flush=True)
    print("| " + " | ".join(KEYS) + " |\n|" + "---|" * len(KEYS))
    print("\n".join(shown(row) for row in rows))
    machine = {"machine": describe_machine(torch.device("cpu")), "versions": describe_versions()}
    write_json(Path("surfaces.json"), machine | {"mesh_flags": asked.mesh_flags, "rows": rows})


if __name__ == "__main__":
    main()
