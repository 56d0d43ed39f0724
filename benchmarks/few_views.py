"""FlipNeRF's ladder: scenes from three pictures, by a plain mip-NeRF and by ever more of FlipNeRF, in equal time.

python benchmarks/few_views.py                                  DTU's scan65 and the bundled ketch, three seeds
python benchmarks/few_views.py ketch --rungs mip-nerf full --seeds 1 --minutes 2
python benchmarks/few_views.py --one-core                       where cores are shared: a minute is 110 s on one core

scan65 is learnt from pictures 25, 22 and 28 of 100x75 pixels and scored on the 25 of the published split, object
pixels only; fits see whole pictures. Other scenes are learnt from three pictures that lie as those do, 35 degrees to
either side of the middle one, and scored on a dozen of the others that are no farther than that from the nearest of
them, as a whole on white, and over the object's pixels where they have alpha.

Every rung adds to the one before: `mip-nerf`, plain; `annealed`, rays that are looked at from their middles outwards,
and noise of density; `mixture`, the likelihood of colours; `flipped`, that of flipped rays too, with normals that look
at the viewer; `full`, emptiness where a ray is not sure, and consistency of features: the recipe flipnerf_small.

Results are added to few_views.json; what is there is not run again. few_views_SCENE.png shows a view by every rung.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine.evaluate import write_pair
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.manifest import describe_machine
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import Recipe, resolve
from recon3d.engine.reconstruction import Reconstruction, load
from recon3d.geometry.rays import nearest_point_to_rays
from recon3d.io import idr
from recon3d.io.atomic import write_json
from recon3d.io.images import read_image, write_image
from recon3d.io.scene import SceneOptions, Split, load_scene
from recon3d.io.scene_paths import pictures_in
from recon3d.metrics import dtu_views, protocol
from recon3d.metrics.protocol import mean_scores
from recon3d.types import Cameras, LazyViews

SHARED = Path(os.environ.get("RECON3D_SHARED", "../shared"))
SCENES: dict[str, tuple[Path, int]] = {
    "scan65": (SHARED / "data" / "dtu_scan65", 8),
    "ketch": (Path(__file__).parents[1] / "scenes" / "ketch", 4),
    "chair": (SHARED / "data" / "blender_chair", 4),
    "fox": (SHARED / "data" / "fox", 16),
}
"""Folders, and what the sides of pictures are divided by."""
DEFAULTS = ("scan65", "ketch")
APART = 35.0
"""Degrees from the middle one of three pictures to the others, as on DTU; none that is scored is farther away."""
NOTHING = {"emptiness_first": 0.0, "emptiness": 0.0, "flipped_emptiness": 0.0, "consistency": 0.0}
RUNGS: dict[str, tuple[str, dict[str, Any]]] = {
    "mip-nerf": ("mip_nerf_small", {}),
    "annealed": ("mip_nerf_small", {"encoder": {"narrow": 0.5, "noise": 1.0}}),
    "mixture": ("flipnerf_small", {"renderer": {"flipped": 0.0}, "objective": NOTHING}),
    "flipped": ("flipnerf_small", {"objective": NOTHING}),
    "full": ("flipnerf_small", {}),
}
CPU_SECONDS_PER_MINUTE, HELD_OUT = 110, 12
KEYS = ("scene", "rung", "seeds", "psnr", "spread", "psnr_object", "ssim", "steps", "seconds")

Row = dict[str, Any]


def angles(cameras: Cameras) -> Float[Tensor, "v v"]:
    """Degrees between the directions in which cameras lie, seen from what they look at."""
    centres, forward = cameras.centres.double(), cameras.world_from_camera[:, :3, 2].double()
    places = torch.nn.functional.normalize(centres - nearest_point_to_rays(centres, forward), dim=-1)
    return torch.rad2deg(torch.arccos((places @ places.mT).clamp(-1, 1)))


def split_of(cameras: Cameras, names: tuple[str, ...]) -> Split:
    """Three pictures, two of them on either side of the third, and those that are near one of the three."""
    apart = angles(cameras)
    off = (apart - APART).abs()
    worth = off[:, :, None] + off[:, None, :] + (apart - 2 * APART).abs()[None]
    middle, one, other = (int(i) for i in torch.unravel_index(worth.argmin(), worth.shape))
    chosen = [middle, one, other]
    near = apart[:, chosen].amin(1) <= APART
    others = [name for i, name in enumerate(names) if near[i] and i not in chosen]
    spread = torch.linspace(0, len(others) - 1, min(HELD_OUT, len(others))).round().int().tolist()
    return Split(tuple(names[i] for i in chosen), tuple(others[i] for i in spread))


def options_of(name: str) -> SceneOptions:
    """How the scene is to be read."""
    folder, downscale = SCENES[name]
    if name == "scan65":
        pictures = [path.name for path in pictures_in(folder / "image")]
        inputs, tested = ((pictures[i] for i in some) for some in (dtu_views.INPUTS[:3], dtu_views.TESTED))
        return SceneOptions(downscale, split=Split(tuple(inputs), tuple(tested)), masks=False)
    views = load_scene(folder, SceneOptions(downscale, 0)).train
    return SceneOptions(downscale, split=split_of(views.cameras, views.names))


def scored(name: str, reconstruction: Reconstruction, views: LazyViews, pictures: Path) -> dict[str, float]:
    """Means over the held-out views. The one in their middle is written to `pictures`."""
    pictures_and_masks = (pictures_in(SCENES[name][0] / part) for part in ("image", "mask"))
    masks = {picture.name: mask for picture, mask in zip(*pictures_and_masks, strict=True)} if name == "scan65" else {}
    scores = []
    for i, file in enumerate(views.names):
        target = views[i]
        rendering = reconstruction.render(target.cameras)
        compared = protocol.compared_pictures(rendering, target)
        if masks:
            mask = torch.from_numpy(idr.object_mask(masks[file], target.cameras.size))
            scores.append(dtu_views.score(rendering, target, mask))
        else:
            scores.append(protocol.score(rendering, target))
        if i == len(views) // 2:
            write_pair(pictures, "view.png", *compared)
    return mean_scores(scores)


def fitted(name: str, recipe: Recipe, seed: int, seconds: float, pictures: Path) -> Row:
    """Scores of one fit."""
    with tempfile.TemporaryDirectory() as folder:
        options = options_of(name)
        request = FitRequest(
            SCENES[name][0], Path(folder) / "run", recipe, options, seconds=seconds, seed=seed, evaluate=False
        )
        run = fit_scene(request, Progress("quiet"))
        scores = scored(name, load(run.path), load_scene(SCENES[name][0], options).test, pictures)
        record = run.read_manifest()
    return {**scores, "steps": record["steps"], "cpu_seconds": record["cpu_seconds"]}


def summaries(rows: list[Row]) -> list[Row]:
    """Means over seeds, and how far apart their PSNRs are."""
    together = []
    for name, rung, seconds in dict.fromkeys((row["scene"], row["rung"], row["seconds"]) for row in rows):
        some = [r for r in rows if (r["scene"], r["rung"], r["seconds"]) == (name, rung, seconds)]
        known = {
            k: round(mean(r[k] for r in some), 3) for k in ("psnr", "psnr_object", "ssim", "steps") if k in some[0]
        }
        spread = max(r["psnr"] for r in some) - min(r["psnr"] for r in some)
        same = {"scene": name, "rung": rung, "seconds": seconds, "seeds": len(some)}
        together.append(same | known | {"spread": round(spread, 2)})
    return together


def picture(name: str, folder: Path) -> None:
    """One view by every rung that is there, and the truth."""
    shown = [path for rung in RUNGS if (path := folder / name / rung / "view.render.png").is_file()]
    if shown:
        files = [*shown, shown[-1].with_name("view.truth.png")]
        parts = [torch.from_numpy(read_image(file)[..., :3]).float() / 255 for file in files]
        write_image(Path(f"few_views_{name}.png"), torch.cat(parts, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", default=DEFAULTS, help=", ".join(SCENES))
    parser.add_argument("--rungs", nargs="+", default=list(RUNGS), choices=list(RUNGS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--one-core", action="store_true", help=f"{CPU_SECONDS_PER_MINUTE} s on one core per minute")
    parser.add_argument("--results", type=Path, default=Path("few_views.json"))
    flags = parser.parse_args()
    if flags.one_core:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    seconds = flags.minutes * (CPU_SECONDS_PER_MINUTE if flags.one_core else 60)
    rows: list[Row] = json.loads(flags.results.read_text())["rows"] if flags.results.exists() else []
    for name in flags.scenes:
        if not SCENES[name][0].is_dir():
            print(f"{name} is not here", file=sys.stderr)
            continue
        for seed in range(flags.seeds):
            for rung in flags.rungs:
                key = {"scene": name, "rung": rung, "seed": seed, "seconds": seconds}
                if not any(key.items() <= row.items() for row in rows):
                    recipe = resolve(*RUNGS[rung])
                    pictures = flags.results.with_suffix("") / name / rung
                    rows.append(key | fitted(name, recipe, seed, seconds, pictures))
                    print(f"{name}, {rung}, seed {seed}: {rows[-1]['psnr']:.2f} dB", file=sys.stderr, flush=True)
                    write_json(flags.results, {"machine": describe_machine(torch.device("cpu")), "rows": rows})
        picture(name, flags.results.with_suffix(""))
    print("| " + " | ".join(KEYS) + " |\n|" + "---|" * len(KEYS))
    for row in summaries(rows):
        print("| " + " | ".join(str(row.get(key, "")) for key in KEYS) + " |")


if __name__ == "__main__":
    main()
