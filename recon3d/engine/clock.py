"""How far a fit or a training is: by steps, by a time budget, or by whichever of the two ends first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Counts steps and seconds. `progress` runs from 0 to 1 and drives every schedule.

    With steps alone it depends on nothing but the step, so equal seeds give equal results.
    """

    def __init__(self, steps: int | None, seconds: float | None, already: float = 0.0) -> None:
        if steps is None and seconds is None:
            raise ValueError("a clock needs a number of steps, a time budget, or both")
        self.steps, self.seconds = steps, seconds
        self.step = 0
        self._started = time.perf_counter() - already

    def tick(self) -> None:
        """A step was made."""
        self.step += 1

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """What passes within does not count."""
        before = time.perf_counter()
        try:
            yield
        finally:
            self._started += time.perf_counter() - before

    @property
    def elapsed(self) -> float:
        """Seconds since the start, those before an interruption included."""
        return time.perf_counter() - self._started

    @property
    def progress(self) -> float:
        by_steps = 0.0 if self.steps is None else self.step / self.steps
        by_time = 0.0 if self.seconds is None else self.elapsed / self.seconds
        return min(1.0, max(by_steps, by_time))

    @property
    def done(self) -> bool:
        return self.progress >= 1

    def remaining(self, since_step: int, since_seconds: float) -> float | None:
        """Seconds to go at the pace since then; None before there is one."""
        if self.done:
            return 0.0
        by_time = None if self.seconds is None else max(0.0, self.seconds - self.elapsed)
        pace = (self.step - since_step) / max(self.elapsed - since_seconds, 1e-9)
        by_steps = None if self.steps is None or pace <= 0 else (self.steps - self.step) / pace
        return min((t for t in (by_time, by_steps) if t is not None), default=None)
