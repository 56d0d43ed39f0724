"""The held-out table: evaluate(render(encode(scene.train), scene.test.cameras), scene.test)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from recon3d.engine.device import chosen_device
from recon3d.engine.fit import single_threaded_torch
from recon3d.engine.reconstruction import Reconstruction, load
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput
from recon3d.io.atomic import write_json
from recon3d.io.images import write_image
from recon3d.metrics import protocol
from recon3d.metrics.lpips import load_lpips
from recon3d.types import LazyViews

NO_LPIPS = "unavailable: it needs the weights of its network (--lpips-weights)"


def evaluate(
    reconstruction: Reconstruction,
    views: LazyViews,
    perceptual: protocol.Perceptual | None = None,
    pictures: Path | None = None,
) -> dict[str, Any]:
    """Scores of every view and their means, by the one protocol. `views` are in the frame of the user's files.

    With `pictures`, a folder, each render and its ground truth are written there as PNG.
    """
    per_view = {}
    device = reconstruction.device
    with single_threaded_torch(device):
        for i, name in enumerate(views.names):
            target = views[i].to(device)
            rendering = reconstruction.render(target.cameras)
            per_view[name] = protocol.score(rendering, target, perceptual)
            if pictures is not None:
                prediction, truth = protocol.compared_pictures(rendering, target)
                write_pair(pictures, name, prediction, truth)
    mean: dict[str, Any] = protocol.mean_scores(list(per_view.values())) if per_view else {}
    if perceptual is None:
        mean["lpips"] = NO_LPIPS
    return {"protocol": protocol.NAME, "views": len(per_view), "mean": mean, "per_view": per_view}


def evaluate_run(
    path: Path, scene: Path | None = None, lpips_weights: Path | None = None, device: str = "auto"
) -> dict[str, Any]:
    """Score a run again and replace its metrics and pictures.

    `scene` tells where the scene is now, if it was moved. Raises BadInput for runs without held-out pictures, and what
    reading the run, the scene and the weights raises.
    """
    run = RunFolder.open(path)
    record = run.read_manifest()
    views = run.read_scene(scene).test
    if len(views) == 0:
        raise BadInput(path, "held out no pictures to score", "fit with --test-every 8")
    if list(views.names) != record["scene"]["split"]["test"]:
        folder = scene or record["scene"]["path"]
        raise BadInput(folder, "does not hold the pictures this run was scored on", "name the right --scene")
    perceptual = None if lpips_weights is None else load_lpips(lpips_weights)
    metrics = evaluate(load(path, str(chosen_device(device))), views, perceptual, run.pictures)
    write_json(run.metrics, {"steps": record["steps"], "seconds": record["seconds"], **metrics})
    return metrics


def write_pair(folder: Path, name: str, prediction: torch.Tensor, truth: torch.Tensor) -> None:
    """`<name>.render.png` and `<name>.truth.png`; sub-folders in the name are kept."""
    target = folder / Path(name).with_suffix("")
    target.parent.mkdir(parents=True, exist_ok=True)
    write_image(target.with_name(target.name + ".render.png"), prediction)
    write_image(target.with_name(target.name + ".truth.png"), truth)
