"""The two sockets: a fit that is followed, and pictures that the server draws."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from recon3d.errors import BadInput
from recon3d.io.camera_checks import checked_transform
from recon3d.io.json_files import number_in
from recon3d.server.live import Listener, LiveFit
from recon3d.server.messages import PictureRequest
from recon3d.server.show import Show

LARGEST_PICTURE = 1920.0
SHARE_OF_A_FIT = 0.05
"""Of the time that pictures may take while the machine fits."""


async def send_live(socket: WebSocket, live: LiveFit | None) -> None:
    """Everything so far, then everything new; commands are taken the other way."""
    await socket.accept()
    if live is None:
        await socket.close()
        return
    listener = live.join()
    commands = asyncio.create_task(_take_commands(socket, live, listener))
    try:
        while (message := await listener.next()) is not None:
            if isinstance(message, str):
                await socket.send_text(message)
            else:
                await socket.send_bytes(message)
        await socket.close()
    except (WebSocketDisconnect, RuntimeError):  # the page was closed while something was sent
        pass
    finally:
        live.leave(listener)
        commands.cancel()


async def _take_commands(socket: WebSocket, live: LiveFit, listener: Listener) -> None:
    try:
        while True:
            live.command(_object(await socket.receive_text()).get("action"), listener)
    except (WebSocketDisconnect, RuntimeError, KeyError):
        pass


async def send_pictures(socket: WebSocket, show: Callable[[], Show]) -> None:
    """A picture for every request; a request that makes no sense ends it."""
    await socket.accept()
    try:
        while True:
            request = picture_request(_object(await socket.receive_text()))
            shown, began = show(), time.perf_counter()
            await socket.send_bytes(await asyncio.to_thread(shown.picture, request))
            if shown.kind == "fit":
                await asyncio.sleep((time.perf_counter() - began) / SHARE_OF_A_FIT)
    except BadInput as error:
        await socket.close(1003, str(error)[:100])
    except (WebSocketDisconnect, RuntimeError, KeyError):
        pass


def picture_request(keys: dict[str, Any]) -> PictureRequest:
    """Raises BadInput for one that cannot be drawn."""
    values = keys.get("world_from_camera")
    if not isinstance(values, list) or len(values) != 16:
        raise BadInput("picture", "world_from_camera is no matrix")
    matrix = checked_transform([values[i : i + 4] for i in range(0, 16, 4)], "picture")
    width, height = (int(_number(keys, name, 1.0, LARGEST_PICTURE)) for name in ("width", "height"))
    focal, centre = (_pair(keys, name) for name in ("focal", "centre"))
    mode: Any = keys["mode"] if keys.get("mode") in ("depth", "normals") else "splats"
    background: Any = "black" if keys.get("background") == "black" else "white"
    return PictureRequest(tuple(matrix.flatten().tolist()), focal, centre, width, height, mode, background)


def _pair(keys: dict[str, Any], name: str) -> tuple[float, float]:
    values = keys.get(name)
    if not isinstance(values, list) or len(values) != 2:
        raise BadInput("picture", f"{name} is no pair of numbers")
    x, y = (_number({name: value}, name, -1e6, 1e6) for value in values)
    return x, y


def _number(keys: dict[str, Any], name: str, low: float, high: float) -> float:
    value = number_in(keys, name, "picture")
    if value is None or not low <= value <= high or not math.isfinite(value):
        raise BadInput("picture", f"{name} does not lie between {low:g} and {high:g}")
    return value


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadInput("message", "is not JSON") from error
    if not isinstance(value, dict):
        raise BadInput("message", "is no object")
    return value
