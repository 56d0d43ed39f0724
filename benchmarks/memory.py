"""Peak memory of `recon3d fit` with many Gaussians and many large pictures, against what a laptop of 8 GiB has.

python benchmarks/memory.py                                          a million Gaussians, 200 pictures of 1600x1064
python benchmarks/memory.py --gaussians 20000 --pictures 6 --steps 9     smaller

The scene is made for the purpose in a temporary folder, about 0.5 GB: cameras on a ring, each of which sees nearly
every Gaussian, all with harmonics of degree 3 from the second step on. A second run with half as many Gaussians tells
what one of them takes; where there are few, noise outweighs them. Density control, which copies all Gaussians, comes
often enough to be part of even a short run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, Popen
from typing import Any

import cv2
import numpy as np
import torch
from cloud import cloud
from peers import write_points
from PIL import Image

from recon3d.engine.camera_paths import looking_at
from recon3d.engine.manifest import describe_machine
from recon3d.io.atomic import write_json
from recon3d.io.camera_json import keys_from_camera
from recon3d.types import Cameras, PointCloud

WIDTH, HEIGHT = 1600, 1064
FOCAL, DISTANCE = 1300, 4.0
"""In pixels and world units: every camera has nearly all of `cloud` in view."""
LIMIT = 8 * 2**30

Row = dict[str, Any]


def write_scene(folder: Path, gaussians: int, pictures: int) -> None:
    """A transforms.json with cameras on a ring that look at the origin, JPEGs, and as many points as Gaussians."""
    (folder / "images").mkdir(parents=True)
    generator = np.random.default_rng(0)
    frames = []
    for i in range(pictures):
        Image.fromarray(texture(generator)).save(folder / "images" / f"{i:04d}.jpg", quality=90)
        frames.append({"file_path": f"images/{i:04d}.jpg", **keys_from_camera(ring_camera(i / pictures))})
    write_json(folder / "transforms.json", {"ply_file_path": "points.ply", "frames": frames})
    colours = torch.rand(gaussians, 3, generator=torch.Generator().manual_seed(1))
    write_points(folder / "points.ply", PointCloud(cloud(gaussians).means, colours))


def texture(generator: np.random.Generator) -> np.ndarray:
    """h w 3, 8-bit: smooth blotches and sensor noise, so that the JPEG is as large as a photo's."""
    smooth = cv2.resize(generator.uniform(40, 215, (12, 18, 3)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    noise = generator.standard_normal((HEIGHT, WIDTH, 3), dtype=np.float32)
    return np.clip(smooth + 6 * noise, 0, 255).astype(np.uint8)


def ring_camera(turn: float) -> Cameras:
    """The camera after that share of a turn around the y axis, which points down as in `cloud`."""
    angle = 2 * math.pi * turn
    centre = torch.tensor([DISTANCE * math.cos(angle), -1.5, DISTANCE * math.sin(angle)], dtype=torch.float64)
    up = torch.tensor([0, -1, 0], dtype=torch.float64)
    matrix = looking_at(centre, torch.zeros(3, dtype=torch.float64), up)
    intrinsics = torch.tensor([[FOCAL, 0, WIDTH / 2], [0, FOCAL, HEIGHT / 2], [0, 0, 1]], dtype=torch.float64)
    return Cameras(matrix[None], intrinsics[None], torch.tensor([WIDTH]), torch.tensor([HEIGHT]))


def fit_words(scene: Path, run: Path, gaussians: int, pictures: int, steps: int) -> list[str]:
    words: list[object] = ["fit", scene, "--output", run, "--steps", steps, "--device", "cpu", "--progress", "json"]
    words += ["--downscale", 1, "--test-every", max(2, pictures // 2)]  # two are held out
    words += ["--encoder.start", "points", "--encoder.start-count", gaussians, "--density.cap", gaussians]
    words += ["--fit.coarsest", 1, "--fit.fine-at", 0, "--encoder.sh-degree-every", 1e-6]
    # Gaussians begin with an opacity of 0.1: with a threshold just below it some are soon taken for dead and moved.
    words += ["--density.every", max(2, steps // 3), "--density.start", 0, "--density.dead-opacity", 0.09]
    return [str(word) for word in words]


def fit(scene: Path, run: Path, gaussians: int, steps: int) -> Row:
    """What one run took; memory in bytes."""
    pictures = len(list((scene / "images").iterdir()))
    words = fit_words(scene, run, gaussians, pictures, steps)
    log = run.with_suffix(".log")
    with log.open("w") as file:
        process = Popen([sys.executable, "-m", "recon3d", *words], stdout=DEVNULL, stderr=file)
        _, status, usage = os.wait4(process.pid, 0)  # of this child alone, which getrusage cannot tell apart
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"recon3d fit ended with {process.returncode}:\n{log.read_text()[-1000:]}")
    events = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    reports = [event for event in events if event["event"] == "step"]
    paces = [(b["elapsed"] - a["elapsed"]) / (b["step"] - a["step"]) for a, b in pairwise(reports)]
    manifest = json.loads((run / "manifest.json").read_text())
    return {
        "gaussians": manifest["gaussians"],
        "pictures": pictures,
        "size": f"{WIDTH}x{HEIGHT}",
        "steps": steps,
        "peak": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "peak_before_scoring": manifest["peak_memory"],
        "while_fitting": reports[-1]["memory"],
        "seconds_per_step": round(median(paces), 2),  # those with density control are slower, and too many here
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "command": ["recon3d", "fit", "SCENE", "--output", "RUN", *words[4:]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gaussians", type=int, default=1_000_000)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--steps", type=int, default=30, help="9 or more")
    asked = parser.parse_args()
    rows = []
    print("| Gaussians | pictures | steps | peak memory | seconds per step | under 8 GiB |\n|" + "---|" * 6)
    with tempfile.TemporaryDirectory() as folder:
        write_scene(Path(folder) / "scene", asked.gaussians, asked.pictures)
        for gaussians in (asked.gaussians // 2, asked.gaussians):
            row = fit(Path(folder) / "scene", Path(folder) / f"run_{gaussians}", gaussians, asked.steps)
            rows.append(row)
            fits = "yes" if row["peak"] < LIMIT else "NO"
            values = (row["gaussians"], f"{row['pictures']} of {row['size']}", row["steps"])
            peak = f"{row['peak'] / 2**30:.2f} GiB"
            print("| " + " | ".join(map(str, (*values, peak, row["seconds_per_step"], fits))) + " |", flush=True)
    half, whole = rows
    each = round((whole["peak"] - half["peak"]) / (whole["gaussians"] - half["gaussians"]))
    print(f"\n{each} bytes for one Gaussian more; its 59 numbers, as many gradients and Adam's moments are 944 of them")
    machine = describe_machine(torch.device("cpu"))
    result = {"machine": machine, "bytes_per_gaussian": each, "under_8_gib": whole["peak"] < LIMIT, "rows": rows}
    write_json(Path("memory.json"), result)


if __name__ == "__main__":
    main()
