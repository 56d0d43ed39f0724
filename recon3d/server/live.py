"""A fit that is looked at while it runs."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np
import torch

from recon3d.engine.clock import Clock
from recon3d.engine.fit import Moment
from recon3d.engine.interrupts import Request
from recon3d.engine.progress import Recent
from recon3d.engine.reconstruction import Reconstruction
from recon3d.engine.run_folder import RunFolder
from recon3d.renderers import splat
from recon3d.server.messages import Progress, Split, Status
from recon3d.server.opening import show_of_run
from recon3d.server.outlook import Outlook, outlook_from_cameras
from recon3d.server.patches import Rows, changed, patch, rows_of
from recon3d.server.photos import photos_of_scene, views_of
from recon3d.server.show import Show
from recon3d.types import Cameras, Gaussians, Scene

SECONDS_BETWEEN_PATCHES = 1.0
SECONDS_BETWEEN_REPORTS = 1.0
SHARE = 0.02
"""Of the fit's time that may go into patches: where they are dear, they come more rarely."""
CURVE_POINTS = 1000
"""Reports that are kept for pages that come late; of older ones every second is dropped."""
PATIENCE = 5.0
"""Seconds that pages have at the end to fetch the result."""


class Listener:
    """A page's queue. Only the server's thread changes it."""

    def __init__(self) -> None:
        self.wants_patch = True
        self.has_all = False
        """Whether it was sent every row that there is, as it was last sent to anybody."""
        self._queue: deque[str | bytes | None] = deque()
        self._filled = asyncio.Event()

    def put(self, message: str | bytes | None) -> None:
        self._queue.append(message)
        self._filled.set()

    async def next(self) -> str | bytes | None:
        """The next message; None is the end."""
        while not self._queue:
            self._filled.clear()
            await self._filled.wait()
        return self._queue.popleft()


