"""What a person sees while something is learnt: one line kept up to date, plain lines in a log, or JSON lines."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from typing import Any, Literal, Protocol, TextIO, runtime_checkable

from recon3d.engine.clock import Clock
from recon3d.engine.manifest import used_memory

Style = Literal["auto", "line", "plain", "json", "quiet"]
INTERVALS = {"line": 0.25, "plain": 10.0, "json": 1.0}
"""Seconds between reports."""
SAMPLE_SECONDS, SAMPLES = 0.2, 25
"""Loss and PSNR are averaged over so many samples: single views differ too much to be read."""


@runtime_checkable
class Moment(Protocol):
    """What there is to tell after a step."""

    @property
    def clock(self) -> Clock: ...

    @property
    def loss(self) -> float: ...

    def psnr(self) -> float: ...


class Recent:
    """Loss and PSNR of the last few seconds."""

    def __init__(self) -> None:
        self._next_sample = 0.0
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES)

    def sample(self, moment: Moment) -> None:
        """Take this moment into account, where it is time to."""
        now = time.monotonic()
        if now >= self._next_sample:
            self._next_sample = now + SAMPLE_SECONDS
            self._samples.append((moment.loss, moment.psnr()))

    def mean(self) -> tuple[float, float]:
        """Of the losses and of the PSNR. There must have been a sample."""
        loss, quality = (sum(column) / len(self._samples) for column in zip(*self._samples, strict=True))
        return loss, quality


class Progress:
    """Reports a fit or a training to a stream."""

    def __init__(self, style: Style, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.style = ("line" if self.stream.isatty() else "plain") if style == "auto" else style
        self._next_report = 0.0
        self._recent = Recent()
        self._start: tuple[int, float] | None = None
        self._open_line = False

    def say(self, text: str, **values: object) -> None:
        """A remark between the reports; `values` go with it into JSON lines."""
        if self.style == "json":
            self._write(json.dumps({"event": "remark", "text": text, **values}) + "\n")
        elif self.style != "quiet":
            self.end_line()
            self._write(text + "\n")

    def observe(self, moment: Moment, text: str, **values: object) -> None:
        """Report, where it is time to. `text` says more, and `values` are the same for JSON lines."""
        clock = moment.clock
        if self._start is None:
            self._start = (clock.step, clock.elapsed)
        if self.style == "quiet":
            return
        self._recent.sample(moment)
        now = time.monotonic()
        if now < self._next_report and not clock.done:
            return
        self._next_report = now + INTERVALS[self.style]
        loss, quality = self._recent.mean()
        self._report(
            {
                "step": clock.step,
                "of": clock.steps,
                "progress": round(clock.progress, 4),
                "loss": round(loss, 5),
                "psnr": round(quality, 2),
                **values,
                "memory": used_memory(),
                "elapsed": round(clock.elapsed, 1),
                "eta": clock.remaining(*self._start),
            },
            text,
        )

    def _report(self, values: dict[str, Any], text: str) -> None:
        if self.style == "json":
            self._write(json.dumps({"event": "step", **values}) + "\n")
            return
        line = (
            f"{values['progress']:4.0%}  step {values['step']}  loss {values['loss']:.4f}  PSNR {values['psnr']:.2f} dB"
            f"  {text}  {values['memory'] / 2**30:.2f} GiB  {_left(values['eta'])}"
        )
        if self.style == "line":
            self._write("\r\x1b[2K" + line)
            self._open_line = True
        else:
            self._write(line + "\n")

    def end_line(self) -> None:
        """Leave the line that is being kept up to date."""
        if self._open_line:
            self._write("\n")
            self._open_line = False

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def _left(seconds: float | int | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} left"
