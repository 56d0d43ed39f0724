"""Kinds of values that several verbs take."""

from __future__ import annotations

import re

from recon3d.errors import UsageError

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """A length of time: 90, 90s, 3m, 1.5h or 1m30s. Raises UsageError for anything else."""
    pieces = re.findall(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        raise UsageError(f"--time-budget {text}", "is not a length of time", "write it like 90s, 3m or 1m30s")
    total = sum(float(number) * _UNITS[unit] for number, unit in pieces)
    if total <= 0:
        raise UsageError(f"--time-budget {text}", "is no time at all", "give a positive length of time")
    return total


def size(text: str) -> tuple[int, int]:
    """A picture size: 800x600. Raises UsageError for anything else."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match or not all(1 <= int(side) <= 16384 for side in match.groups()):
        raise UsageError(f"--size {text}", "is not a picture size", "write it like 800x600, sides up to 16384")
    return int(match[1]), int(match[2])
