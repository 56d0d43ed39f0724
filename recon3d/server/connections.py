"""Connections, at most so many, and none that says nothing for long: whoever opens a thousand is let down, not the
server."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 64
"""A page takes half a dozen."""
PATIENCE = 5.0
"""Seconds within which a request must have come."""


class BoundedConnection(H11Protocol):
    """One connection of uvicorn's, refused where there are too many."""

    _refused = False
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        if len(self.connections) >= MOST:
            self._refused = True
            transport.abort()
            return
        super().connection_made(transport)
        self._patience = self.loop.call_later(PATIENCE, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._patience is not None:
            self._patience.cancel()
        if not self._refused:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def _give_up(self) -> None:
        """A socket has another protocol by now, and a request a cycle."""
        if self.cycle is None and self.transport.get_protocol() is self:
            self.transport.abort()
