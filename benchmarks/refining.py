"""A scene from few photos: fitted for a minute from what a network makes of them at once, beside other starts.

python benchmarks/refining.py --weights FILE             the shared fox, from 4 and 8 of its photos, by gslrm_scenes
python benchmarks/refining.py chair --recipe gslrm_small
python benchmarks/refining.py --one-core                 where cores are shared: a minute is 110 s on one core

Every 8th photo is held out; of the others those are taken that differ most. The default recipe fits to them from what
the network has seen, from points at random, and from those that it would choose itself. `at once` is the network's
result as it is. Results go to refining.json.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import torch

from recon3d.engine.fit_request import FitRequest, Refinement
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.look_once import reconstruct
from recon3d.engine.manifest import describe_machine
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.recipe_files import DEFAULT
from recon3d.io.atomic import write_json
from recon3d.io.json_files import read_json
from recon3d.io.scene import SceneOptions

DATA = Path(os.environ.get("RECON3D_SHARED", "../shared")) / "data"
SCENES = {"fox": "fox", "chair": "blender_chair", "door": "lund_door", "scan65": "dtu_scan65"}
MINUTE, MINUTE_OF_ONE_CORE = 60.0, 110.0


def scored(scene: Path, count: int, seconds: float, recipe: str, weights: str | None) -> dict[str, float]:
    """PSNR of held-out photos, by starts."""
    options, quiet, found = SceneOptions(views=count), Progress("quiet"), {}
    with tempfile.TemporaryDirectory() as folder:

        def request(name: str, using: Any, **more: Any) -> FitRequest:
            return FitRequest(scene, Path(folder) / name, using, options, **more)

        runs = {"at once": reconstruct(request("seen", resolve(recipe), weights=weights), quiet)}
        refined = request("refined", resolve(recipe), weights=weights, refinement=Refinement(resolve(DEFAULT), seconds))
        runs["refined"] = reconstruct(refined, quiet)
        for start in ("random", "auto"):
            using = resolve(DEFAULT, {"encoder": {"start": start}})
            runs[start] = fit_scene(request(start, using, seconds=seconds), quiet)
        for name, run in runs.items():
            found[name] = read_json(run.metrics)["mean"]["psnr"]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", nargs="?", default="fox", choices=SCENES)
    parser.add_argument("--counts", nargs="+", type=int, default=[4, 8], help="photos")
    parser.add_argument("--recipe", default="gslrm_scenes")
    parser.add_argument("--weights", help="a file, or a published name; by default those that come with recon3d")
    parser.add_argument("--one-core", action="store_true", help=f"{MINUTE_OF_ONE_CORE:g} s on one core per minute")
    asked = parser.parse_args()
    if asked.one_core:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    seconds = MINUTE_OF_ONE_CORE if asked.one_core else MINUTE
    rows = {}
    print("| photos | at once | a minute from there | from random points | from the default's |\n|---|---|---|---|---|")
    for count in asked.counts:
        row = scored(DATA / SCENES[asked.scene], count, seconds, asked.recipe, asked.weights)
        rows[str(count)] = row
        print(f"| {count} | " + " | ".join(f"{value:.2f}" for value in row.values()) + " |", flush=True)
    machine = describe_machine(torch.device("cpu"))
    write_json(Path("refining.json"), {"scene": asked.scene, "recipe": asked.recipe, "machine": machine, "psnr": rows})


if __name__ == "__main__":
    main()
