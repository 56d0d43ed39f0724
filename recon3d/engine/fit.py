"""The loop that fits one scene."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from recon3d.engine.clock import Clock
from recon3d.engine.targets import Targets
from recon3d.errors import Diverged
from recon3d.types import Cameras, Gaussians, Rendering, Views


@dataclass(frozen=True)
class Config:
    steps: int = 15_000
    """Steps of a fit that is given neither --steps nor --time-budget."""
    coarse_until: float = 0.25
    """Share of the fit during which pictures are shown at half their resolution."""
    finest_coarse: int = 120
    """Pictures whose shorter side would become smaller than this are never halved."""


@runtime_checkable
class FittedEncoder(Protocol):
    """An encoder that ignores its input and returns what it has learnt (a `free_*` file)."""

    def __call__(self, context: Views | None) -> Gaussians: ...

    def penalty(self) -> Tensor: ...

    def learn(self, progress: float, size: tuple[int, int]) -> None: ...


@dataclass(frozen=True)
class Model:
    """Three parts that make a system: objective(render(encode(context), target.cameras), target)."""

    encode: FittedEncoder
    render: Callable[[Gaussians, Cameras], Rendering]
    objective: Callable[[Rendering, Views], Tensor]


@dataclass(frozen=True)
class Moment:
    """What an observer is told after every step."""

    clock: Clock
    loss: Tensor
    rendering: Rendering
    target: Views


def fit(model: Model, targets: Targets, clock: Clock, config: Config, observe: Callable[[Moment], None]) -> None:
    """Steps until the clock is done, at least one, or until `observe` raises.

    Raises Diverged where the loss is no longer finite.
    """
    encode, render, objective = model.encode, model.render, model.objective
    context = None  # a fitted scene holds all it knows
    with single_threaded_torch(targets.device):
        while clock.step == 0 or not clock.done:
            target = targets.next(coarse=_is_coarse(config, clock.progress, targets))
            rendering = render(encode(context), target.cameras)
            loss = objective(rendering, target)
            (loss + encode.penalty()).backward()
            clock.step += 1
            encode.learn(clock.progress, target.cameras.size)
            if not math.isfinite(float(loss.detach())):
                raise Diverged(f"step {clock.step}", "the loss is not finite", "lower the learning rates")
            observe(Moment(clock, loss.detach(), rendering, target))


def _is_coarse(config: Config, progress: float, targets: Targets) -> bool:
    shortest = int(torch.minimum(targets.views.cameras.width, targets.views.cameras.height).min())
    return progress < config.coarse_until and shortest // 2 >= config.finest_coarse


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
