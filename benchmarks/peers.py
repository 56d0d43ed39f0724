"""recon3d beside other programs: the same pictures, the same points to begin with, as many Gaussians, as many steps.

python benchmarks/peers.py [--scene FOLDER] [--count N]      by default the fox, or the ketch where there is none

Nothing is installed: a peer is measured where you have it. OpenSplat is the program that $OPENSPLAT names, or
`opensplat` on PATH; it and recon3d are run as a user runs them, on one folder written for both. gsplat is the Python
package and needs a CUDA device; there, iterations on a synthetic cloud are timed.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from cloud import cloud
from measuring import timed
from speed import SHARED, SSIM_WEIGHT, Iteration
from torch import Tensor

import recon3d
from recon3d.encoders.start import start_points
from recon3d.engine.evaluate import evaluate
from recon3d.engine.manifest import describe_machine
from recon3d.io.atomic import write_json
from recon3d.io.camera_json import keys_from_camera
from recon3d.io.images import write_image
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.kernels import backend_for, cuda, reference
from recon3d.representations.gaussian_parameters import Population
from recon3d.types import Cameras, PointCloud, Scene, Views

FOX, KETCH = SHARED / "data" / "fox", Path(__file__).parents[1] / "scenes" / "ketch"
GPU = torch.device("cuda")
WARM_UP = 20
"""Steps of the shorter of the two runs whose difference is reported."""
NEVER = 1_000_000
OPENSPLAT_FLAGS = {"cpu": (), "keep-crs": (), "num-downscales": (0,), "sh-degree-interval": (1,)}
OPENSPLAT_FLAGS |= dict.fromkeys(("refine-every", "warmup-length", "densify-from", "densify-until"), (NEVER,))
"""Results in the frame of the input, pictures at full size, all harmonics at once, no Gaussian added or dropped. Each
version knows some of them; past densify-until 1.2.0 would step its optimiser every 32nd time only."""

Row = dict[str, Any]


def run_program(*words: object) -> str:
    """What the program prints. Ends the benchmark where it fails."""
    # Without this policy libtorch's threads spin while they wait, and CPU time would count that as work.
    patient = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    result = subprocess.run([str(word) for word in words], env=patient, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{words[0]} failed: {(result.stderr or result.stdout).strip()[-500:]}")
    return result.stdout


def children_cpu() -> float:
    """CPU seconds, user and system, that all ended child processes took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_per_step(words: list[object], iterations: int) -> float:
    """CPU milliseconds of a step of a program whose last word is the number of steps: the difference of two lengths, so
    that reading and writing files cancel out."""
    seconds = []
    for steps in (WARM_UP, WARM_UP + iterations):
        before = children_cpu()
        run_program(*words, steps)
        seconds.append(children_cpu() - before)
    return 1000 * (seconds[1] - seconds[0]) / iterations


def written_project(folder: Path, scene: Scene, count: int) -> Scene:
    """The training views as a nerfstudio project that both programs read, with about `count` points, never more."""
    (folder / "images").mkdir(parents=True)
    frames = []
    for i in range(len(scene.train)):
        camera, picture = centred(scene.train[i])
        frames.append({"file_path": f"images/{i:04d}.png", **keys_from_camera(camera)})
        write_image(folder / "images" / f"{i:04d}.png", picture)
    write_json(folder / "transforms.json", {"camera_model": "OPENCV", "ply_file_path": "points.ply", "frames": frames})
    _, points = start_points(scene, "auto", count, torch.Generator().manual_seed(0))
    write_points(folder / "points.ply", PointCloud(points.positions[:count], points.colours[:count]))
    return load_scene(folder, SceneOptions(downscale=1, test_every=0))


def centred(view: Views) -> tuple[Cameras, Tensor]:
    """The camera and the picture (h w 3, over black as both programs will draw it), cropped until the principal point
    is in the middle to within half a pixel: OpenSplat takes it to be there."""
    width, height = view.cameras.size
    x, y = view.cameras.intrinsics[0, :2, 2].tolist()
    right, down = round(2 * x - width), round(2 * y - height)
    left, top, width, height = max(0, right), max(0, down), width - abs(right), height - abs(down)
    return view.cameras.cropped(left, top, width, height), view.images[0, top : top + height, left : left + width]


def write_points(path: Path, points: PointCloud) -> None:
    """A binary PLY with float positions and 8-bit colours."""
    table = np.empty(len(points), dtype=[("position", "<f4", 3), ("colour", "u1", 3)])
    table["position"] = points.positions.numpy()
    table["colour"] = (points.colours.clamp(0, 1) * 255).round().numpy()
    columns = ["float x", "float y", "float z", "uchar red", "uchar green", "uchar blue"]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(points)}"]
    header += [*(f"property {column}" for column in columns), "end_header\n"]
    path.write_bytes("\n".join(header).encode() + table.tobytes())


