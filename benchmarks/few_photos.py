"""Four photos of an object that was never learnt from: what a model makes of them in one pass, beside what it has to
beat.

python benchmarks/few_photos.py                     200 procedural objects, 31 scanned ones; by the shipped model
python benchmarks/few_photos.py --count 5 --scanned 5                   a quick look
python benchmarks/few_photos.py --fitted 20 --one-core                  and what fitting makes of as many of each set

Cameras are those of the examples that models are trained on (recon3d.synthesis.examples.posed_objects), objects are
not: procedural ones have seeds that trainings leave alone. PSNR and SSIM are those of protocol "nerf", over white, of
four other views of 128x128 pixels. Beside the model stand the nearest of the four photos as it is, the model itself
where the photos' cameras have changed places, and, for so many objects as --fitted says, the default recipe fitted to
the same photos for a minute (110 s of one core with --one-core), from points in the hull and from what the model made.

Results go to few_photos.json; few_photos_SET.png shows the objects that the model does best, in the middle and worst:
the four photos, then the other views, each beside what the model draws.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from unseen import SCANNED, scanned_meshes, seen

from recon3d.engine.device import use_threads
from recon3d.engine.encoder_weights import load_encoder, weights_path
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.manifest import describe_machine, describe_versions
from recon3d.engine.precision import autocast
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.recipe_files import DEFAULT
from recon3d.engine.reconstruction import load
from recon3d.engine.validation import contact_sheet, over_white
from recon3d.io.atomic import write_json
from recon3d.io.hashes import sha256_of
from recon3d.io.images import write_image
from recon3d.io.scene import SceneOptions
from recon3d.metrics import protocol
from recon3d.renderers.splat import Config, Splat
from recon3d.synthesis.blender_layout import write_split
from recon3d.synthesis.examples.posed_objects import anywhere, around, cameras_around
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.making import RESERVED, in_unit_ball, procedural_object
from recon3d.types import Gaussians, Mesh, Rendering, Views

SIDE, PHOTOS, OTHERS = 128, 4, 4
STREAM = 11
"""Keeps these seeds apart from those of other dice."""
MINUTE, MINUTE_OF_ONE_CORE = 60.0, 110.0
SHOWN = 3

Scores = dict[str, float]


@dataclass(frozen=True)
class Case:
    """Photos of an object, and other views of it."""

    name: str
    photos: Views
    others: Views


@dataclass(frozen=True)
class Result:
    """Scores by systems, seconds of the model's pass, and a row of pictures."""

    name: str
    scores: dict[str, Scores]
    seconds: float
    pictures: list[Tensor] = field(repr=False)


def procedural(count: int) -> Iterator[Case]:
    for index in range(count):
        yield photographed(f"seed {RESERVED + index:#x}", procedural_object(RESERVED + index), index)


def scanned() -> Iterator[Case]:
    for index, (name, mesh) in enumerate(scanned_meshes()):
        vertices = torch.from_numpy(in_unit_ball(mesh.vertices.numpy()))
        yield photographed(name, dataclasses.replace(mesh, vertices=vertices), index)


def photographed(name: str, mesh: Mesh, seed: int) -> Case:
    dice = Dice((STREAM, seed))
    angles = np.concatenate([around(dice, PHOTOS), anywhere(dice, OTHERS)])
    views = seen(mesh, cameras_around(dice, angles, SIDE))
    return Case(name, views[:PHOTOS], views[PHOTOS:])


def nearest(case: Case) -> Rendering:
    """For each of the other views, the photo that was taken nearest to it."""
    directions = [torch.nn.functional.normalize(v.cameras.centres, dim=-1) for v in (case.others, case.photos)]
    best = (directions[0] @ directions[1].mT).argmax(1).tolist()
    assert case.photos.alpha is not None
    return Rendering(case.photos.images[best], case.photos.alpha[best])


def misplaced(photos: Views) -> Views:
    """Every photo with the camera of the next."""
    order = [*range(1, len(photos)), 0]
    return dataclasses.replace(photos, cameras=photos.cameras[order])


