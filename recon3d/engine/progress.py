"""What a person sees while a fit runs: one line that is kept up to date, plain lines in a log, or JSON lines."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from typing import Literal, TextIO

from recon3d.engine.fit import Moment
from recon3d.engine.manifest import used_memory
from recon3d.metrics.image import psnr

Style = Literal["auto", "line", "plain", "json", "quiet"]
INTERVALS = {"line": 0.25, "plain": 10.0, "json": 1.0}
"""Seconds between reports."""
SAMPLE_SECONDS, SAMPLES = 0.2, 25
"""Loss and PSNR are averaged over so many samples: single views differ too much to be read."""


class Progress:
    """Reports a fit to a stream."""

    def __init__(self, style: Style, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.style = ("line" if self.stream.isatty() else "plain") if style == "auto" else style
        self._next_report = self._next_sample = 0.0
        self._recent: deque[tuple[float, float]] = deque(maxlen=SAMPLES)
        self._start: tuple[int, float] | None = None
        self._open_line = False

    def say(self, text: str, **values: object) -> None:
        """A remark between the reports; `values` go with it into JSON lines."""
        if self.style == "json":
            self._write(json.dumps({"event": "remark", "text": text, **values}) + "\n")
        elif self.style != "quiet":
            self.end_line()
            self._write(text + "\n")

    def observe(self, moment: Moment, splats: int) -> None:
        """Report, where it is time to."""
        clock = moment.clock
        if self._start is None:
            self._start = (clock.step, clock.elapsed)
        now = time.monotonic()
        if self.style == "quiet":
            return
        if now >= self._next_sample:
            self._next_sample = now + SAMPLE_SECONDS
            self._recent.append((float(moment.loss), _view_psnr(moment)))
        if now < self._next_report and not clock.done:
            return
        self._next_report = now + INTERVALS[self.style]
        loss, quality = (sum(column) / len(self._recent) for column in zip(*self._recent, strict=True))
        self._report(
            {
                "step": clock.step,
                "of": clock.steps,
                "progress": round(clock.progress, 4),
                "loss": round(loss, 5),
                "psnr": round(quality, 2),
                "splats": splats,
                "memory": used_memory(),
                "elapsed": round(clock.elapsed, 1),
                "eta": clock.remaining(*self._start),
            }
        )

    def _report(self, values: dict[str, float | int | None]) -> None:
        if self.style == "json":
            self._write(json.dumps({"event": "step", **values}) + "\n")
            return
        text = (
            f"{values['progress']:4.0%}  step {values['step']}  loss {values['loss']:.4f}  PSNR {values['psnr']:.2f} dB"
            f"  {values['splats']} splats  {(values['memory'] or 0) / 2**30:.2f} GiB  {_left(values['eta'])}"
        )
        if self.style == "line":
            self._write("\r\x1b[2K" + text)
            self._open_line = True
        else:
            self._write(text + "\n")

    def end_line(self) -> None:
        """Leave the line that is being kept up to date."""
        if self._open_line:
            self._write("\n")
            self._open_line = False

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def _view_psnr(moment: Moment) -> float:
    """Of the view just learnt from, over black: a running impression, not a score."""
    target = moment.target
    mask = None if target.masks is None else target.masks[0]
    return psnr(moment.rendering.colour[0].detach().clamp(0, 1), target.images[0], mask)


def _left(seconds: float | int | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} left"
