"""Someone who looks on while a scene is fitted: what the fit tells, and what may be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from recon3d.engine.fit import Moment
from recon3d.engine.interrupts import Request
from recon3d.engine.reconstruction import Reconstruction
from recon3d.engine.run_folder import RunFolder
from recon3d.types import Scene


@runtime_checkable
class Watcher(Protocol):
    """Told of a fit by the thread that fits, which waits until each call returns; nothing here changes the result."""

    def begin(self, scene: Scene) -> None:
        """The scene, in the frame of its files, is about to be fitted."""
        ...

    def look(self, moment: Moment, shown: Callable[[], Reconstruction], request: Request) -> None:
        """A step was made. What was learnt by now is put together when asked for, and shares memory with what the next
        step changes. The request is there to ask for the end."""
        ...

    def end(self, run: RunFolder) -> None:
        """The fit has finished or was stopped, and its result is in the run folder."""
        ...
