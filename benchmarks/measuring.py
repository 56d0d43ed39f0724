"""CPU seconds of a call: what the benchmarks compare, because it does not depend on what else the machine is doing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Milliseconds. `cpu` counts all threads of this process."""

    cpu: float
    cpu_median: float
    wall: float


def timed(call: Callable[[], object], repetitions: int = 30, seconds: float = 4.0) -> Timing:
    """The least and the median over up to so many repetitions, at least three, after two that do not count."""
    for _ in range(2):
        call()
    cpu, wall, began = [], [], time.perf_counter()
    while len(cpu) < 3 or (len(cpu) < repetitions and time.perf_counter() - began < seconds):
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        call()
        cpu.append((time.process_time() - cpu_before) * 1e3)
        wall.append((time.perf_counter() - wall_before) * 1e3)
    return Timing(min(cpu), statistics.median(cpu), min(wall))
