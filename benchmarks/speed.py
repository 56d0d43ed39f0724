"""CPU milliseconds of one iteration of a fit and of its parts, beside slower ways of doing the same, in one run.

python benchmarks/speed.py                 every table
python benchmarks/speed.py iteration ssim  some of them

Unless a column says otherwise: one thread, CPU time, the least of many repetitions, after warming up. Set
OMP_WAIT_POLICY=passive, so that no idle thread of torch's counts, and THP_MEM_ALLOC_ENABLE=1, as the command `recon3d`
does itself. `limit ms` is what the arithmetic of the blending and the memory traffic per Gaussian would take at the
speed of a matrix product and of a long copy on the same core.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import torch
from cloud import camera_of, cloud
from measuring import Timing, timed
from torch import Tensor

from recon3d.engine.fit import single_threaded_torch
from recon3d.engine.manifest import describe_machine
from recon3d.engine.model import Model
from recon3d.engine.recipe import resolve
from recon3d.engine.whole_views import WholeViews
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.kernels import cpu, reference
from recon3d.representations.gaussian_parameters import GaussianParameters, Population

SHARED = Path(os.environ.get("RECON3D_SHARED", "../shared"))
SSIM_WEIGHT = 0.2
OPENSPLAT = {10_000: 270, 50_000: 540, 100_000: 800}
"""CPU-ms per iteration of OpenSplat 1.2.0 on fox at 270x480, measured once on two cores of a server."""

FLOPS_PER_EVALUATION = 34 + 60
"""Of a Gaussian at a pixel, forward and backward; counted in the kernels by hand."""
BYTES_PER_GAUSSIAN = 59 * 4 * 7 + 2 * 192 + 2 * 64
"""Read or written in an iteration: Adam's four reads and three writes of 59 floats, the colours on both ways, the
projection."""

Table = Iterator[dict[str, object]]


class Limits(NamedTuple):
    """What one core does in a second at best."""

    flops: float
    bytes: float

    @staticmethod
    def measured() -> Limits:
        a, b = torch.rand(2, 1024, 1024)
        long = torch.rand(2, 1 << 25)
        product, copy = timed(lambda: a @ b), timed(lambda: long[0].copy_(long[1]))
        return Limits(2e3 * 1024**3 / product.cpu, 2e3 * long[0].nbytes / copy.cpu)


class Iteration:
    """Forward, L1 + SSIM, backward and Adam on 59 floats per Gaussian, by one backend of the kernels."""

    def __init__(self, kernels: ModuleType, count: int, width: int, height: int) -> None:
        self.kernels, self.camera = kernels, camera_of(width, height)
        self.population = Population.new(cloud(count).map(Tensor.contiguous))
        self.target = torch.rand(height, width, 3, generator=torch.Generator().manual_seed(1))
        self.step = 0

    def picture(self) -> Tensor:
        shown = self.population.parameters.physical()
        return self.kernels.splat(
            shown.means, shown.quaternions, shown.scales, shown.opacities, shown.sh, self.camera
        ).colour

    def render(self) -> None:
        with torch.no_grad():
            self.picture()

    def evaluations(self) -> int:
        """Pixels at which a Gaussian is evaluated, all Gaussians together."""
        shown = self.population.parameters.map(Tensor.requires_grad_).physical()
        return cpu.work_of(
            cpu.splat(shown.means, shown.quaternions, shown.scales, shown.opacities, shown.sh, self.camera)
        ).evaluated

    def limit(self, machine: Limits) -> float:
        """Milliseconds that no kernel doing the same could be faster than."""
        flops = FLOPS_PER_EVALUATION * self.evaluations()
        return 1e3 * (flops / machine.flops + BYTES_PER_GAUSSIAN * self.population.size / machine.bytes)

    def train(self) -> None:
        self.step += 1
        for tensor in self.population.parameters:
            tensor.requires_grad_()
        self.kernels.l1_ssim(self.picture(), self.target, SSIM_WEIGHT).backward()
        with torch.no_grad():
            for name in GaussianParameters._fields:
                parameter, first, second = (getattr(part, name) for part in self.population)
                # A rate that moves nothing, so that every repetition does the same work.
                self.kernels.adam_step(parameter, parameter.grad, (first, second), torch.tensor([1e-12]), self.step)
                parameter.grad = None


def milliseconds(timing: Timing) -> dict[str, object]:
    return {"CPU ms": round(timing.cpu, 1), "median": round(timing.cpu_median, 1)}


def iteration_table() -> Table:
    """A whole iteration, and how much longer the torch reference takes."""
    machine = Limits.measured()
    for count, size in ((50_000, 400), (200_000, 800)):
        iteration = Iteration(cpu, count, size, size)
        fast, limit = timed(iteration.train), iteration.limit(machine)
        slow = timed(Iteration(reference, count, size, size).train, repetitions=3, seconds=0) if size == 400 else None
        yield {
            "Gaussians": count,
            "pixels": f"{size}x{size}",
            **milliseconds(fast),
            "limit ms": round(limit, 1),
            "times the limit": round(fast.cpu / limit, 1),
            "reference": round(slow.cpu) if slow else "",
            "ratio": round(slow.cpu / fast.cpu, 1) if slow else "",
        }


def fox_table() -> Table:
    """Iterations of `recon3d fit` on the fox at full spherical harmonics, beside what OpenSplat takes."""
    folder = SHARED / "data" / "fox"
    if not folder.is_dir():
        return
    scene = load_scene(folder, SceneOptions(downscale=4))
    scene.train.check()
    for count, other in OPENSPLAT.items():
        recipe = resolve("splat_mcmc", {"encoder": {"start_count": count, "sh_degree_every": 0.01}})
        parts = {name: part.build(part.config) for name, part in recipe.parts.items() if name != "encoder"}
        encoder = recipe.parts["encoder"]
        begun = encoder.build.begin(scene, 0, encoder.config, parts["density"])
        encode = begun.encoder
        model = Model(encode, parts["renderer"], parts["objective"])
        targets = WholeViews(begun.scene.train, 0, torch.device("cpu"))

        def step(model: Model = model, targets: WholeViews = targets) -> None:
            target = targets.next()
            rendering = model.render(model.encode(None), target.cameras)
            loss = model.objective(rendering, target)
            (loss + model.encode.penalty(rendering.alpha.detach().mean())).backward()
            model.encode.learn(0.9, target.cameras.size)

        for _ in range(50):
            step()
        timing = timed(step)
        yield {
            "Gaussians": len(encode(None)),
            **milliseconds(timing),
            "OpenSplat": other,
            "ratio": round(other / timing.cpu, 1),
        }


def ssim_table() -> Table:
    """L1 + SSIM with its gradient, beside 11x11 convolutions by torch."""
    for size in (400, 800):
        g = torch.Generator().manual_seed(0)
        prediction, target = (torch.rand(size, size, 3, generator=g) for _ in range(2))
        prediction.requires_grad_()

        def differentiate(kernels: ModuleType, a: Tensor = prediction, b: Tensor = target) -> Tensor:
            return torch.autograd.grad(kernels.l1_ssim(a, b, SSIM_WEIGHT), a)[0]

        fast, slow = timed(lambda: differentiate(cpu)), timed(lambda: differentiate(reference), 5)
        yield {
            "pixels": f"{size}x{size}",
            **milliseconds(fast),
            "conv2d": round(slow.cpu, 1),
            "ratio": round(slow.cpu / fast.cpu, 1),
        }


def cores_at_best() -> float:
    """How many times the matrix products of one core two cores do at once: less than 2 where they share a clock."""
    a, b = torch.rand(2, 1024, 1024)

    def products() -> None:
        for _ in range(10):
            a @ b

    def twice() -> None:
        other = threading.Thread(target=products)
        other.start()
        products()
        other.join()

    return 2 * timed(products).wall / timed(twice).wall


def threads_table() -> Table:
    """Wall time on one thread and on two, and what two threads of matrix products gain; for two quiet cores only."""
    for count, size in ((50_000, 400), (200_000, 800)):
        iteration = Iteration(cpu, count, size, size)
        wall = {}
        for threads in (1, 2):
            cpu.set_threads(threads)
            wall[threads] = timed(iteration.train).wall
        cpu.set_threads(1)
        yield {
            "Gaussians": count,
            "pixels": f"{size}x{size}",
            "wall ms, 1 thread": round(wall[1], 1),
            "2 threads": round(wall[2], 1),
            "ratio": round(wall[1] / wall[2], 2),
            "at best": round(cores_at_best(), 2),
        }


def rendering_table() -> Table:
    """Pictures per second of wall time on two threads, nothing learnt."""
    cpu.set_threads(2)
    for count, size in ((50_000, 400), (200_000, 800)):
        timing = timed(Iteration(cpu, count, size, size).render)
        yield {"Gaussians": count, "pixels": f"{size}x{size}", "frames per second": round(1000 / timing.wall)}
    cpu.set_threads(1)


def growth_table() -> Table:
    """An iteration's CPU milliseconds by the number of Gaussians and the picture's side, as ms (ns per evaluation)."""
    for count in (25_000, 50_000, 100_000, 200_000, 400_000):
        row: dict[str, object] = {"Gaussians": count}
        for size in (200, 400, 800, 1600):
            iteration = Iteration(cpu, count, size, size)
            row[f"{size} px"] = round(timed(iteration.train, 8, 2).cpu, 1)
            row[f"{size} px, ns"] = round(1e6 * float(str(row[f"{size} px"])) / iteration.evaluations(), 2)
        yield row


def plot_growth(rows: list[dict[str, object]], path: Path) -> None:
    """The growth table as lines, both axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    counts = [int(str(row["Gaussians"])) for row in rows]
    for size in (200, 400, 800, 1600):
        times = [row[f"{size} px"] for row in rows]
        axes.plot(counts, times, marker="o", label=f"{size} x {size} pixels")
    axes.set(xlabel="Gaussians", ylabel="CPU ms per iteration", xscale="log", yscale="log")
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.set_xticks([], minor=True)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)


