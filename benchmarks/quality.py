"""PSNR of held-out views after a given wall time, by `recon3d fit --time-budget` as a user would run it.

python benchmarks/quality.py                          every row of the README's table
python benchmarks/quality.py chair:5m fox:1m,3m       some of them
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from recon3d.engine.manifest import describe_machine

SHARED = Path(os.environ.get("RECON3D_SHARED", "../shared"))
BUNDLED = Path(__file__).parents[1] / "scenes"
SCENES: dict[str, tuple[Path, list[str]]] = {
    "ketch": (BUNDLED / "ketch", []),
    "terrace": (BUNDLED / "terrace", []),
    "chair": (SHARED / "data" / "blender_chair", []),
    "fox": (SHARED / "data" / "fox", ["--downscale", "4"]),
    "lund_door": (SHARED / "data" / "lund_door", []),
    "dtu_scan65": (SHARED / "data" / "dtu_scan65", []),
}
ROWS = ["ketch:100s", "terrace:3m", "chair:5m", "fox:1m,3m,10m", "lund_door:3m", "dtu_scan65:3m"]


def measure(name: str, budget: str) -> dict[str, Any] | None:
    """One row; None where the scene is not here."""
    scene, words = SCENES[name]
    if not scene.is_dir():
        return None
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [sys.executable, "-m", "recon3d", "fit", str(scene), "--output", str(run), *words]
        subprocess.run(
            [*command, "--time-budget", budget, "--progress", "quiet"], check=True, stdout=subprocess.DEVNULL
        )
        metrics, manifest = (json.loads((run / f).read_text()) for f in ("metrics.json", "manifest.json"))
    return {
        "scene": name,
        "budget": budget,
        "psnr": round(metrics["mean"]["psnr"], 2),
        "ssim": round(metrics["mean"]["ssim"], 4),
        "views": metrics["views"],
        "size": manifest["scene"]["size"][0],
        "gaussians": manifest["gaussians"],
        "steps": manifest["steps"],
        "cpu_seconds": manifest["cpu_seconds"],
    }


def main() -> None:
    rows = []
    print("| scene | pictures | budget | PSNR | SSIM | held-out views | Gaussians | steps | CPU s |\n|" + "---|" * 9)
    for wanted in sys.argv[1:] or ROWS:
        name, _, budgets = wanted.partition(":")
        for budget in budgets.split(","):
            row = measure(name, budget)
            if row is None:
                print(f"| {name} | not here |")
                continue
            rows.append(row)
            keys = ("scene", "size", "budget", "psnr", "ssim", "views", "gaussians", "steps", "cpu_seconds")
            print("| " + " | ".join(str(row[key]) for key in keys) + " |", flush=True)
    machine = describe_machine(torch.device("cpu"))
    print(f"\n{machine['processor']}, {machine['cores']} cores, {machine['instruction_set']}")
    Path("quality.json").write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
