"""Fit a scene without the command line: python examples/01_fit_from_python.py SCENE RUN [STEPS]"""

import sys
from pathlib import Path

from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.io.json_files import read_json
from recon3d.io.scene import SceneOptions

scene, run = Path(sys.argv[1]), Path(sys.argv[2])
steps = int(sys.argv[3]) if len(sys.argv) > 3 else 3000

recipe = resolve("splat_mcmc", {"density": {"cap": 20_000}, "encoder": {"start_count": 10_000}})
folder = fit_scene(FitRequest(scene, run, recipe, SceneOptions(), steps=steps), Progress("auto"))
print(read_json(folder.metrics)["mean"])