TABLES: dict[str, Callable[[], Table]] = {
    "iteration": iteration_table,
    "fox": fox_table,
    "ssim": ssim_table,
    "threads": threads_table,
    "rendering": rendering_table,
    "growth": growth_table,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", default=list(TABLES), help=", ".join(TABLES))
    parser.add_argument("--plot", type=Path, help="an SVG of the growth table (needs matplotlib)")
    flags = parser.parse_args()
    machine = describe_machine(torch.device("cpu"))
    print(f"{machine['processor']}, {machine['cores']} cores, {machine['instruction_set']}")
    results: dict[str, list[dict[str, object]]] = {}
    with single_threaded_torch(torch.device("cpu")):
        cpu.set_threads(1)
        for name in flags.tables:
            print(f"\n{TABLES[name].__doc__}\n")
            results[name] = []
            for row in TABLES[name]():
                if not results[name]:
                    print("| " + " | ".join(row) + " |\n|" + "---|" * len(row))
                results[name].append(row)
                print("| " + " | ".join(str(value) for value in row.values()) + " |", flush=True)
    Path("speed.json").write_text(json.dumps({"machine": machine, **results}, indent=2) + "\n")
    if flags.plot and "growth" in results:
        plot_growth(results["growth"], flags.plot)


if __name__ == "__main__":
    main()
