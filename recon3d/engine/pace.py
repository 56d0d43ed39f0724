"""How the time of training steps is spent."""

from __future__ import annotations

import time


class Pace:
    """Seconds of steps: those of waiting for examples, and those of computing. What is done between two steps, like
    saving, counts for neither."""

    def __init__(self, waiting: float = 0.0, computing: float = 0.0) -> None:
        self.waiting, self.computing = waiting, computing
        self._began, self._waited = time.perf_counter(), 0.0

    def begin_step(self) -> None:
        self._began = time.perf_counter()

    def end_step(self, waited: float) -> None:
        """`waited` are the seconds of waiting in all steps since this pace was made."""
        waiting, self._waited = waited - self._waited, waited
        self.waiting += waiting
        self.computing += time.perf_counter() - self._began - waiting

    @property
    def seconds(self) -> float:
        return self.waiting + self.computing

    @property
    def waiting_share(self) -> float:
        return self.waiting / max(self.seconds, 1e-9)

    def state(self) -> dict[str, float]:
        """What another pace is made of to go on from here."""
        return {"waiting": self.waiting, "computing": self.computing}
