"""A log of lines of JSON that goes on where a resumed run does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recon3d.io.atomic import write_text


class Journal:
    """Every line tells of a `step`, in their order."""

    def __init__(self, path: Path, step: int = 0) -> None:
        """Goes on after the given step: what the file says of later ones, or said when it was cut short, is dropped."""
        write_text(path, "".join(f"{line}\n" for line in _lines_until(path, step)))
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, step: int, **values: Any) -> None:
        """One more line. ValueError for NaN and infinities."""
        self._file.write(json.dumps({"step": step, **values}, allow_nan=False) + "\n")


def _lines_until(path: Path, step: int) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            if json.loads(line)["step"] > step:
                return
        except ValueError:  # the end of a file that was being written
            return
        yield line
