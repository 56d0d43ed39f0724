"""One fit of a scene: its parts, its clock, its checkpoints, and what it writes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from recon3d.encoders.fitted import FittedEncoder
from recon3d.engine import checkpoint, manifest
from recon3d.engine.clock import Clock
from recon3d.engine.fit import Moment, fit, single_threaded_torch
from recon3d.engine.fit_record import describe_fit, write_origin, write_scores
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.interrupts import Interrupted, Request, listening
from recon3d.engine.model import Model
from recon3d.engine.pixels import Pixels
from recon3d.engine.progress import Progress
from recon3d.engine.reconstruction import Reconstruction, reconstruction_of, write_result
from recon3d.engine.run_folder import RunFolder
from recon3d.engine.watching import Watcher
from recon3d.engine.whole_views import WholeViews
from recon3d.errors import Diverged
from recon3d.types import Scene

CHECKPOINT_SECONDS = 60.0
MOST_ROLLBACKS = 3


class Session:
    """One fit: its scene, its parts, its clock, and what it writes."""

    encode: FittedEncoder
    targets: WholeViews | Pixels
    scene: Scene
    """In the world that it is learnt in."""

    def __init__(
        self, request: FitRequest, run: RunFolder, scene: Scene, device: torch.device, progress: Progress
    ) -> None:
        self.request, self.run, self.device, self.progress = request, run, device, progress
        self.input_scene = scene
        parts = request.recipe.parts
        self.encoder = parts["encoder"]
        self.upkeep = [parts["density"].make()] if "density" in parts else []
        self.render = parts["renderer"].make()
        self.objective = parts["objective"].make(request.seed + 1)
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
        write_origin(self.run, self.request, self.input_scene)
        start = {} if self.request.start is None else {"start": self.request.start}
        with single_threaded_torch(self.device):
            begin, config = self.encoder.build.begin, self.encoder.config
            begun = begin(self.input_scene, self.request.seed, config, *self.upkeep, **start)
        self.encode = begun.encoder.to(self.device)
        self._take(begun.scene)
        self.progress.say(begun.note)
        world_from_input = self.scene.world_from_input
        described = describe_fit(self.request, self.input_scene, world_from_input, self.device)
        self.record = described | {"start": begun.note}
        self.run.write_manifest(self.record)
        self._save()

    def restore(self) -> None:
        """The state of the last checkpoint."""
        tensors, state = checkpoint.load(self.run)
        self.record = self.run.read_manifest()
        self.encode = self._restored(tensors)
        world_from_input = torch.tensor(self.record["scene"]["world_from_input"], dtype=torch.float64)
        self._take(
            self.input_scene.moved(world_from_input @ torch.linalg.inv(self.input_scene.world_from_input.double()))
        )
        self.targets.restore(state["targets"])
        self.objective.restore(state["objective"])
        self.clock = self._clock(self.request.already + state["elapsed"])
        self.clock.step = state["step"]
        self.saved_at = self.clock.elapsed
        self.progress.say(f"resumed at step {self.clock.step}")

    def _take(self, scene: Scene) -> None:
        """The scene to learn from."""
        self.scene, seed, pixels = scene, self.request.seed + 2, self.request.recipe.fit.pixels
        views = scene.train
        self.targets = Pixels(views, pixels, seed, self.device) if pixels else WholeViews(views, seed, self.device)

    def _restored(self, tensors: dict[str, Tensor]) -> FittedEncoder:
        encoder: FittedEncoder = self.encoder.build.restored(tensors, self.encoder.config, *self.upkeep)
        encoder.to(self.device)
        return encoder

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
        write_scores(self.run, self.request, self.input_scene, self.device)
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
        self.encode = self._restored(tensors)
        self.clock.step = state["step"]
        rollbacks.append({"trouble": str(trouble), "back_to_step": self.clock.step})
        self.progress.say(f"{trouble.place}: {trouble.reason}; went back to step {self.clock.step}")

    def _after_step(self, moment: Moment, request: Request) -> None:
        words, values = self.encode.summary()
        self.progress.observe(moment, words, **values)
        if self.clock.elapsed - self.saved_at > CHECKPOINT_SECONDS:
            self._save()
        if self.watcher is not None:
            self.watcher.look(moment, self._shown, request)
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
        result = write_result(self.run, self.encode, self._shown())
        self.record |= manifest.describe_end(status, self.clock) | result
        self.run.write_manifest(self.record)
        if self.watcher is not None:
            self.watcher.end(self.run)

    def _shown(self) -> Reconstruction:
        """What was learnt by now."""
        return reconstruction_of(self.encode, self.scene, self.request.recipe, self.device)
