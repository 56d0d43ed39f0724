"""Who may speak to the server: whoever has the token, from a page that the server itself sent, in small messages.

A page of another site that is open in the same browser can send requests to 127.0.0.1 too. It does not know the token,
its Origin is another, and where it got a name of its own to resolve to 127.0.0.1 (DNS rebinding), the Host is.
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recon3d.server.page import content_policy

LARGEST_BODY = 16 * 2**20
"""Bytes: the bits of a hundred million deleted Gaussians."""
TOO_LARGE = f"Not more than {LARGEST_BODY // 2**20} MiB are taken."
HEADERS = {
    "content-security-policy": content_policy("'self' ") + "; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
}


class TooLarge(Exception):
    """A body turns out to be larger than LARGEST_BODY while it is read."""


async def refuse_large_body(request: Request, error: Exception) -> Response:
    """What the app answers then."""
    return PlainTextResponse(TOO_LARGE + "\n", 413, headers={"connection": "close"})


@dataclass(frozen=True)
class Guard:
    """Lets requests and sockets through to the app, or answers them itself. `names` are hosts by which the server may
    be called, besides those of this machine to itself and addresses in numbers."""

    app: ASGIApp
    token: str
    names: tuple[str, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._pass_on(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _answer(refusal, scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if not self._is_ours(host):
            return 403, "This server does not go by that name."
        if origin is not None and urlsplit(origin).netloc != host:
            return 403, "Requests of other sites are refused."
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            return 403, "The token is missing or wrong: open the link that recon3d printed."
        length = headers.get(b"content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return 413, TOO_LARGE
        return None

    def _is_ours(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or name in self.names or _is_address(name)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY and scope["type"] == "http":
                raise TooLarge
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in HEADERS.items())]
            await send(message)

        await self.app(scope, bounded, guarded)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _answer(refusal: tuple[int, str], scope: Scope, receive: Receive, send: Send) -> None:
    status, text = refusal
    response = PlainTextResponse(text + "\n", status, headers={**HEADERS, "connection": "close"})
    await response(scope, receive, send)
