"""What the server answers."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from recon3d.engine.run_folder import RunFolder
from recon3d.errors import Recon3dError
from recon3d.io.atomic import replacing
from recon3d.io.camera_path import read_camera_path
from recon3d.io.edits import edits_from, write_edits
from recon3d.server.guard import TooLarge, refuse_large_body
from recon3d.server.live import LiveFit
from recon3d.server.messages import Saved
from recon3d.server.page import page
from recon3d.server.show import Show
from recon3d.server.sockets import send_live, send_pictures


@dataclass(frozen=True)
class Answers:
    """The routes. `show` gives what there is to see at the moment; `live` is the fit, if one is looked at."""

    show: Callable[[], Show]
    live: LiveFit | None = None

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self.index),
                Route("/exhibit", self.exhibit),
                Route("/splats.spz", self.splats),
                Route("/mesh.glb", self.mesh),
                Route("/photo/{split}/{index:int}", self.photo),
                Route("/edits", self.keep_edits, methods=["POST"]),
                Route("/path", self.keep_path, methods=["POST"]),
                WebSocketRoute("/live", self.follow),
                WebSocketRoute("/pictures", self.draw),
            ],
            exception_handlers={Recon3dError: _explained, TooLarge: refuse_large_body},
        )

    async def index(self, request: Request) -> Response:
        return HTMLResponse(page())

    async def exhibit(self, request: Request) -> Response:
        return JSONResponse(dataclasses.asdict(self.show().exhibit()))

    async def splats(self, request: Request) -> Response:
        show = self.show()
        content = await asyncio.to_thread(lambda: show.spz)
        if self.live is not None:
            self.live.fetched = show.run is not None
        return _file(content)

    async def mesh(self, request: Request) -> Response:
        return _file(self.show().mesh, "model/gltf-binary")

    async def photo(self, request: Request) -> Response:
        photos, side = self.show().photos, request.query_params.get("side", "2048")
        if photos is None or not side.isdecimal():
            return _file(None)
        split, index = request.path_params["split"], request.path_params["index"]
        return _file(await asyncio.to_thread(photos.jpeg, split, index, int(side[:6])), "image/jpeg")

    async def keep_edits(self, request: Request) -> Response:
        run, keys = self.show().run, await _json(request)

        def keep(run: RunFolder) -> Path:
            write_edits(run.edits, edits_from(keys, "the edits"))
            return run.edits

        return await _saved(run, keep)

    async def keep_path(self, request: Request) -> Response:
        run, keys = self.show().run, await _json(request)

        def keep(run: RunFolder) -> Path:
            with replacing(run.camera_path) as unfinished:
                unfinished.write_text(json.dumps(keys), encoding="utf-8")
                read_camera_path(unfinished)
            return run.camera_path

        return await _saved(run, keep)

    async def follow(self, socket: WebSocket) -> None:
        await send_live(socket, self.live)

    async def draw(self, socket: WebSocket) -> None:
        await send_pictures(socket, self.show)


async def _json(request: Request) -> dict[str, object]:
    """The object in the body; an empty one where there is none, which what it is for will refuse."""
    try:
        keys = json.loads(await request.body())
    except ValueError:
        return {}
    return keys if isinstance(keys, dict) else {}


async def _saved(run: RunFolder | None, keep: Callable[[RunFolder], Path]) -> Response:
    if run is None:
        return _answer(Saved("", "there is no run folder to keep it in"), 409)
    try:
        return _answer(Saved(str(await asyncio.to_thread(keep, run)), ""))
    except (Recon3dError, ValueError) as error:
        return _answer(Saved("", str(error)), 400)


def _answer(saved: Saved, status: int = 200) -> Response:
    return JSONResponse(dataclasses.asdict(saved), status)


def _file(content: bytes | None, kind: str = "application/octet-stream") -> Response:
    if content is None:
        return PlainTextResponse("There is no such thing.\n", 404)
    return Response(content, media_type=kind)


async def _explained(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 404)
