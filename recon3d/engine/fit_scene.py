"""From a scene on disk to a run folder: everything around the loop."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from recon3d.encoders.free_gaussians import FreeGaussians
from recon3d.engine import checkpoint, manifest
from recon3d.engine.clock import Clock
from recon3d.engine.device import chosen_device
from recon3d.engine.evaluate import evaluate
from recon3d.engine.fit import Moment, fit, single_threaded_torch
from recon3d.engine.interrupts import Interrupted, Request, listening
from recon3d.engine.model import Model
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import Recipe, resolve
from recon3d.engine.reconstruction import load
from recon3d.engine.run_folder import RunFolder
from recon3d.engine.targets import Targets
from recon3d.engine.watching import Watcher
from recon3d.errors import Diverged, UsageError
from recon3d.io.atomic import write_json
from recon3d.io.camera_path import DEFAULT_FPS, write_camera_path
from recon3d.io.ply import write_gaussians
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.types import Gaussians, Scene

CHECKPOINT_SECONDS = 60.0
MOST_ROLLBACKS = 3


@dataclass(frozen=True)
class FitRequest:
    """What the user asked for. With both `steps` and `seconds` whichever ends first counts; with neither, the recipe's
    number of steps does.

    `already` are seconds that had passed when the request was made: they count towards a time budget. `argv` is the
    command line.
    """

    scene: Path
    output: Path
    recipe: Recipe
    options: SceneOptions
    steps: int | None = None
    seconds: float | None = None
    seed: int = 0
    device: str = "auto"
    already: float = 0.0
    argv: tuple[str, ...] = ()


def resumed_request(request: FitRequest) -> FitRequest:
    """The request that the run in the output folder was made by; only length, device and command line may be new. The
    request itself where there is no run yet.

    Raises UsageError where the run is of another scene.
    """
    run = RunFolder(request.output)
    if not run.manifest.is_file():
        return request
    record = run.read_manifest()
    asked = record["request"]
    if Path(record["scene"]["path"]) != request.scene.resolve():
        raise UsageError(run.path, f"is a run of {record['scene']['path']}", "name another --output")
    new_length = request.steps is not None or request.seconds is not None
    return dataclasses.replace(
        request,
        recipe=resolve(str(run.recipe)) if run.recipe.is_file() else request.recipe,
        options=SceneOptions(asked["downscale"], asked["test_every"]),
        steps=request.steps if new_length else asked["steps"],
        seconds=request.seconds if new_length else asked["seconds"],
        seed=asked["seed"],
    )


def fit_scene(
    request: FitRequest,
    progress: Progress,
    overwrite: bool = False,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> RunFolder:
    """Fit, write the run folder, score the held-out views.

    With `resume` an interrupted run goes on from its last checkpoint. A watcher changes nothing but the time it takes.
    Raises what reading the scene raises before
    anything is written, BadInput for an output that exists, Diverged for a fit that does, and Interrupted, after
    saving, when a signal asked for the end.
    """
    request.recipe.require("density", "objective", "fit", purpose="to fit a scene")
    run = RunFolder(request.output)
    asked_to_resume, resume = resume, resume and run.manifest.is_file()
    if not resume:
        RunFolder.refuse_existing(request.output, overwrite or asked_to_resume)
    device = chosen_device(request.device)
    scene = read_scene(request, progress)
    if not resume:
        run = RunFolder.create(request.output, overwrite or asked_to_resume)
    session = Session(request, run, scene, device, progress)
    session.watcher = watcher
    if resume and run.checkpoint.is_file():
        session.restore()
    else:
        session.begin()
    return session.run_to_the_end()


def read_scene(request: FitRequest, progress: Progress) -> Scene:
    """The scene in the frame of its files, every picture decoded once so that a broken one is reported now."""
    scene = load_scene(request.scene, request.options)
    for views in (scene.train, scene.test):
        views.check()
    progress.say(f"{scene.format} scene: {len(scene.train)} pictures to learn from, {len(scene.test)} held out")
    for note in scene.notes:
        progress.say(f"note: {note}")
    return scene


class Session:
    """One fit: its scene, its parts, its clock, and what it writes."""

    def __init__(
        self, request: FitRequest, run: RunFolder, scene: Scene, device: torch.device, progress: Progress
    ) -> None:
        self.request, self.run, self.device, self.progress = request, run, device, progress
        self.input_scene, self.scene = scene, scene.normalised()
        parts = request.recipe.parts
        self.density = parts["density"].build(parts["density"].config)
        self.render = parts["renderer"].build(parts["renderer"].config)
        self.objective = parts["objective"].build(parts["objective"].config, request.seed + 1)
        self.targets = Targets(self.scene.train, request.seed + 2, device)
        self.clock = self._clock(request.already)
        self.saved_at = self.clock.elapsed
        self.record: dict[str, Any] = {}
        self.watcher: Watcher | None = None

    def _clock(self, already: float) -> Clock:
        steps, seconds = self.request.steps, self.request.seconds
        if steps is None and seconds is None:
            steps = self.request.recipe.fit.steps
        return Clock(steps, seconds, already)

    def begin(self) -> None:
        """A first guess, and the files that say what is being made of what."""
        self.record = self._describe()
        self.run.write_manifest(self.record)
        write_json(self.run.recipe, self.request.recipe.to_json())
        for split, views in (("train", self.input_scene.train), ("test", self.input_scene.test)):
            if len(views):
                write_camera_path(self.run.cameras(split), views.cameras, DEFAULT_FPS)
        config = self.request.recipe.parts["encoder"].config
        with single_threaded_torch(self.device):
            self.encode, note = FreeGaussians.begin(config, self.density, self.scene, self.request.seed)
        self.encode.to(self.device)
        self.progress.say(note)
        self.record["start"] = note
        self._save()

    def restore(self) -> None:
        """The state of the last checkpoint."""
        tensors, state = checkpoint.load(self.run)
        self.record = self.run.read_manifest()
        self.encode = FreeGaussians.restored(self.request.recipe.parts["encoder"].config, self.density, tensors)
        self.encode.to(self.device)
        self.targets.restore(state["targets"])
        self.objective.restore(state["objective"])
        self.clock = self._clock(self.request.already + state["elapsed"])
        self.clock.step = state["step"]
        self.saved_at = self.clock.elapsed
        self.progress.say(f"resumed at step {self.clock.step}")

    def run_to_the_end(self) -> RunFolder:
        if self.watcher is not None:
            self.watcher.begin(self.input_scene)
        with listening() as request:
            try:
                while not self._fitted(request):
                    pass
            except Interrupted as interruption:
                self.progress.end_line()
                self._save()
                self._finish("stopped")
                self.progress.say(f"stopped at step {self.clock.step}, saved in {self.run.path}: go on with --resume")
                raise interruption
        self.progress.end_line()
        self._save()
        self._finish("finished")
        self._evaluate()
        return self.run

    def _fitted(self, request: Request) -> bool:
        """Fit on; False where that ended in a rollback."""
        model = Model(self.encode, self.render, self.objective)
        try:
            fit(model, self.targets, self.clock, self.request.recipe.fit, lambda m: self._after_step(m, request))
            self.encode.check()
        except Diverged as trouble:
            self._roll_back(trouble)
            return False
        return True

    def _roll_back(self, trouble: Diverged) -> None:
        """Go back to the last checkpoint, but on with other pictures, or the same would happen again.

        Raises the trouble where it comes back a fourth time.
        """
        rollbacks = self.record.setdefault("rollbacks", [])
        if len(rollbacks) >= MOST_ROLLBACKS:
            self.record |= {"status": "diverged", "ended": manifest.now()}
            self.run.write_manifest(self.record)
            raise trouble
        tensors, state = checkpoint.load(self.run)
        self.encode = FreeGaussians.restored(self.request.recipe.parts["encoder"].config, self.density, tensors)
        self.encode.to(self.device)
        self.clock.step = state["step"]
        rollbacks.append({"trouble": str(trouble), "back_to_step": self.clock.step})
        self.progress.say(f"{trouble.place}: {trouble.reason}; went back to step {self.clock.step}")

    def _after_step(self, moment: Moment, request: Request) -> None:
        splats = self.encode.population.size
        self.progress.observe(moment, f"{splats} splats", splats=splats)
        if self.clock.elapsed - self.saved_at > CHECKPOINT_SECONDS:
            self._save()
        if self.watcher is not None:
            self.watcher.look(moment, self._result, request)
        request.check()

    def _save(self) -> None:
        self.encode.check()
        state = {
            "elapsed": self.clock.elapsed,
            "targets": self.targets.state(),
            "objective": self.objective.state(),
        }
        checkpoint.save(self.run, self.clock.step, self.encode.state(), state)
        self.saved_at = self.clock.elapsed

    def _finish(self, status: str) -> None:
        """Write the result so far."""
        gaussians = self._result()
        write_gaussians(self.run.splats, gaussians)
        self.record |= manifest.describe_end(status, self.clock) | {"gaussians": len(gaussians)}
        self.run.write_manifest(self.record)
        if self.watcher is not None:
            self.watcher.end(self.run)

    def _result(self) -> Gaussians:
        """The Gaussians as they are now, in the frame of the input."""
        with torch.no_grad():
            shown = self.encode(None).to("cpu")
            gaussians = dataclasses.replace(shown, sh=shown.sh.detach(), mean2d_probe=None)
            return gaussians.moved(torch.linalg.inv(self.scene.world_from_input))

    def _evaluate(self) -> None:
        """Score what was written, not what is in memory: the file is what the user has."""
        if len(self.input_scene.test) == 0:
            return
        reconstruction = load(self.run.path, str(self.device))
        metrics = evaluate(reconstruction, self.input_scene.test, pictures=self.run.pictures)
        write_json(self.run.metrics, {"steps": self.record["steps"], "seconds": self.record["seconds"], **metrics})

    def _describe(self) -> dict[str, Any]:
        request = self.request
        options = dataclasses.asdict(request.options)
        return {
            "kind": "fit",
            **manifest.describe_beginning(request.argv, self.device),
            "request": {
                "steps": request.steps,
                "seconds": request.seconds,
                "seed": request.seed,
                "downscale": options["downscale"],
                "test_every": options["test_every"],
            },
            "scene": manifest.describe_scene(self.input_scene, self.scene.world_from_input),
        }
