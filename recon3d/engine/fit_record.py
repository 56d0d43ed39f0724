"""What a run folder of a scene says of how it was made, besides its result."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine import manifest
from recon3d.engine.evaluate import evaluate
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.reconstruction import load
from recon3d.engine.run_folder import RunFolder
from recon3d.io.atomic import write_json
from recon3d.io.camera_path import DEFAULT_FPS, write_camera_path
from recon3d.types import Scene


def write_origin(run: RunFolder, request: FitRequest, scene: Scene) -> None:
    """The resolved recipe, and the cameras of both splits."""
    write_json(run.recipe, request.recipe.to_json())
    for split, views in (("train", scene.train), ("test", scene.test)):
        if len(views):
            write_camera_path(run.cameras(split), views.cameras, DEFAULT_FPS)


def describe_fit(
    request: FitRequest, scene: Scene, world_from_input: Float[Tensor, "4 4"], device: torch.device
) -> dict[str, Any]:
    """What the manifest of a run begins with."""
    return {
        "kind": "fit",
        **manifest.describe_beginning(request.argv, device),
        "request": {
            "steps": request.steps,
            "seconds": request.seconds,
            "seed": request.seed,
            "weights": request.weights,
            **request.options.to_json(),
        },
        "scene": manifest.describe_scene(scene, world_from_input),
    }


def write_scores(run: RunFolder, request: FitRequest, scene: Scene, device: torch.device) -> None:
    """Score what was written, not what is in memory: the file is what the user has."""
    if len(scene.test) == 0 or not request.evaluate:
        return
    record = run.read_manifest()
    metrics = evaluate(load(run.path, str(device)), scene.test, pictures=run.pictures)
    write_json(run.metrics, {"steps": record["steps"], "seconds": record["seconds"], **metrics})
