"""PSNR of held-out views after a given time, by `recon3d fit --time-budget` as a user would run it.

python benchmarks/quality.py                               every row of the README's table
python benchmarks/quality.py chair:5m fox:1m,3m --seeds 3  some of them, each by three seeds, and a plot
python benchmarks/quality.py --one-core                    where cores are shared: a minute is 110 s on one core

A minute of two quiet cores is about 110 seconds of CPU time. Where others compete for the cores, wall time says little:
with --one-core each fit is held to one core and given 110 s of it for every minute.

Results are added to quality.json, from which the table and the plot are made; a row that is there is not run again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from recon3d.engine.manifest import describe_machine

SHARED = Path(os.environ.get("RECON3D_SHARED", "../shared"))
BUNDLED = Path(__file__).parents[1] / "scenes"
SCENES: dict[str, tuple[Path, list[str]]] = {
    "ketch": (BUNDLED / "ketch", []),
    "terrace": (BUNDLED / "terrace", []),
    "chair": (SHARED / "data" / "blender_chair", []),
    # How many Gaussians a PSNR takes: density control as 3DGS was published with, and the default with a low cap.
    "chair_3dgs": (SHARED / "data" / "blender_chair", ["--recipe", "splat"]),
    "chair_20k": (SHARED / "data" / "blender_chair", ["--density.cap", "20000", "--encoder.start-count", "10000"]),
    "fox": (SHARED / "data" / "fox", ["--downscale", "4"]),
    "fox_random": (SHARED / "data" / "fox", ["--downscale", "4", "--encoder.start", "random"]),
    "lund_door": (SHARED / "data" / "lund_door", ["--test-every", "6"]),
    "dtu_scan65": (SHARED / "data" / "dtu_scan65", []),
}
ROWS = ["ketch:1m,3m", "terrace:3m", "chair:1m,3m,5m,10m", "fox:1m,3m,5m,10m", "fox_random:1m"]
ROWS += ["chair_3dgs:5m", "chair_20k:5m", "lund_door:1m,3m,5m,10m", "dtu_scan65:3m"]
CPU_SECONDS_PER_MINUTE = 110
KEYS = ("scene", "size", "minutes", "seeds", "psnr", "spread", "ssim", "views", "gaussians", "steps", "cpu_seconds")

Row = dict[str, Any]


def fitted(name: str, minutes: float, seed: int, one_core: bool) -> Row | None:
    """Scores of one fit; None where the scene is not here."""
    scene, words = SCENES[name]
    if not scene.is_dir():
        return None
    seconds = minutes * (CPU_SECONDS_PER_MINUTE if one_core else 60)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [sys.executable, "-m", "recon3d", "fit", str(scene), "--output", str(run), *words]
        command += ["--time-budget", f"{seconds:g}s", "--seed", str(seed), "--progress", "quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        metrics, manifest = (json.loads((run / f).read_text()) for f in ("metrics.json", "manifest.json"))
    return {
        "scene": name,
        "size": manifest["scene"]["size"][0],
        "minutes": minutes,
        "seed": seed,
        "one_core": one_core,
        "psnr": metrics["mean"]["psnr"],
        "ssim": metrics["mean"]["ssim"],
        "views": metrics["views"],
        "gaussians": manifest["gaussians"],
        "steps": manifest["steps"],
        "cpu_seconds": manifest["cpu_seconds"],
    }


def summary(rows: list[Row]) -> Row:
    """What several seeds make together: means, and how far apart their PSNRs are."""
    psnr = [row["psnr"] for row in rows]
    together = {key: round(mean(row[key] for row in rows)) for key in ("gaussians", "steps", "cpu_seconds")}
    same = {key: rows[0][key] for key in ("scene", "size", "minutes", "views")}
    spread, ssim = round(max(psnr) - min(psnr), 2), round(mean(row["ssim"] for row in rows), 4)
    return {**same, **together, "seeds": len(rows), "psnr": round(mean(psnr), 2), "spread": spread, "ssim": ssim}


def groups(rows: list[Row]) -> list[list[Row]]:
    """The seeds of each scene and budget, in the order in which scenes are listed here."""
    keys = sorted({(list(SCENES).index(row["scene"]), row["minutes"], row["one_core"]) for row in rows})
    return [[r for r in rows if (list(SCENES).index(r["scene"]), r["minutes"], r["one_core"]) == key] for key in keys]


def plot(rows: list[Row], path: Path) -> None:
    """PSNR by minutes: every point a fit planned for that long; bars reach from the worst seed to the best."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for name in SCENES:
        seeds = [group for group in groups(rows) if group[0]["scene"] == name]
        if len(seeds) < 2:
            continue
        minutes, psnr = [g[0]["minutes"] for g in seeds], [mean(r["psnr"] for r in g) for g in seeds]
        low = [p - min(r["psnr"] for r in g) for p, g in zip(psnr, seeds, strict=True)]
        high = [max(r["psnr"] for r in g) - p for p, g in zip(psnr, seeds, strict=True)]
        axes.errorbar(minutes, psnr, (low, high), marker="o", capsize=3, label=name)
    axes.set(xlabel="minutes given", ylabel="PSNR of held-out views, dB", xscale="log", xticks=[1, 2, 3, 5, 10])
    axes.get_xaxis().set_major_formatter(matplotlib.ticker.ScalarFormatter())
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)


def wanted_fits(words: list[str], seeds: int) -> list[tuple[str, float, int]]:
    """(scene, minutes, seed) for words like fox:1m,30s."""
    fits = []
    for name, _, budgets in (word.partition(":") for word in words):
        for budget in budgets.split(","):
            minutes = float(budget[:-1]) / (60 if budget.endswith("s") else 1)
            fits += [(name, minutes, seed) for seed in range(seeds)]
    return fits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", default=ROWS, help="scene:budget,budget")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--one-core", action="store_true", help=f"{CPU_SECONDS_PER_MINUTE} s on one core per minute")
    parser.add_argument("--results", type=Path, default=Path("quality.json"))
    parser.add_argument("--plot", type=Path, help="an SVG of PSNR by minutes (needs matplotlib)")
    flags = parser.parse_args()
    if flags.one_core:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rows: list[Row] = json.loads(flags.results.read_text())["rows"] if flags.results.exists() else []
    for name, minutes, seed in wanted_fits(flags.rows, flags.seeds):
        key = {"scene": name, "minutes": minutes, "seed": seed, "one_core": flags.one_core}
        if any(key.items() <= row.items() for row in rows):
            continue
        row = fitted(name, minutes, seed, flags.one_core)
        if row is None:
            print(f"{name} is not here", file=sys.stderr)
            continue
        print(f"{name}, {minutes:g} min, seed {seed}: {row['psnr']:.2f} dB", file=sys.stderr, flush=True)
        rows.append(row)
        machine = describe_machine(torch.device("cpu"))
        flags.results.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")
    print("| " + " | ".join(KEYS) + " |\n|" + "---|" * len(KEYS))
    for group in groups(rows):
        together = summary(group)
        print("| " + " | ".join(str(together[key]) for key in KEYS) + " |")
    machine = describe_machine(torch.device("cpu"))
    print(f"\n{machine['processor']}, {machine['cores']} cores, {machine['instruction_set']}")
    if flags.plot:
        plot(rows, flags.plot)


if __name__ == "__main__":
    main()