class LiveFit:
    """What the fit's thread tells, passed on to all pages; and what they ask of it. A `Watcher` of the engine."""

    def __init__(self, title: str) -> None:
        self.show = Show(title, "fit", Outlook((0.0, 0.0, 0.0), 1.0, (0.0, 1.0, 0.0)), status="fitting")
        self.loop: asyncio.AbstractEventLoop | None = None
        self._listeners: list[Listener] = []
        self._rows: Rows = rows_of(_nothing())
        self._step = 0
        self._reports: list[str] = []
        self._recent = Recent()
        self._next_report = self._next_patch = 0.0
        self._going = threading.Event()
        self._going.set()
        self._stopping = False
        self.fetched = False
        """Whether the result was sent to a page."""

    # What the fit calls, in its own thread.

    def begin(self, scene: Scene) -> None:
        splits: dict[Split, tuple[list[str], Cameras]] = {
            "train": (list(scene.train.names), scene.train.cameras),
            "test": (list(scene.test.names), scene.test.cameras),
        }
        self.show = dataclasses.replace(
            self.show,
            outlook=outlook_from_cameras(scene.train.cameras),
            views=views_of({split: views for split, views in splits.items() if len(views[0])}),
            photos=photos_of_scene(scene),
        )

    def look(self, moment: Moment, shown: Callable[[], Reconstruction], request: Request) -> None:
        self._recent.sample(moment)
        now = time.monotonic()
        if now >= self._next_patch and any(listener.wants_patch for listener in self._listeners):
            self._send_patch(moment.clock.step, shown)
        if now >= self._next_report:
            self._next_report = now + SECONDS_BETWEEN_REPORTS
            self._report(moment.clock, "fitting")
        if not self._going.is_set():
            self._pause(moment.clock, request)
        if self._stopping:
            request.stop()

    def end(self, run: RunFolder) -> None:
        """The result takes the place of the fit; pages are told to fetch it."""
        self.show = dataclasses.replace(show_of_run(run), kind="fit")
        if self._reports:
            last = json.loads(self._reports[-1])
            self._tell(json.dumps(last | {"status": self.show.status, "splats": len(self._gaussians())}))

    def close(self) -> None:
        """Give pages time to fetch the result, and let them go."""
        until = time.monotonic() + PATIENCE
        while self._listeners and self.show.run is not None and not self.fetched and time.monotonic() < until:
            time.sleep(0.05)
        self._on_server(self._spread, None)

    def _gaussians(self) -> Gaussians:
        assert self.show.reconstruction is not None
        return self.show.reconstruction.gaussians

    def _pause(self, clock: Clock, request: Request) -> None:
        self._report(clock, "paused")
        with clock.stopped():
            while not self._going.wait(0.1) and request.signal is None and not self._stopping:
                pass
        self._report(clock, "fitting")

    def _send_patch(self, step: int, shown: Callable[[], Reconstruction]) -> None:
        began = time.thread_time()
        now = shown().gaussians.to("cpu")
        rows = rows_of(now)
        chosen = changed(self._rows, rows)
        kept = self._rows[: len(rows)].copy() if len(self._rows) >= len(rows) else np.resize(self._rows, len(rows))
        kept[chosen] = rows[chosen]
        self._rows, self._step = kept, step
        self._on_server(self._spread, patch(step, kept, chosen))
        snapshot = dataclasses.replace(now, sh=now.sh.clone())
        self.show = dataclasses.replace(self.show, reconstruction=Reconstruction(snapshot, splat.Splat(splat.Config())))
        cost = time.thread_time() - began
        self._next_patch = time.monotonic() + max(SECONDS_BETWEEN_PATCHES, cost / SHARE)

    def _report(self, clock: Clock, status: Status) -> None:
        loss, psnr = self._recent.mean()
        self._tell(
            json.dumps(
                dataclasses.asdict(
                    Progress(
                        step=clock.step,
                        steps=clock.steps,
                        progress=clock.progress,
                        loss=loss,
                        psnr=psnr,
                        splats=len(self._rows),
                        elapsed=clock.elapsed,
                        remaining=clock.remaining(0, 0.0),
                        status=status,
                    )
                )
            )
        )

    def _tell(self, report: str) -> None:
        self._reports.append(report)
        if len(self._reports) > CURVE_POINTS:
            self._reports = [*self._reports[: CURVE_POINTS // 2 : 2], *self._reports[CURVE_POINTS // 2 :]]
        self._on_server(self._spread, report)

    def _on_server(self, call: Callable[..., None], *arguments: object) -> None:
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(call, *arguments)

    # What the server calls, in its own thread.

    def join(self) -> Listener:
        """A new page: the curve so far, and every row that was ever sent."""
        listener = Listener()
        for report in self._reports:
            listener.put(report)
        if len(self._rows):
            self._send_all(listener)
        self._listeners.append(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.remove(listener)

    def command(self, action: object, listener: Listener) -> None:
        """What a page asks for."""
        if action == "next":
            listener.wants_patch = True
        elif action == "pause":
            self._going.clear()
        elif action in ("resume", "stop"):
            self._stopping = self._stopping or action == "stop"
            self._going.set()

    def _send_all(self, listener: Listener) -> None:
        rows = self._rows
        listener.put(patch(self._step, rows, np.arange(len(rows))))
        listener.wants_patch, listener.has_all = False, True

    def _spread(self, message: str | bytes | None) -> None:
        for listener in self._listeners:
            if not isinstance(message, bytes):
                listener.put(message)
            elif not listener.wants_patch:
                listener.has_all = False
            elif not listener.has_all:
                self._send_all(listener)
            else:
                listener.put(message)
                listener.wants_patch = False


def _nothing() -> Gaussians:
    return Gaussians(torch.zeros(0, 3), torch.zeros(0, 4), torch.zeros(0, 3), torch.zeros(0), torch.zeros(0, 1, 3))
