"""Examples made by worker processes and put together into batches: the same ones in the same order, however many
workers there are and wherever a training is interrupted."""

from __future__ import annotations

import itertools
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.util import Finalize
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from recon3d.engine.crops import random_crops
from recon3d.engine.device import use_threads
from recon3d.engine.ranks import Ranks
from recon3d.engine.train import Batch
from recon3d.errors import OutOfResources
from recon3d.types import Views

LAST = -100
"""Priority, after all that multiprocessing itself does at the end of a process."""
KILLED = re.compile(r"DataLoader worker .* (exited unexpectedly|is killed by signal)")
"""What torch says when a worker process is gone: most likely for want of memory."""


@runtime_checkable
class Example(Protocol):
    """Views to look at and views to compare with: of one object or scene, in one frame. All examples of a sequence have
    as many."""

    @property
    def context(self) -> Views: ...

    @property
    def targets(self) -> Views: ...


@runtime_checkable
class Examples(Protocol):
    """An endless sequence of examples, each of which follows from the seed of the sequence and its index alone."""

    def __getitem__(self, index: int) -> Example: ...


@dataclass(frozen=True)
class Cropped(Dataset[tuple[Views, Views]]):
    """Examples whose targets are seen through random windows; which ones follows from the seed and the index."""

    source: Examples
    side: int
    zooms: float
    seed: int

    def __getitem__(self, index: int) -> tuple[Views, Views]:
        example = self.source[index]
        chance = np.random.default_rng((self.seed, index))
        return example.context, random_crops(example.targets, self.side, self.zooms, chance)


@dataclass(frozen=True)
class Turns:
    """The indices of every batch from the given step on: each process takes its stretch of those of a step."""

    step: int
    batch: int
    ranks: Ranks

    def __iter__(self) -> Iterator[list[int]]:
        for step in itertools.count(self.step):
            first = (step * self.ranks.count + self.ranks.rank) * self.batch
            yield list(range(first, first + self.batch))


class Batches:
    """An endless sequence of batches on a device, made by so many processes, or by none: then when they are asked for.
    Counts the seconds that it was waited for."""

    def __init__(self, examples: Cropped, turns: Turns, workers: int, device: torch.device) -> None:
        loader = DataLoader(
            examples,
            batch_sampler=turns,
            num_workers=workers,
            collate_fn=together,
            worker_init_fn=work_alone,
            multiprocessing_context="spawn" if workers else None,  # forked ones hang in locks of threads not forked
        )
        self._joined, self._device, self._count = iter(loader), device, turns.batch
        self.waited = 0.0

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        began = time.perf_counter()
        contexts, targets = (views.to(self._device) for views in self._next_together())
        self.waited += time.perf_counter() - began
        return Batch(apart(contexts, self._count), apart(targets, self._count))

    def _next_together(self) -> tuple[Views, Views]:
        try:
            return next(self._joined)
        except RuntimeError as error:
            if not KILLED.match(str(error)):
                raise
            remedy = "use fewer --train.workers, or a smaller --examples.slots"
            raise OutOfResources("examples", "a process that makes them was killed", remedy) from error


def together(examples: list[tuple[Views, Views]]) -> tuple[Views, Views]:
    """The contexts in a row, and the targets: few large tensors go through shared memory instead of many small ones."""
    contexts, targets = zip(*examples, strict=True)
    return Views.stack(list(contexts)), Views.stack(list(targets))


def apart(views: Views, count: int) -> list[Views]:
    """The inverse: as many views for each of so many."""
    each = len(views) // count
    return [views[i : i + each] for i in range(0, len(views), each)]


def work_alone(worker: int) -> None:
    """Workers are many: one thread each. Ctrl-C is for the one who trains. They end at once: threads of libraries that
    make examples do not survive the interpreter's own end, and abort the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Finalize(None, os._exit, args=(0,), exitpriority=LAST)
    use_threads(1)
    cv2.setNumThreads(1)
