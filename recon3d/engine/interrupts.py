"""Ctrl-C and SIGTERM as requests to save and stop; a second Ctrl-C stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(BaseException):
    """Raised between two steps, after which the state is whole. `exit_code` is the shell's 128 + signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class Request:
    """Whether a signal has asked for the end."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def stop(self) -> None:
        """Ask for the end, from any thread, as Ctrl-C does."""
        self.signal = self.signal or signal.SIGINT

    def check(self) -> None:
        """Raise Interrupted where the end was asked for."""
        if self.signal is not None:
            raise Interrupted(self.signal)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number


@contextmanager
def listening() -> Iterator[Request]:
    """Within, signals set the request; afterwards they are handled as before. Other threads than the main one cannot
    listen, and get a request that never comes."""
    request = Request()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, request._handle) for number in numbers]
    try:
        yield request
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
