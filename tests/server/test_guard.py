"""Who is refused: strangers, other sites, floods. And that the server lives on."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import websockets

from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput
from recon3d.server import connections
from recon3d.server.app import Answers
from recon3d.server.opening import open_show
from recon3d.server.serving import Address, serving


def ask(address: Address, path: str = "/exhibit", token: str | None = None, **more: object) -> httpx.Response:
    query = {"token": address.token if token is None else token}
    return httpx.get(f"http://127.0.0.1:{address.port}{path}", params=query, **more)


def test_the_link_opens_the_page(address: Address) -> None:
    assert address.host == "127.0.0.1"
    answer = httpx.get(address.link)
    assert answer.status_code == 200
    assert "viewer" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/exhibit", "/splats.spz", "/mesh.glb", "/photo/train/0", "/nowhere"])
def test_without_the_token_there_is_nothing(address: Address, path: str) -> None:
    for token in ("", "wrong", address.token[:-1], address.token + "x", "\u00e4"):
        answer = ask(address, path, token)
        assert answer.status_code == 403
        assert "open the link that recon3d printed" in answer.text
    assert httpx.get(f"http://127.0.0.1:{address.port}{path}").status_code == 403


def test_other_sites_are_refused(address: Address) -> None:
    own = f"http://127.0.0.1:{address.port}"
    assert ask(address, headers={"origin": own}).status_code == 200
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{address.port + 1}", own + ".evil.example"):
        assert ask(address, headers={"origin": origin}).status_code == 403


def test_other_names_are_refused_but_forwarded_ports_are_not(address: Address) -> None:
    for host in ("127.0.0.1:1234", "localhost:80", "[::1]:9", "localhost"):
        assert ask(address, headers={"host": host}).status_code == 200
    for host in ("evil.example", f"evil.example:{address.port}", "127.0.0.1.evil.example", ""):
        assert ask(address, headers={"host": host}).status_code == 403


def test_sockets_are_guarded_too(address: Address) -> None:
    async def refused(query: str, headers: dict[str, str]) -> bool:
        url = f"ws://127.0.0.1:{address.port}/pictures?{query}"
        try:
            async with websockets.connect(url, additional_headers=headers):
                return False
        except websockets.exceptions.InvalidStatus as error:
            return error.response.status_code == 403

    token = f"token={address.token}"
    assert asyncio.run(refused("token=wrong", {}))
    assert asyncio.run(refused(token, {"origin": "http://evil.example"}))
    assert not asyncio.run(refused(token, {}))


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/photo/../../manifest.json",
        "/photo/train/..%2f..%2fmanifest.json",
        "/photo/%2e%2e/0",
        "/photo/train/-1",
        "/photo/train/999999",
        "/manifest.json",
        "/photo/train/0/../../../manifest.json",
    ],
)
def test_nothing_outside_of_the_run_is_read(address: Address, path: str) -> None:
    """Sent as it is: httpx would tidy the path up."""
    with socket.create_connection(("127.0.0.1", address.port), timeout=5) as connection:
        request = f"GET {path}?token={address.token} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split(b"\r\n", 1)[0].split()[1] == b"404"
    assert b"root:" not in answer
    assert b'"scene"' not in answer


def test_a_gigabyte_is_refused(address: Address, ball_run: RunFolder) -> None:
    url, query = f"http://127.0.0.1:{address.port}/edits", {"token": address.token}
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 2**30:
            sent += 2**20
            yield bytes(2**20)

    with suppress(httpx.WriteError, httpx.ReadError):  # it may hang up before all was sent: as good
        assert httpx.post(url, params=query, content=endless()).status_code == 413
    assert sent < 2**28
    with socket.create_connection(("127.0.0.1", address.port), timeout=5) as connection:
        head = f"POST /edits?token={address.token} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {2**30}\r\n\r\n"
        connection.sendall(head.encode())
        assert b" 413 " in connection.recv(65536).split(b"\r\n", 1)[0]
    assert ask(address).status_code == 200
    assert not ball_run.edits.exists()


def test_a_thousand_connections_are_refused(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.5)
    held = [socket.create_connection(("127.0.0.1", address.port), timeout=5) for _ in range(1000)]
    try:
        open_now = sum(not hung_up(connection) for connection in held)
        assert open_now <= connections.MOST
        time.sleep(1.0)  # those that say nothing are let go
        assert all(hung_up(connection) for connection in held)
        assert ask(address).status_code == 200
    finally:
        for connection in held:
            connection.close()


def hung_up(connection: socket.socket) -> bool:
    connection.settimeout(0.01)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_messages_that_make_no_sense_end_a_socket_only(address: Address) -> None:
    async def answer(text: str) -> int | None:
        url = f"ws://127.0.0.1:{address.port}/pictures?token={address.token}"
        async with websockets.connect(url) as connection:
            try:
                await connection.send(text)
                await asyncio.wait_for(connection.recv(), 5)
            except websockets.exceptions.ConnectionClosed as closed:
                return None if closed.rcvd is None else closed.rcvd.code
        return 0

    good = {"world_from_camera": [1.0] * 16, "focal": [1, 1], "centre": [1, 1], "width": 2, "height": 2}
    large = good | {"width": 100_000}
    for text in ("", "[]", "{", "{}", json.dumps(good), json.dumps(large), '{"width": NaN}'):
        assert asyncio.run(answer(text)) == 1003
    assert asyncio.run(answer("x" * 2**20)) in (None, 1009)  # too large to be read
    assert ask(address).status_code == 200


def test_another_port_is_chosen(ball_run: RunFolder, client_page: Path) -> None:
    show = open_show(ball_run.path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving(Answers(lambda: show), port=port) as address:
            assert address.port != port
            assert ask(address).status_code == 200


def test_a_host_that_is_not_here_is_refused(ball_run: RunFolder, client_page: Path) -> None:
    show = open_show(ball_run.path)
    with pytest.raises(BadInput, match=r"192\.0\.2\.1"), serving(Answers(lambda: show), host="192.0.2.1"):
        pass