def beside_opensplat(program: str, scene: Scene, count: int, iterations: int) -> Row:
    """CPU time of a step of either program, and PSNR of the held-out views after all steps, both drawn by recon3d."""
    with tempfile.TemporaryDirectory() as name:
        theirs, run, folder = (Path(name) / part for part in ("opensplat.ply", "run", "project"))
        project = written_project(folder, scene, count)
        count = len(project.points)
        known = run_program(program, "--help")
        flags = [word for f, values in OPENSPLAT_FLAGS.items() if f"--{f}" in known for word in (f"--{f}", *values)]
        there = [program, project.path, "-o", theirs, *flags, "-n"]  # the number of steps comes last
        here = [sys.executable, "-m", "recon3d", "fit", project.path, "--output", run, "--overwrite", "--device", "cpu"]
        here += ["--downscale", 1, "--test-every", 0, "--encoder.start", "points", "--encoder.start-count", count]
        here += ["--density.cap", count, "--encoder.sh-degree-every", 1e-6, "--fit.coarsest", 1, "--fit.fine-at", 0]
        here += ["--progress", "quiet", "--steps"]
        times = [cpu_per_step(words, iterations) for words in (there, here)]
        means = [evaluate(recon3d.load(path), scene.test)["mean"] for path in (theirs, run / "splats.ply")]
    row = row_of("OpenSplat", count, project.train.cameras[0].size, "CPU ms", *times)
    scored = zip(("theirs", "recon3d"), means, strict=True)
    return row | {f"PSNR {whose}": round(mean["psnr"], 2) for whose, mean in scored if "psnr" in mean}


def beside_gsplat(scene: Scene, count: int, iterations: int) -> Row:
    """Wall time of forward, L1 + SSIM, backward and Adam on the GPU, on a cloud seen at the scene's size."""
    import gsplat

    gpu = SimpleNamespace(splat=cuda.splat, l1_ssim=reference.l1_ssim)
    gpu.adam_step = lambda p, g, moments, rates, step: reference.adam_step(p, g, moments, rates.cuda(), step)
    own = Iteration(gpu, count, *scene.train.cameras[0].size)
    own.population = Population(*(part.map(Tensor.cuda) for part in own.population))
    own.target, camera = own.target.cuda(), own.camera
    own.camera = camera._replace(camera_from_world=camera.camera_from_world.cuda(), intrinsics=camera.intrinsics.cuda())
    seen = (own.camera.camera_from_world[None], own.camera.intrinsics[None], camera.width, camera.height)
    theirs = cloud(count).map(lambda tensor: tensor.cuda().requires_grad_())
    adam = torch.optim.Adam(theirs, lr=1e-12, fused=True)  # a rate that moves nothing, as in Iteration

    def train() -> None:
        shown = theirs.physical()
        gaussians = (shown.means, shown.quaternions, shown.scales, shown.opacities, shown.sh)
        colours, *_ = gsplat.rasterization(*gaussians, *seen, sh_degree=3, packed=False)
        reference.l1_ssim(colours[0], own.target, SSIM_WEIGHT).backward()
        adam.step()
        adam.zero_grad(set_to_none=True)

    steps = (train, own.train)
    walls = [timed(lambda step=step: (step(), torch.cuda.synchronize()), iterations, 20).wall for step in steps]
    return row_of("gsplat", count, (camera.width, camera.height), "wall ms", *walls)


def row_of(peer: str, gaussians: int, size: tuple[int, int], unit: str, theirs: float, own: float) -> Row:
    ratio = round(theirs / own, 1) if own > 0 else None  # None: runs so short that noise outweighs them
    row: Row = {"peer": peer, "Gaussians": gaussians, "pixels": "{}x{}".format(*size), "a step in": unit}
    return row | {"theirs": round(theirs, 2), "recon3d": round(own, 2), "ratio": ratio}


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scene", type=Path, default=FOX if FOX.is_dir() else KETCH)
    parser.add_argument("--downscale", type=int, help="divide the pictures' sides by this; 4 for the fox")
    parser.add_argument("--count", type=int, default=20_000, help="Gaussians")
    parser.add_argument("--iterations", type=int, default=500, help="steps that are timed")
    asked, rows = parser.parse_args(words), []
    program, has_gsplat = shutil.which(os.environ.get("OPENSPLAT") or "opensplat"), backend_for(GPU) == "cuda"
    if program or has_gsplat:
        downscale = asked.downscale or (4 if asked.scene == FOX else None)
        scene = load_scene(asked.scene, SceneOptions(downscale=downscale))
    if program:
        rows.append(beside_opensplat(program, scene, asked.count, asked.iterations))
    else:
        print("OpenSplat: not here; looked for the program that $OPENSPLAT names, or else opensplat on PATH")
    if has_gsplat:
        rows.append(beside_gsplat(scene, asked.count, asked.iterations))
    else:
        print("gsplat: not here; looked for a CUDA device and the Python package gsplat")
    for row in rows:
        print("| " + " | ".join(row) + " |\n|" + "---|" * len(row))
        print("| " + " | ".join(map(str, row.values())) + " |")
    if rows:
        machine = describe_machine(GPU if has_gsplat else torch.device("cpu"))
        write_json(Path("peers.json"), {"machine": machine, "rows": rows})


if __name__ == "__main__":
    main()
