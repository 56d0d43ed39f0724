"""PSNR of a few held-out views at a few moments of a fit, whose clock stands still meanwhile."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recon3d.engine.benchmark.protocols import ViewScorer
from recon3d.engine.benchmark.views import evenly_spread
from recon3d.engine.fit import Moment
from recon3d.engine.interrupts import Request
from recon3d.engine.reconstruction import Reconstruction
from recon3d.engine.run_folder import RunFolder
from recon3d.io.atomic import write_json
from recon3d.io.json_files import read_json
from recon3d.types import LazyViews, Scene

MOMENTS = (0.02, 0.04, 0.07, 0.11, 0.17, 0.25, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0)
"""Shares of the fit after which to look."""
VIEWS = 4
MOST_PSNR = 100.0
"""Of equal pictures it would be infinite, which JSON does not know."""


class Curve:
    """What was seen so far, in a file; a resumed fit goes on there. A `Watcher` of the engine."""

    def __init__(self, path: Path, scorer_of: Callable[[LazyViews], ViewScorer | None]) -> None:
        self.path, self.scorer_of = path, scorer_of
        self.points: list[dict[str, Any]] = read_json(path)["points"] if path.is_file() else []
        self._due, self._spent = math.inf, 0.0

    def begin(self, scene: Scene) -> None:
        """Where nothing is held out, or the protocol scores no views, nothing will be looked at."""
        self.test = scene.test
        self.chosen = evenly_spread(len(scene.test), VIEWS)
        scorer = self.scorer_of(scene.test) if len(scene.test) else None
        if scorer is not None:
            self.scorer, self._due = scorer, MOMENTS[0]

    def look(self, moment: Moment, shown: Callable[[], Reconstruction], request: Request) -> None:
        """Look, where it is time to; but for the end, only if looking has not taken longer than fitting so far: what
        has hardly begun to be learnt can be slow to draw."""
        progress, seconds, step = moment.clock.progress, moment.clock.elapsed, moment.clock.step
        if progress < self._due or (progress < 1 and self._spent > seconds):
            return
        began = time.perf_counter()
        with moment.clock.stopped():
            psnr = self._psnr(shown())
            before = [point for point in self.points if point["step"] < step]  # less what a resumed fit lost
            self.points = [*before, {"step": step, "seconds": round(seconds, 3), "psnr": psnr}]
            write_json(self.path, {"views": [self.test.names[i] for i in self.chosen], "points": self.points})
        self._spent += time.perf_counter() - began
        self._due = next((share for share in MOMENTS if share > progress), math.inf)

    def end(self, run: RunFolder) -> None:
        """There is no more to see."""

    def _psnr(self, shown: Reconstruction) -> float:
        values = []
        for i in self.chosen:
            target = self.test[i].to(shown.device)
            scores = self.scorer.score(shown.render(target.cameras), target, self.test.names[i])
            values.append(min(scores["psnr"], MOST_PSNR))
        return round(sum(values) / len(values), 4)