def fitted(case: Case, seconds: float, start: Gaussians | None) -> Gaussians:
    """The default recipe on the photos alone."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "scene"
        for split, views in (("train", case.photos), ("test", case.others)):
            pictures = (255 * views.straight().clamp(0, 1)).round().byte().numpy()
            write_split(scene, split, views.cameras, pictures)
        request = FitRequest(
            scene, Path(folder) / "run", resolve(DEFAULT), SceneOptions(), seconds=seconds, evaluate=False, start=start
        )
        return load(fit_scene(request, Progress("quiet")).path).gaussians


@torch.no_grad()
def score(rendering: Rendering, others: Views) -> Scores:
    """Means over the other views."""
    views = [
        protocol.score(Rendering(rendering.colour[i : i + 1], rendering.alpha[i : i + 1]), others[i])
        for i in range(len(others))
    ]
    means = protocol.mean_scores(views)
    return {name: means[name] for name in ("psnr", "ssim")}


def result_of(encode: Any, case: Case, seconds: float) -> Result:
    """With seconds to fit in, of fits too."""
    draw = Splat(Config())
    with torch.no_grad():
        began = time.perf_counter()
        with autocast("auto", torch.device("cpu")):
            made = encode(case.photos)
        took = time.perf_counter() - began
        drawn = draw(made, case.others.cameras)
        with autocast("auto", torch.device("cpu")):
            misled = encode(misplaced(case.photos))
        wrong = draw(misled, case.others.cameras)
    scores = {"model": drawn, "nearest photo": nearest(case), "cameras changed places": wrong}
    if seconds:
        for name, start in (("fitted", None), ("fitted from the model's", made)):
            scores[name] = draw(fitted(case, seconds, start), case.others.cameras)
    pairs = zip(over_white(case.others), over_white(drawn), strict=True)
    pictures = [*over_white(case.photos), *itertools.chain.from_iterable(pairs)]
    return Result(case.name, {name: score(r, case.others) for name, r in scores.items()}, took, pictures)


def measured(title: str, encode: Any, cases: Iterable[Case], fits: int, seconds: float) -> dict[str, Any]:
    results = []
    for i, case in enumerate(cases):
        results.append(result_of(encode, case, seconds if i < fits else 0.0))
        told = ", ".join(f"{name} {scores['psnr']:.2f}" for name, scores in results[-1].scores.items())
        print(f"{title} {i + 1}, {case.name}: {told}", file=sys.stderr, flush=True)
    print(f"\n{title}, {len(results)} objects; a pass takes {statistics.median(r.seconds for r in results):.2f} s\n")
    summary = printed(results)
    ranked = sorted(results, key=lambda result: -result.scores["model"]["psnr"])
    middle = max(0, (len(ranked) - SHOWN) // 2)
    chosen = {r.name: r for r in (*ranked[:SHOWN], *ranked[middle : middle + SHOWN], *ranked[-SHOWN:])}
    write_image(Path(f"few_photos_{title}.png"), contact_sheet([r.pictures for r in chosen.values()]))
    return {"summary": summary, "objects": {r.name: {"seconds": r.seconds, **r.scores} for r in results}}


def printed(results: list[Result]) -> dict[str, Any]:
    """Means with standard errors; of systems that were not tried on all objects, beside the model's on the same."""
    print("| system | objects | PSNR | the model's there | SSIM |\n|---|---|---|---|---|")
    summary = {}
    for system in results[0].scores:
        some = [result for result in results if system in result.scores]
        psnr, ssim = (mean_and_error([r.scores[system][name] for r in some]) for name in ("psnr", "ssim"))
        model = statistics.fmean(r.scores["model"]["psnr"] for r in some)
        summary[system] = {"objects": len(some), "psnr": psnr, "ssim": ssim, "model": model}
        print(f"| {system} | {len(some)} | {psnr[0]:.2f} ± {psnr[1]:.2f} | {model:.2f} | {ssim[0]:.3f} |")
    return summary


def mean_and_error(values: list[float]) -> tuple[float, float]:
    """The mean and its standard error, 0 of a single value."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return statistics.fmean(values), spread / len(values) ** 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="gslrm_small")
    parser.add_argument("--weights", help="a file, or a published name; by default those that come with recon3d")
    parser.add_argument("--count", type=int, default=200, help="procedural objects")
    parser.add_argument("--scanned", type=int, default=1000, help="no more scanned objects than this")
    parser.add_argument("--fitted", type=int, default=0, help="so many of each are fitted, too")
    parser.add_argument("--one-core", action="store_true", help=f"{MINUTE_OF_ONE_CORE:g} s on one core per minute")
    asked = parser.parse_args()
    if asked.one_core:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        use_threads(1)
    seconds = MINUTE_OF_ONE_CORE if asked.one_core else MINUTE
    recipe = resolve(asked.recipe)
    encode = load_encoder(recipe, asked.weights, print)
    sets = {}
    if asked.count:
        sets["procedural"] = measured("procedural", encode, procedural(asked.count), asked.fitted, seconds)
    if not SCANNED.is_dir():
        print(f"no scanned objects in {SCANNED} (set RECON3D_SHARED)", file=sys.stderr)
    elif asked.scanned and any(SCANNED.glob("*.glb")):
        some = itertools.islice(scanned(), asked.scanned)
        sets["scanned"] = measured("scanned", encode, some, asked.fitted, seconds)
    path = weights_path(recipe, asked.weights)
    weights = {"name": path.name, "sha256": sha256_of(path)}
    machine = describe_machine(torch.device("cpu"))
    result = {"recipe": recipe.to_json(), "weights": weights, "machine": machine, "versions": describe_versions()}
    write_json(Path("few_photos.json"), result | {"sets": sets})


if __name__ == "__main__":
    main()
