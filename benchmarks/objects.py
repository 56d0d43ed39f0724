"""A single photo of an object that was never learnt from: what a model makes of it, beside what it has to beat.

python benchmarks/objects.py                        100 procedural objects, 31 scanned ones; by the shipped model
python benchmarks/objects.py --count 5 --scanned 5 --mean-of 20         a quick look
python benchmarks/objects.py --recipe triposr --weights stabilityai/TripoSR

For every object there is one photo, and eight held-out views around it (unseen.py). PSNR and SSIM are those of protocol
"nerf", over white; Chamfer distance and F-scores those of TripoSR's protocol (recon3d.metrics.mesh), the mesh laid onto
the truth, and `in place` the Chamfer distance where it is. A model that finds no surface gets a Chamfer distance of 1,
half the truth's longest side, and F-scores of 0.

Beside the model stand the mean picture of many procedural objects, the inflated silhouette (both baselines.py), and
the model itself with the photo of another object: what it draws without looking. "worse on" counts the objects on which
a baseline has a lower PSNR than the model.

Results go to objects.json; objects_SET.png shows the three objects each that the model does best, in the middle and
worst: photo, held-out views, and what the model draws for these.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from baselines import inflated, mean_object
from torch import Tensor
from torch.nn import functional
from unseen import SCANNED, SIDE, Case, procedural, scanned

from recon3d.engine.encoder_weights import load_encoder, weights_path
from recon3d.engine.manifest import describe_machine, describe_versions
from recon3d.engine.recipe import Recipe, resolve
from recon3d.errors import BadInput
from recon3d.geometry.photo_frame import DISTANCE
from recon3d.io.atomic import write_json
from recon3d.io.hashes import sha256_of
from recon3d.io.images import write_image
from recon3d.meshing.cleaning import without_specks
from recon3d.meshing.finishing import SPECK
from recon3d.metrics import protocol
from recon3d.metrics.mesh import THRESHOLDS, mesh_scores
from recon3d.renderers.raster import Config, Raster
from recon3d.synthesis.objects.framing import photo_camera
from recon3d.types import Mesh, RadianceField, Rendering, Views

PICTURES = ("psnr", "ssim")
MESHES = ("chamfer", *(f"f_{t}" for t in THRESHOLDS), "in_place")
NO_SURFACE = dict.fromkeys(MESHES, 0.0) | {"chamfer": 1.0, "in_place": 1.0}
SHOWN_VIEWS = slice(0, None, 2)

Scores = dict[str, float]


@dataclass(frozen=True)
class Model:
    """A recipe's parts with weights, and the mean object."""

    recipe: Recipe
    encode: Any
    mean: Rendering

    def draw(self, seen: RadianceField, targets: Views) -> Rendering:
        return self.recipe.parts["renderer"].make()(seen, targets.cameras)

    def mesh(self, seen: RadianceField) -> Mesh | None:
        """None where there is no surface."""
        try:
            return without_specks(self.recipe.parts["surface"].make()(seen), SPECK)
        except BadInput:
            return None


@dataclass(frozen=True)
class Result:
    """Scores of one object, by systems, and what is shown of it: h w 3 pictures, 8-bit."""

    name: str
    scores: dict[str, Scores]
    pictures: list[Tensor] = field(repr=False)


@torch.no_grad()
def result_of(model: Model, case: Case, other: Case) -> Result:
    """`other` lends the photo that the model is misled with."""
    seen, misled, balloon = model.encode(case.photo), model.encode(other.photo), inflated(small(case.photo))
    drawn = model.draw(seen, case.targets)
    scores = {
        "model": picture_scores(drawn, case) | surface_scores(model.mesh(seen), case),
        "another photo": picture_scores(model.draw(misled, case.targets), case),
        "inflated silhouette": picture_scores(Raster(Config())(balloon, case.targets.cameras), case)
        | surface_scores(balloon, case),
        "mean object": picture_scores(model.mean, case),
    }
    white = torch.ones(3)
    shown = [small(case.photo), case.targets[SHOWN_VIEWS]]
    pictures = [*(p for views in shown for p in views.over(white)), *drawn.over(white)[SHOWN_VIEWS]]
    return Result(case.name, scores, [(255 * picture.clamp(0, 1)).byte() for picture in pictures])


def picture_scores(rendering: Rendering, case: Case) -> Scores:
    """Means over the held-out views."""
    views = [
        protocol.score(Rendering(rendering.colour[i : i + 1], rendering.alpha[i : i + 1]), case.targets[i])
        for i in range(len(case.targets))
    ]
    means = protocol.mean_scores(views)
    return {name: means[name] for name in PICTURES}


def surface_scores(mesh: Mesh | None, case: Case) -> Scores:
    if mesh is None:
        return NO_SURFACE
    return mesh_scores(mesh, case.mesh) | {"in_place": mesh_scores(mesh, case.mesh, aligned=False)["chamfer"]}


