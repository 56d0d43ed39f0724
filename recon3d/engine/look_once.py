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
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene, read_scene
from recon3d.engine.precision import autocast
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import Recipe, resolve
from recon3d.engine.recipe_files import DEFAULT
from recon3d.engine.reconstruction import CPU
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import OutOfResources
from recon3d.io.ply import write_gaussians
from recon3d.types import Gaussians, Scene, Views

VIEWS = 8
"""So many pictures at most are looked at where nothing else is asked for."""


def looks_once(recipe: Recipe) -> bool:
    """Whether the recipe's encoder looks at several posed pictures of a scene and makes Gaussians of them."""
    encoder = recipe.parts["encoder"].build
    return encoder.produces is Gaussians and hasattr(encoder, "each")


def reconstruct(request: FitRequest, progress: Progress, overwrite: bool = False) -> RunFolder:
    """A run folder with what the recipe's encoder makes of the scene's pictures; with `request.refine`, fitted on for
    that long by the default recipe, with the same pictures.

    Raises as `fit_scene`, and what loading the encoder's weights raises; OutOfResources, before it begins, where the
    pictures would not fit into the memory.
    """
    clock = Clock(0, None, request.already)
    RunFolder.refuse_existing(request.output, overwrite)
    device = network_device(request.device)
    if not request.options.views:
        request = dataclasses.replace(request, options=dataclasses.replace(request.options, views=VIEWS))
    scene = read_scene(request, progress)
    encode: Any = load_encoder(request.recipe, request.weights, progress.say).to(device)
    context = context_of(scene.train, encode.config.picture)
    check_memory(encode.memory(len(context), context.cameras.size), device)
    began = time.perf_counter()
    with torch.no_grad(), autocast("auto", device):
        gaussians = encode(context.to(device)).to("cpu")
    seconds = time.perf_counter() - began
    note = f"{len(gaussians)} Gaussians made of {_shown(context, encode.config.patch)} in {seconds:.2f} s"
    progress.say(note)
    if request.refine:
        return fit_scene(_refinement(request, gaussians), progress, overwrite)
    return _written(request, scene, gaussians, note, clock, overwrite)


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


def _refinement(request: FitRequest, start: Gaussians) -> FitRequest:
    fitting, seconds = resolve(DEFAULT), request.refine
    request = dataclasses.replace(request, recipe=fitting, start=start, weights=None, refine=None)
    return dataclasses.replace(request, seconds=seconds, steps=None, already=0.0)


def _written(
    request: FitRequest, scene: Scene, gaussians: Gaussians, note: str, clock: Clock, overwrite: bool
) -> RunFolder:
    run = RunFolder.create(request.output, overwrite)
    write_origin(run, request, scene)
    write_gaussians(run.splats, gaussians)
    record = describe_fit(request, scene, scene.world_from_input, CPU)
    result = {"start": note, "gaussians": len(gaussians)}
    run.write_manifest(record | manifest.describe_end("finished", clock) | result)
    write_scores(run, request, scene, CPU)
    return run
