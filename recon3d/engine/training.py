"""A network in training: what was asked for, and all that the next step depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recon3d.engine import checkpoint
from recon3d.engine.batches import Batches, Cropped, Turns
from recon3d.engine.encoder_weights import load_encoder
from recon3d.engine.interrupts import Request
from recon3d.engine.learner import Learner
from recon3d.engine.model import Model
from recon3d.engine.pace import Pace
from recon3d.engine.ranks import Ranks, SharedClock
from recon3d.engine.recipe import Recipe
from recon3d.engine.train import Config, Moment, train
from recon3d.errors import UsageError


@dataclass(frozen=True)
class TrainRequest:
    """What the user asked for. With both `steps` and `seconds` whichever ends first counts; with neither, the recipe's
    number of steps does.

    `weights` are a file or published name to start from. `already` are seconds that had passed when the request was
    made: they count towards a time budget. `argv` is the command line.
    """

    output: Path
    recipe: Recipe
    steps: int | None = None
    seconds: float | None = None
    seed: int = 0
    device: str = "auto"
    weights: str | None = None
    already: float = 0.0
    argv: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises UsageError where the recipe is not one to train."""
        self.recipe.require("objective", "examples", "train", purpose="to train")
        encoder = self.recipe.parts["encoder"]
        if not hasattr(encoder.build, "each"):
            reason = f"its encoder, {encoder.name}, learns a single scene"
            raise UsageError(f"recipe {self.recipe.name}", reason, "use recon3d fit")


class Training:
    """The parts of a recipe and what they have learnt. Whatever is drawn at random is seeded so that a resumed training
    goes on as if it had never stopped."""

    def __init__(self, request: TrainRequest, ranks: Ranks, device: torch.device, say: Callable[[str], None]) -> None:
        """Raises what reading weights to start from raises, and what making an example does."""
        self.request, self.ranks, self.device = request, ranks, device
        self.config: Config = request.recipe.train
        parts = request.recipe.parts
        self.encode = self._new_encoder(say).to(device)
        self.render = parts["renderer"].make()
        self.objective = parts["objective"].make(request.seed + 1)
        self.source = parts["examples"].make(request.seed + 2)
        self.source[0]  # what cannot be made had better be known now
        self.learner = Learner(self.encode, self.config, ranks)
        self.clock = self._clock(request.already)
        self.pace = Pace()

    def _new_encoder(self, say: Callable[[str], None]) -> Any:
        """The same on all processes."""
        request = self.request
        if request.weights is not None:
            return load_encoder(request.recipe, request.weights, say).train().requires_grad_(True)
        torch.manual_seed(request.seed)
        return request.recipe.parts["encoder"].make()

    def _clock(self, already: float) -> SharedClock:
        steps, seconds = self.request.steps, self.request.seconds
        if steps is None and seconds is None:
            steps = self.config.steps
        return SharedClock(steps, seconds, already, self.ranks)

    def run(self, request: Request, observe: Callable[[Moment], None]) -> None:
        """Step after step until the clock is done, all processes together. Raises Diverged, Interrupted where the end
        was asked for, and what `observe` raises; the state is whole each time."""
        batches = self._batches()

        def after_step(moment: Moment) -> None:
            self.pace.end_step(batches.waited)
            observe(moment)
            self.ranks.agree(request)
            request.check()
            self._begin_step()

        self._begin_step()
        model = Model(self.encode, self.render, self.objective)
        train(model, batches, self.learner.learn, self.clock, self.config, after_step)

    def _batches(self) -> Batches:
        config = self.config
        examples = Cropped(self.source, config.crop, config.zooms, self.request.seed + 3)
        return Batches(examples, Turns(self.clock.step, config.batch, self.ranks), config.workers, self.device)

    def _begin_step(self) -> None:
        """What layers and renderers draw at random in a step follows from its number and the process."""
        sequence = np.random.SeedSequence((self.request.seed, self.clock.step, self.ranks.rank))
        torch.manual_seed(int(sequence.generate_state(1)[0]))
        self.pace.begin_step()

    @property
    def parameters(self) -> int:
        """Numbers that are learnt."""
        return sum(weight.numel() for weight in self.learner.weights.values())

    @property
    def examples(self) -> int:
        """That all processes have learnt from."""
        return self.clock.step * self.config.batch * self.ranks.count

    @property
    def examples_per_second(self) -> float:
        return self.examples / max(self.pace.seconds, 1e-9)

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint keeps as tensors."""
        return checkpoint.within("network", self.encode.state_dict()) | self.learner.tensors()

    def state(self) -> dict[str, Any]:
        """What it keeps as JSON. The random numbers of the objective are the same on all processes."""
        return {
            "elapsed": self.clock.elapsed,
            "learner": self.learner.state(),
            "objective": self.objective.state(),
            "pace": self.pace.state(),
        }

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Goes on from what a checkpoint kept."""
        self.encode.load_state_dict(checkpoint.section("network", tensors))
        self.learner.restore(tensors, state["learner"])
        self.objective.restore(state["objective"])
        self.pace = Pace(**state["pace"])
        self.clock = self._clock(self.request.already + state["elapsed"])
        self.clock.step = state["step"]
