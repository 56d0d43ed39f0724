"""Flags, and kinds of values, that several verbs take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from recon3d.errors import UsageError

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, kw_only=True)
class Learning:
    """Flags of the verbs that learn something for a while and leave a run folder."""

    steps: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Steps to take; all schedules follow."""
    time_budget: Annotated[str | None, tyro.conf.arg(metavar="TIME")] = None
    """Wall time to take, like 90s, 3m or 8h, start-up included and scoring not; all schedules follow."""
    resume: bool = False
    """Go on with an interrupted run, with its own recipe and settings."""
    overwrite: bool = False
    """Replace the run that is in the output folder."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    progress: Literal["auto", "line", "plain", "json", "quiet"] = "auto"
    """One line kept up to date (auto, on a terminal), plain lines (auto, elsewhere), JSON lines, or nothing."""

    @property
    def seconds(self) -> float | None:
        """The time budget. Raises UsageError where it is none."""
        return None if self.time_budget is None else seconds(self.time_budget)


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Flags of the verbs that show something in a browser."""

    port: Annotated[int, tyro.conf.arg(metavar="N")] = 7007
    """Port of the viewer; another one if it is taken."""
    host: str = "127.0.0.1"
    """Address that the viewer listens on. Any but this machine's own, 127.0.0.1, lets others in who have the link."""
    open: bool = False
    """Open the viewer in this machine's browser."""


def seconds(text: str, flag: str = "--time-budget") -> float:
    """A length of time: 90, 90s, 3m, 1.5h or 1m30s. Raises UsageError for anything else."""
    pieces = re.findall(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        raise UsageError(f"{flag} {text}", "is not a length of time", "write it like 90s, 3m or 1m30s")
    total = sum(float(number) * _UNITS[unit] for number, unit in pieces)
    if total <= 0:
        raise UsageError(f"{flag} {text}", "is no time at all", "give a positive length of time")
    return total


def size(text: str) -> tuple[int, int]:
    """A picture size: 800x600. Raises UsageError for anything else."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match or not all(1 <= int(side) <= 16384 for side in match.groups()):
        raise UsageError(f"--size {text}", "is not a picture size", "write it like 800x600, sides up to 16384")
    return int(match[1]), int(match[2])
