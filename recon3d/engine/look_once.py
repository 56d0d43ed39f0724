"""Encoders that look once at the pictures of a scene: gaussians = encode(scene.train), and no optimisation."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import torch

from recon3d.engine import manifest
from recon3d.engine.clock import Clock
from recon3d.engine.context import context_of
from recon3d.engine.device import network_device
from recon3d.engine.encoder_weights import load_encoder
from recon3d.engine.fit_record import describe_fit, write_origin, write_scores
from recon3d.engine.fit_request import FitRequest, Refinement
from recon3d.engine.fit_scene import fit_scene, read_scene
from recon3d.engine.precision import autocast
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import Recipe
from recon3d.engine.reconstruction import CPU
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import OutOfResources, UsageError
from recon3d.io.ply import write_gaussians
from recon3d.types import Gaussians, Views

VIEWS = 8
"""So many pictures at most are looked at where nothing else is asked for."""


def looks_once(recipe: Recipe) -> bool:
    """Whether the recipe's encoder looks at several posed pictures of a scene and makes Gaussians of them."""
    encoder = recipe.parts["encoder"].build
    return encoder.produces is Gaussians and hasattr(encoder, "each")


def check_request(request: FitRequest) -> None:
    """Raises UsageError for what is asked of fits alone."""
    if request.start is not None or request.steps is not None or request.seconds is not None:
        reason = f"are for fits, and {request.recipe.name} only looks"
        raise UsageError("--start, --steps and --time-budget", reason, "fit on for a while with --refine")


def reconstruct(request: FitRequest, progress: Progress, overwrite: bool = False, resume: bool = False) -> RunFolder:
    """A run folder with what the recipe's encoder makes of the scene's pictures; or with the fit that goes on from
    there, with the same pictures. A run that is there is finished, and left as it is to `resume`.

    Raises as `check_request`, `fit_scene`, and what loading the encoder's weights raises; OutOfResources, before it
    begins, where the pictures would not fit into the memory.
    """
    check_request(request)
    clock, run = Clock(0, None, request.already), RunFolder(request.output)
    if resume and request.refinement is None and run.manifest.is_file():
        return run
    RunFolder.refuse_existing(request.output, overwrite or resume)
    device = network_device(request.device)
    if not request.options.views:
        request = dataclasses.replace(request, options=dataclasses.replace(request.options, views=VIEWS))
    scene = read_scene(request, progress)
    encode: Any = load_encoder(request.recipe, request.weights, progress.say).to(device)
    near = scene.normalised()  # far from the origin float32 is coarse
    context = context_of(near.train, encode.config.picture)
    check_memory(encode.memory(len(context), context.cameras.size), device)
    began = time.perf_counter()
    with torch.no_grad(), autocast("auto", device):
        gaussians = encode(context.to(device)).to("cpu")
    note = f"{len(gaussians)} Gaussians made of {_shown(context, encode.config.patch)} in "
    note += f"{time.perf_counter() - began:.2f} s, by {request.recipe.name}"
    progress.say(note)
    gaussians = gaussians.moved(torch.linalg.inv(near.world_from_input))
    if request.refinement is not None:
        return fit_scene(_refined(request, request.refinement, gaussians), progress, overwrite or resume)
    run = RunFolder.create(request.output, overwrite or resume)
    write_origin(run, request, scene)
    write_gaussians(run.splats, gaussians)
    record = describe_fit(request, scene, near.world_from_input, device)
    result = {"start": note, "gaussians": len(gaussians)}
    run.write_manifest(record | manifest.describe_end("finished", clock) | result)
    write_scores(run, request, scene, CPU)
    return run


def _shown(context: Views, patch: int) -> str:
    width, height = context.cameras.size
    padded = [side + -side % patch for side in (width, height)]
    more = f", filled up to {padded[0]}x{padded[1]}" if padded != [width, height] else ""
    return f"{len(context)} pictures of {width}x{height} pixels{more}"


def check_memory(needed: int, device: torch.device) -> None:
    """Raises OutOfResources where so many bytes are more than there are."""
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else manifest.free_memory()
    if free and needed > free:
        sizes = f"{needed / 2**30:.1f} GiB are needed, {free / 2**30:.1f} GiB are free"
        raise OutOfResources("pictures", sizes, "look at fewer (--views) or smaller ones (--encoder.picture)")


def _refined(request: FitRequest, refinement: Refinement, start: Gaussians) -> FitRequest:
    request = dataclasses.replace(request, recipe=refinement.recipe, seconds=refinement.seconds, already=0.0)
    return dataclasses.replace(request, start=start, weights=None, refinement=None)
