"""What makes Gaussians of pixels from features of patches: GS-LRM's linear layer beside GRM's windows, both small, with
as many tokens, learning as many steps from the same examples.

python benchmarks/upsamplers.py                     1,500 steps each
python benchmarks/upsamplers.py --steps 200         a quick look
python benchmarks/upsamplers.py --one-core          where cores are shared

Colours are learnt, not those of the pixels, so that fine texture has to come through. Held-out examples are those that
every training looks at; `texture` is the PSNR of what is left of pictures after a Gaussian blur of 1.5 pixels is taken
away, over pixels of the object. Views are of 64x64 pixels, from elsewhere than the photos.

Results go to upsamplers.json; upsamplers.png shows held-out views, each by both and as it is.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine.device import use_threads
from recon3d.engine.encoder_weights import load_encoder
from recon3d.engine.manifest import describe_machine
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import Recipe, resolve
from recon3d.engine.train_network import train_network
from recon3d.engine.training import TrainRequest
from recon3d.engine.validation import HELD_OUT_SEED, contact_sheet, over_white, seen_anew
from recon3d.io.atomic import write_json
from recon3d.io.images import write_image
from recon3d.metrics.image import psnr
from recon3d.types import Views

BLUR, HELD_OUT, SHOWN = 1.5, 32, 6
SPLATS = {"depth": "nearest", "near": -1.3, "far": 1.3, "rules": "gslrm"}
ENCODER = {"picture": 64, "patch": 8, "cells": 8, "layers": 4, "sweep": 0, "splats": SPLATS}
BLOCK = {"width": 192, "heads": 3, "hidden": 768}
SMALL: dict[str, dict[str, Any]] = {
    "encoder": {**ENCODER, "block": BLOCK},
    "examples": {"picture": 64},
    "train": {"crop": 48, "zooms": 1.0, "held_out": 0},
}
UPSAMPLERS: dict[str, dict[str, Any]] = {
    "linear (GS-LRM)": {},
    "windows (GRM)": {"name": "windowed_gaussians", "window": 8, "narrowest": 48},
}


def recipe_of(upsampler: str) -> Recipe:
    changes = UPSAMPLERS[upsampler]
    return resolve("gslrm_small", {**SMALL, "encoder": {**SMALL["encoder"], **changes}})


def texture(picture: Float[Tensor, "h w 3"]) -> Float[Tensor, "h w 3"]:
    """What a blur takes away."""
    values = picture.numpy()
    return torch.from_numpy(values - cv2.GaussianBlur(values, (0, 0), BLUR, borderType=cv2.BORDER_REPLICATE))


@torch.no_grad()
def scores(encode: Any, recipe: Recipe, held_out: list[tuple[Views, Views]]) -> tuple[dict[str, float], list[Tensor]]:
    draw, whole, fine, pictures = recipe.parts["renderer"].make(), [], [], []
    for context, targets in held_out:
        drawn, true = over_white(draw(encode(context), targets.cameras)), over_white(targets)
        assert targets.alpha is not None
        for ours, theirs, alpha in zip(drawn, true, targets.alpha, strict=True):
            whole.append(psnr(ours, theirs))
            error = (texture(ours) - texture(theirs))[alpha > 0.5].square().mean()
            fine.append(float(-10 * torch.log10(error.clamp_min(1e-12))))
        pictures.append(drawn[0])
    return {"psnr": mean(whole), "texture": mean(fine)}, pictures


def learnt(upsampler: str, steps: int, held_out: list[tuple[Views, Views]]) -> tuple[dict[str, float], list[Tensor]]:
    recipe = recipe_of(upsampler)
    with tempfile.TemporaryDirectory() as folder:
        request = TrainRequest(Path(folder) / "run", recipe, steps, device="cpu")
        run = train_network(request, Progress("quiet"))
        assert run is not None
        encode = load_encoder(recipe, str(run.weights), lambda text: None)
        seconds = run.read_manifest("train")["cpu_seconds"]
    found, pictures = scores(encode, recipe, held_out)
    weights = sum(weight.numel() for weight in encode.parameters())
    return {**found, "weights": weights, "cpu_seconds": seconds}, pictures


def examples() -> list[tuple[Views, Views]]:
    """Contexts, and those of the targets that are seen from elsewhere."""
    source, held_out = recipe_of("linear (GS-LRM)").parts["examples"].make(HELD_OUT_SEED), []
    for index in range(HELD_OUT):
        context, targets = source[index]
        new = np.flatnonzero(seen_anew(targets.cameras, context.cameras)).tolist()
        held_out.append((context, targets[new]))
    return held_out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--one-core", action="store_true")
    asked = parser.parse_args()
    if asked.one_core:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        use_threads(1)
    held_out = examples()
    table, columns = {}, []
    print("| upsampler | PSNR | texture | weights | CPU seconds |\n|---|---|---|---|---|")
    for name in UPSAMPLERS:
        table[name], pictures = learnt(name, asked.steps, held_out)
        columns.append(pictures[:SHOWN])
        row = table[name]
        told = f"{row['psnr']:.2f} | {row['texture']:.2f} | {row['weights']:,} | {row['cpu_seconds']:.0f}"
        print(f"| {name} | {told} |", flush=True)
    truth = [over_white(targets)[0] for _, targets in held_out[:SHOWN]]
    write_image(Path("upsamplers.png"), contact_sheet([list(row) for row in zip(*columns, truth, strict=True)]))
    machine = describe_machine(torch.device("cpu"))
    write_json(Path("upsamplers.json"), {"steps": asked.steps, "machine": machine, "upsamplers": table})


if __name__ == "__main__":
    main()
