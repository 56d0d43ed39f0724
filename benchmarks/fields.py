"""CPU time of a training step of the hash grid, by the C++ kernels and by the same model in plain torch.

python benchmarks/fields.py [SCENE] [--steps 300] [--pixels 4096]

Both do the same step from the same state on the same pixels, in one thread, after so many steps of training: that
decides how much of the scene is known to be empty. SCENE is the bundled ketch unless another is named.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch
from measuring import Timing, timed
from torch import Tensor

from recon3d import kernels
from recon3d.engine.clock import Clock
from recon3d.engine.fit import fit
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_session import Session
from recon3d.engine.manifest import describe_machine
from recon3d.engine.model import Model
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.run_folder import RunFolder
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.kernels import cpu
from recon3d.types import Views

BUNDLED = Path(__file__).parents[1] / "scenes" / "ketch"
BAR = 8.0


class Trained:
    """A fit some steps on, and the pixels of its next step."""

    def __init__(self, scene: Path, steps: int, pixels: int, folder: Path) -> None:
        recipe = resolve("ngp", {"fit": {"pixels": pixels}})
        request = FitRequest(scene, folder, recipe, SceneOptions(), steps=steps)
        self.session = Session(request, RunFolder(folder), load_scene(scene), torch.device("cpu"), Progress("quiet"))
        self.session.begin()
        self.model = Model(self.session.encode, self.session.render, self.session.objective)
        fit(self.model, self.session.targets, Clock(steps, None), recipe.fit, lambda moment: None)
        self.target: Views = self.session.targets.next(1.0)

    def loss(self) -> Tensor:
        return self.model.objective(self.model.render(self.model.encode(None), self.target.cameras), self.target)

    def forward(self) -> None:
        with torch.no_grad():
            self.loss()

    def gradients(self) -> None:
        self.loss().backward()
        for parameter in self.model.encode.learnt.parameters.values():
            parameter.grad = None

    def step(self) -> None:
        """As in the fit, but for looks at what is empty, of which there is one in sixteen steps."""
        self.loss().backward()
        self.model.encode.learnt.step(1e-9, 1000, sparse=("table",))


def compared(call: Callable[[], None]) -> tuple[Timing, Timing]:
    """By the C++ kernels and by plain torch."""
    timings = []
    for backend in ("cpu", "reference"):
        kernels.use(backend)
        timings.append(timed(call))
    kernels.use("auto")
    return timings[0], timings[1]


def main() -> None:
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", type=Path, nargs="?", default=BUNDLED)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--pixels", type=int, default=4096)
    parser.add_argument("--json", type=Path, default=Path("fields.json"))
    asked = parser.parse_args()
    cpu.set_threads(1)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        trained = Trained(asked.scene, asked.steps, asked.pixels, Path(folder))
        rows = {}
        print(f"{asked.scene.name}, after {asked.steps} steps, {asked.pixels} pixels a step, one thread\n")
        print("| | recon3d, CPU-ms | plain torch, CPU-ms | ratio |\n|---|---|---|---|")
        for name in ("forward", "gradients", "step"):
            fast, slow = compared(getattr(trained, name))
            rows[name] = {"fast": fast.cpu, "slow": slow.cpu, "ratio": slow.cpu / fast.cpu}
            print(f"| {name} | {fast.cpu:.0f} | {slow.cpu:.0f} | {slow.cpu / fast.cpu:.1f}x |")
    machine = describe_machine(torch.device("cpu"))
    print(f"\nbar for the step: {BAR:g}x; {machine['processor']}, {machine['instruction_set']}")
    asked.json.write_text(json.dumps({"scene": asked.scene.name, "rows": rows, "machine": machine}, indent=1))


if __name__ == "__main__":
    main()