def small(photo: Views) -> Views:
    """The photo at the size of the other pictures."""
    assert photo.alpha is not None
    channels = torch.cat([photo.images, photo.alpha[..., None]], -1).permute(0, 3, 1, 2)
    shrunk = functional.interpolate(channels, (SIDE, SIDE), mode="area").permute(0, 2, 3, 1)
    return Views(photo.cameras.resized(SIDE, SIDE), shrunk[..., :3], shrunk[..., 3])


def results_of(model: Model, cases: list[Case]) -> list[Result]:
    """Each object is misled with the photo of the one before it."""
    results = []
    for i, case in enumerate(cases):
        results.append(result_of(model, case, cases[i - 1]))
        psnr = results[-1].scores["model"]["psnr"]
        print(f"{i + 1} of {len(cases)}, {case.name}: {psnr:.2f} dB", file=sys.stderr, flush=True)
    return results


def summary(results: list[Result]) -> dict[str, dict[str, Any]]:
    """Of every system, means and standard errors of all scores, and on how many objects it is below the model."""
    table: dict[str, dict[str, Any]] = {}
    for system in results[0].scores:
        scores = [result.scores[system] for result in results]
        table[system] = {name: mean_and_error([s[name] for s in scores]) for name in scores[0]}
        below = sum(result.scores[system]["psnr"] < result.scores["model"]["psnr"] for result in results)
        table[system]["worse on"] = None if system == "model" else below
    return table


def mean_and_error(values: list[float]) -> tuple[float, float]:
    """The mean and its standard error, NaN of a single value."""
    spread = statistics.stdev(values) if len(values) > 1 else float("nan")
    return statistics.fmean(values), spread / len(values) ** 0.5


def printed(title: str, results: list[Result]) -> None:
    print(f"\n{title}, {len(results)} objects\n")
    print("| system | " + " | ".join((*PICTURES, *MESHES)) + " | worse on |\n|" + "---|" * (len(PICTURES + MESHES) + 2))
    for system, scores in summary(results).items():
        cells = []
        for name in (*PICTURES, *MESHES):
            digits = 2 if name == "psnr" else 3
            cells.append(" ± ".join(f"{value:.{digits}f}" for value in scores[name]) if name in scores else "-")
        worse = "-" if scores["worse on"] is None else f"{scores['worse on']}"
        print(f"| {system} | " + " | ".join(cells) + f" | {worse} |")


def sheet(results: list[Result], path: Path) -> None:
    """Rows of the best objects, those in the middle, and the worst, by the model's PSNR."""
    ranked = sorted(results, key=lambda result: result.scores["model"]["psnr"], reverse=True)
    half = max(0, len(ranked) // 2 - 1)
    chosen = {r.name: r for r in (*ranked[:3], *ranked[half : half + 3], *ranked[-3:])}
    rows = [
        torch.cat([functional.pad(p, (0, 0, 2, 2, 2, 2), value=255) for p in r.pictures], 1) for r in chosen.values()
    ]
    write_image(path, torch.cat(rows).numpy())
    print(
        f"\n{path}, from the top: " + ", ".join(f"{r.name} ({r.scores['model']['psnr']:.1f})" for r in chosen.values())
    )


def measured(title: str, model: Model, cases: Iterable[Case]) -> dict[str, Any]:
    results = results_of(model, list(cases))
    printed(title, results)
    sheet(results, Path(f"objects_{title}.png"))
    return {"summary": summary(results), "objects": {result.name: result.scores for result in results}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="pocket")
    parser.add_argument("--weights", help="a file, or a published name; by default those that come with recon3d")
    parser.add_argument("--count", type=int, default=100, help="procedural objects")
    parser.add_argument("--scanned", type=int, default=1000, help="no more scanned objects than this")
    parser.add_argument("--mean-of", type=int, default=200, help="procedural objects that the mean object is of")
    asked = parser.parse_args()
    recipe = resolve(asked.recipe)
    recipe.require("surface", purpose="to mesh a photo")
    encode: Any = load_encoder(recipe, asked.weights, print)
    if not torch.allclose(encode.viewpoint().centres, photo_camera(1).centres):
        raise SystemExit(f"photos are seen from {DISTANCE} away here, which is not where {asked.recipe} stands")
    mean = mean_object(case.targets for case in procedural(asked.mean_of, first=0))
    model, sets = Model(recipe, encode, mean), {}
    if asked.count:
        sets["procedural"] = measured("procedural", model, procedural(asked.count))
    if not SCANNED.is_dir():
        print(f"no scanned objects in {SCANNED} (set RECON3D_SHARED)", file=sys.stderr)
    elif asked.scanned:
        sets["scanned"] = measured("scanned", model, itertools.islice(scanned(), asked.scanned))
    path = weights_path(recipe, asked.weights)
    weights = {"name": path.name, "sha256": sha256_of(path)}
    machine = describe_machine(torch.device("cpu"))
    result = {"recipe": recipe.to_json(), "weights": weights, "machine": machine, "versions": describe_versions()}
    write_json(Path("objects.json"), result | {"mean_of": asked.mean_of, "sets": sets})


if __name__ == "__main__":
    main()
