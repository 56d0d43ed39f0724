"""The server in a thread of its own, for as long as something is shown."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from recon3d.errors import BadInput
from recon3d.server.app import Answers
from recon3d.server.connections import BoundedConnection
from recon3d.server.guard import Guard
from recon3d.server.page import page

LARGEST_SOCKET_MESSAGE = 64 * 2**10
SECONDS_TO_END = 2


@dataclass(frozen=True)
class Address:
    """Where the server is."""

    host: str
    port: int
    token: str

    @property
    def link(self) -> str:
        """What to open in a browser: for a server that listens everywhere, by the name of this machine."""
        host = socket.gethostname() if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/?token={self.token}"

    @property
    def is_private(self) -> bool:
        """Whether nobody but this machine can reach it."""
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"


@contextmanager
def serving(answers: Answers, host: str = "127.0.0.1", port: int = 0) -> Iterator[Address]:
    """Serves within. Where the port is 0 or taken, a free one is chosen.

    Raises Missing where the client was not built, and BadInput for a host that is not this machine's.
    """
    page()
    listener = _listening(host, port)
    address = Address(host, listener.getsockname()[1], secrets.token_urlsafe(24))
    own = socket.gethostname()
    guard = Guard(answers.app(), address.token, (host, own, f"{own}.local", socket.getfqdn()))
    config = uvicorn.Config(
        guard,
        http=BoundedConnection,
        ws="websockets-sansio",
        ws_max_size=LARGEST_SOCKET_MESSAGE,
        ws_per_message_deflate=False,  # it would cost the fit more than a patch does, and pictures are packed already
        log_level="critical",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=SECONDS_TO_END,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server, listener, answers)), name="viewer", daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield address
    finally:
        server.should_exit = True
        thread.join(2 * SECONDS_TO_END + 1)
        listener.close()


async def _serve(server: uvicorn.Server, listener: socket.socket, answers: Answers) -> None:
    if answers.live is not None:
        answers.live.loop = asyncio.get_running_loop()
    await server.serve([listener])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for choice in (port, 0):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, choice))
            listener.listen(128)
            return listener
        except OSError as error:
            listener.close()
            reason = error.strerror or str(error)
    raise BadInput(f"--host {host}", f"cannot be listened on ({reason})", "use 127.0.0.1 or an address of this machine")
