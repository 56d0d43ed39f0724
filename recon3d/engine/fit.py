"""The loop that fits one scene."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch

from recon3d.encoders.fitted import FittedEncoder
from recon3d.engine.clock import Clock
from recon3d.engine.model import Model
from recon3d.errors import Diverged
from recon3d.metrics.image import psnr
from recon3d.types import Rendering, Views

STEPS_BETWEEN_CHECKS = 50


@dataclass(frozen=True)
class Config:
    steps: int = 15_000
    """Steps of a fit that is given neither --steps nor --time-budget."""
    coarsest: float = 0.25
    """Pictures are shown at this share of their resolution at first, then ever finer (DashGaussian, 2025)."""
    fine_at: float = 0.8
    """Share of the fit after which they are shown as they are, at the latest."""
    fine_after: int = 1500
    """Steps after which they are, if that is sooner: what is coarse is learnt by then, however long the fit."""
    fewest_pixels: int = 80
    """No picture's shorter side is made smaller than this."""
    pixels: int = 0
    """At every step so many single pixels of all pictures are shown, and fewer as long as pictures would be shown at a
    lower resolution; 0 shows one whole picture."""

    def zoom(self, progress: float, step: int, shortest: int) -> float:
        """The share of the resolution for pictures whose shorter side has so many pixels."""
        by_share = progress / self.fine_at if progress < self.fine_at else 1.0
        by_steps = step / self.fine_after if step < self.fine_after else 1.0
        grown = self.coarsest + (1 - self.coarsest) * max(by_share, by_steps)
        return min(1.0, max(grown, self.fewest_pixels / shortest))


@runtime_checkable
class Targets(Protocol):
    """An endless sequence of what a fit is shown: whole views (whole_views.py) or pixels of all (pixels.py)."""

    device: torch.device
    shortest_side: int

    def next(self, zoom: float) -> Views: ...


@dataclass(frozen=True)
class Moment:
    """What an observer is told after every step."""

    clock: Clock
    loss: float
    rendering: Rendering
    target: Views

    def psnr(self) -> float:
        """Of what was just learnt from, over black: a running impression, not a score."""
        mask = None if self.target.masks is None else self.target.masks.flatten(0, 1)
        shown, truth = self.rendering.colour.detach().clamp(0, 1), self.target.images
        return psnr(shown.flatten(0, 1), truth.flatten(0, 1), mask)


def fit(
    model: Model[FittedEncoder],
    targets: Targets,
    clock: Clock,
    config: Config,
    observe: Callable[[Moment], None],
) -> None:
    """Steps until the clock is done, at least one, or until `observe` raises.

    Raises Diverged where the loss is not finite or the encoder's check fails, at the step where it is noticed.
    """
    encode, render, objective = model.encode, model.render, model.objective
    context = None  # a fitted scene holds all it knows
    with single_threaded_torch(targets.device):
        while clock.step == 0 or not clock.done:
            target = targets.next(config.zoom(clock.progress, clock.step, targets.shortest_side))
            rendering = render(encode(context), target.cameras)
            loss = objective(rendering, target)
            (loss + encode.penalty(rendering.alpha.detach().mean())).backward()
            clock.tick()
            encode.learn(clock.progress, target.cameras.size)
            value = float(loss.detach())
            if not math.isfinite(value):
                raise Diverged(f"step {clock.step}", "the loss is not finite", "lower the learning rates")
            if clock.step % STEPS_BETWEEN_CHECKS == 0:
                encode.check()
            observe(Moment(clock, value, rendering, target))
            del rendering, loss  # and with them what the kernels remember of this step, before the next one needs it


@contextmanager
def single_threaded_torch(device: torch.device) -> Iterator[None]:
    """On the CPU our kernels bring their own threads. Torch's would only compete with them (on a busy machine they spin
    for several times the work), and how it cuts a tensor for its threads can change the last bit of a result."""
    before = torch.get_num_threads()
    if device.type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
