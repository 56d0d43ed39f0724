"""The loop that trains a feed-forward encoder on many scenes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

from recon3d.engine.clock import Clock
from recon3d.engine.model import Model
from recon3d.engine.precision import Precision, autocast
from recon3d.metrics.image import psnr
from recon3d.types import Rendering, Views


@dataclass(frozen=True)
class Config:
    steps: int = 100_000
    """Steps of a training that is given neither --steps nor --time-budget."""
    batch: int = 16
    """Examples of a step, on every process."""
    crop: int = 64
    """Side in pixels of the windows of the targets that are drawn and compared."""
    zooms: float = 2.0
    """Before a window is cut out, its target is shrunk by a random factor from 1 to this, though never below it."""
    learning_rate: float = 4e-4
    warm_up: int = 1000
    """Steps in which the learning rate grows to that."""
    floor: float = 0.02
    """Share of it that is left at the end, after half a cosine."""
    weight_decay: float = 0.05
    """Of the matrices of linear layers and convolutions."""
    clip: float = 1.0
    """Greatest norm of the gradient; a longer one is shortened."""
    ema: float = 0.999
    """Share of the averaged weights that a step leaves as they are; less at first."""
    precision: Precision = "auto"
    """Of products: float32, bfloat16, or auto, which is bfloat16 on hardware that has it."""
    workers: int = 4
    """Processes that make examples; 0 makes them between the steps."""
    held_out: int = 8
    """Examples that are not learnt from but looked at now and then."""
    validate_every: int = 1000
    """Steps between two looks at them."""
    checkpoint_every: float = 300.0
    """Seconds between checkpoints."""

    def rate(self, clock: Clock) -> float:
        """The learning rate of the clock's step: linear warm-up, then a cosine (Loshchilov and Hutter 2017)."""
        warm = min(1.0, (clock.step + 1) / max(1, self.warm_up))
        cosine = 0.5 + 0.5 * math.cos(math.pi * clock.progress)
        return self.learning_rate * warm * (self.floor + (1 - self.floor) * cosine)


@runtime_checkable
class FeedForwardEncoder(Protocol):
    """An encoder that has learnt to look: what it returns is made of the views alone."""

    def each(self, contexts: Sequence[Views]) -> Sequence[Any]:
        """A representation for every context; all have as many views, of one size."""
        ...


class Batch(NamedTuple):
    """What one step learns from: the views of every object or scene that are looked at, and those compared with."""

    contexts: list[Views]
    targets: list[Views]


class Lesson(NamedTuple):
    """What a step came to. `loss` and the norm of the `gradient` are those of all processes together; where they were
    not finite, the step was skipped."""

    loss: float
    gradient: float
    rate: float
    skipped: bool


@dataclass(frozen=True)
class Moment:
    """What an observer is told after every step."""

    clock: Clock
    lesson: Lesson
    renderings: list[Rendering]
    targets: list[Views]

    @property
    def loss(self) -> float:
        return self.lesson.loss

    def psnr(self) -> float:
        """Of the batch just learnt from, over black: a running impression, not a score."""
        pairs = zip(self.renderings, self.targets, strict=True)
        scores = [psnr(r.colour.detach().flatten(0, 1), t.images.flatten(0, 1)) for r, t in pairs]
        return sum(scores) / len(scores)


def train(
    model: Model[FeedForwardEncoder],
    batches: Iterator[Batch],
    learn: Callable[[Tensor, Clock], Lesson],
    clock: Clock,
    config: Config,
    observe: Callable[[Moment], None],
) -> None:
    """Steps until the clock is done, at least one, or until `learn` or `observe` raises."""
    encode, render, objective = model.encode, model.render, model.objective
    while clock.step == 0 or not clock.done:
        contexts, targets = next(batches)
        with autocast(config.precision, contexts[0].images.device):
            seen = encode.each(contexts)
            renderings = [
                render(each, target.cameras, depth=target.depth is not None)
                for each, target in zip(seen, targets, strict=True)
            ]
            losses = [objective(rendering, target) for rendering, target in zip(renderings, targets, strict=True)]
            loss = torch.stack(losses).mean()
        lesson = learn(loss, clock)
        clock.tick()
        observe(Moment(clock, lesson, renderings, targets))
