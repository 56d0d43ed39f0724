"""From a recipe to a run folder with weights: everything around the loop."""

from __future__ import annotations

import dataclasses
from typing import Any

from recon3d.engine import checkpoint, manifest
from recon3d.engine.device import network_device
from recon3d.engine.interrupts import Interrupted, listening
from recon3d.engine.journal import Journal
from recon3d.engine.progress import Progress
from recon3d.engine.ranks import joined_ranks
from recon3d.engine.recipe import resolve
from recon3d.engine.run_folder import RunFolder
from recon3d.engine.train import Lesson, Moment
from recon3d.engine.training import Training, TrainRequest
from recon3d.engine.validation import Validation
from recon3d.errors import Diverged
from recon3d.io.atomic import write_json
from recon3d.io.weights import write_weights


def resumed_request(request: TrainRequest) -> TrainRequest:
    """The request that the run in the output folder was made by; only length, device and command line may be new. The
    request itself where there is no run yet. Raises BadInput for a run of another kind."""
    run = RunFolder(request.output)
    if not run.manifest.is_file():
        return request
    asked = run.read_manifest("train")["request"]
    new_length = request.steps is not None or request.seconds is not None
    return dataclasses.replace(
        request,
        recipe=resolve(str(run.recipe)) if run.recipe.is_file() else request.recipe,
        steps=request.steps if new_length else asked["steps"],
        seconds=request.seconds if new_length else asked["seconds"],
        seed=asked["seed"],
        weights=asked["weights"],
    )


def train_network(
    request: TrainRequest, progress: Progress, overwrite: bool = False, resume: bool = False
) -> RunFolder | None:
    """Train, write the run folder. Where torchrun started several processes, all call this, but only the first one
    writes, and the others get None.

    With `resume` an interrupted run goes on from its last checkpoint. Raises UsageError for a recipe that cannot be
    trained, BadInput for an output that exists and for weights that do not fit, Diverged, after saving, for a training
    that does, and Interrupted, after saving, when a signal asked for the end.
    """
    request.check()
    run, device = RunFolder(request.output), network_device(request.device)
    resumes = resume and run.manifest.is_file()
    if not resumes:
        RunFolder.refuse_existing(run.path, overwrite or resume)
    with joined_ranks() as ranks:
        training = Training(request, ranks, device, progress.say if ranks.leads else lambda text: None)
        if resumes and run.checkpoint.is_file():
            training.restore(*checkpoint.load(run))
        if not ranks.leads:
            _follow(training)
            return None
        if not resumes:
            RunFolder.create(run.path, overwrite or resume)
        Session(training, run, progress).run_to_the_end()
        return run


def _follow(training: Training) -> None:
    """Learn, and leave the writing to the process that leads."""
    with listening() as request:
        training.run(request, lambda moment: None)


class Session:
    """One training and what it writes."""

    def __init__(self, training: Training, run: RunFolder, progress: Progress) -> None:
        self.training, self.run, self.progress = training, run, progress
        self.record = run.read_manifest("train") if run.manifest.is_file() else self._describe()
        self.record["request"] = {
            key: getattr(training.request, key) for key in ("steps", "seconds", "seed", "weights")
        }
        self.journal = Journal(run.log, training.clock.step)
        self.validation = Validation.of(training)
        self.saved_at = training.clock.elapsed

    def run_to_the_end(self) -> None:
        self.run.write_manifest(self.record)
        write_json(self.run.recipe, self.training.request.recipe.to_json())
        step = self.training.clock.step
        self.progress.say(f"resumed at step {step}" if step else f"{self.training.parameters:,} parameters to learn")
        with listening() as request:
            try:
                self.training.run(request, self._after_step)
            except Interrupted:
                self._end("stopped")
                step = self.training.clock.step
                self.progress.say(f"stopped at step {step}, saved in {self.run.path}: go on with --resume")
                raise
            except Diverged:
                self._end("diverged")
                raise
        self._validate()
        self._end("finished")

    def _after_step(self, moment: Moment) -> None:
        clock, config = moment.clock, self.training.config
        self._log(moment.lesson)
        if not moment.lesson.skipped:
            self._report(moment)
        if clock.step % config.validate_every == 0 and not clock.done:
            self._validate()
        if clock.elapsed - self.saved_at > config.checkpoint_every:
            self._save()

    def _log(self, lesson: Lesson) -> None:
        step = self.training.clock.step
        if lesson.skipped:
            self.journal.write(step, skipped=True)
        else:
            self.journal.write(step, loss=lesson.loss, gradient=lesson.gradient, rate=lesson.rate)

    def _report(self, moment: Moment) -> None:
        rate, waiting = self.training.examples_per_second, self.training.pace.waiting_share
        text = f"{rate:.1f} examples/s  {waiting:.0%} waiting"
        self.progress.observe(moment, text, examples_per_second=round(rate, 2), waiting=round(waiting, 4))

    def _validate(self) -> None:
        """Draw the held-out examples with the averaged weights, and keep these."""
        if not self.training.config.held_out:
            return
        step, network = self.training.clock.step, self.training.learner.average.network
        self.run.validation.mkdir(exist_ok=True)
        scores = self.validation(network, self.run.validation / f"{step:08d}.png")
        write_weights(self.run.weights, network.state_dict())
        self.journal.write(step, **{f"validation_{name}": value for name, value in scores.items()})
        self.record["validation"] = scores
        self.progress.say(f"step {step}: held out PSNR {scores['psnr']:.2f} dB, IoU {scores['iou']:.3f}", **scores)

    def _save(self) -> None:
        clock = self.training.clock
        checkpoint.save(self.run, clock.step, self.training.tensors(), self.training.state())
        self.saved_at = clock.elapsed

    def _end(self, status: str) -> None:
        """The state and the result so far."""
        self.progress.end_line()
        self._save()
        write_weights(self.run.weights, self.training.learner.average.network.state_dict())
        self.record |= manifest.describe_end(status, self.training.clock) | {
            "examples": self.training.examples,
            "examples_per_second": round(self.training.examples_per_second, 3),
            "computing_share": round(1 - self.training.pace.waiting_share, 4),
            "skipped": self.training.learner.skipped,
        }
        self.run.write_manifest(self.record)

    def _describe(self) -> dict[str, Any]:
        return {
            "kind": "train",
            **manifest.describe_beginning(self.training.request.argv, self.training.device),
            "processes": self.training.ranks.count,
            "parameters": self.training.parameters,
        }
