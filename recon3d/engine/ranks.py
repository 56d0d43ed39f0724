"""The processes that train together, each on its own share of the examples, as torchrun starts them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from recon3d.engine.clock import Clock
from recon3d.engine.interrupts import Request

SECONDS_TO_LET_GO = 0.2
"""Gloo's threads want the interpreter once more to let go of the last tensors; without it they abort the process."""


@dataclass(frozen=True)
class Ranks:
    """Which of how many processes this is. What all do, all must do in the same order."""

    rank: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether it is this process that writes and reports."""
        return self.rank == 0

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replaces each tensor, in place, by its mean over all processes; all have one dtype and device."""
        if self.count == 1:
            return
        together = torch.cat([tensor.flatten() for tensor in tensors])
        distributed.all_reduce(together)
        together /= self.count
        for tensor, mean in zip(tensors, together.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    def greatest(self, value: float) -> float:
        """The greatest of what the processes say."""
        if self.count == 1:
            return value
        greatest = torch.tensor(value, dtype=torch.float64)
        distributed.all_reduce(greatest, distributed.ReduceOp.MAX)
        return float(greatest)

    def agree(self, request: Request) -> None:
        """A signal that asked one process for the end has asked all."""
        request.signal = int(self.greatest(float(request.signal or 0))) or None


@contextmanager
def joined_ranks() -> Iterator[Ranks]:
    """Within, the processes that torchrun started can talk to each other. Any other process is on its own."""
    if not distributed.is_torchelastic_launched():
        yield Ranks()
        return
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield Ranks(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
        time.sleep(SECONDS_TO_LET_GO)


def local_rank() -> int | None:
    """The number of this process among those on its machine; None where torchrun did not start it."""
    return int(os.environ["LOCAL_RANK"]) if distributed.is_torchelastic_launched() else None


class SharedClock(Clock):
    """A clock that shows the same time on all processes, so that they make the same steps. It moves at every tick."""

    def __init__(self, steps: int | None, seconds: float | None, already: float, ranks: Ranks) -> None:
        super().__init__(steps, seconds, already)
        self._ranks = ranks
        self._shown = ranks.greatest(super().elapsed)

    def tick(self) -> None:
        super().tick()
        self._shown = self._ranks.greatest(super().elapsed)

    @property
    def elapsed(self) -> float:
        """Seconds that had passed at the last tick on the process that took longest."""
        return self._shown
