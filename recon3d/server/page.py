"""The viewer's page: as the server sends it, and as a file that holds all it shows."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path

from recon3d.engine.export import ExportRequest, edited, refuse_existing_file
from recon3d.errors import Missing
from recon3d.io.atomic import write_text
from recon3d.server.opening import open_show
from recon3d.server.show import Show

CLIENT = Path(__file__).parent / "client" / "index.html"
PLACEHOLDER = "<!--recon3d-exhibit-->"
PHOTO_SIDES = (240, 160, 112, 80)
PHOTO_BYTES = 300_000
"""All photos in a file are as small as it takes for this."""


def page() -> str:
    """The client. Raises Missing where it was not built."""
    if not CLIENT.is_file():
        raise Missing("viewer", "its web page is not built", "run make viewer, which needs Node.js 20.19 or newer")
    return CLIENT.read_text(encoding="utf-8")


def content_policy(origin: str = "") -> str:
    """What the page may load: what it holds itself, and data from `origin`. Nothing else can be fetched or sent."""
    return (
        "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob: data:; style-src 'unsafe-inline';"
        f" worker-src blob: data:; connect-src {origin}blob: data:; img-src {origin}blob: data:; base-uri 'none';"
        " form-action 'none'"
    )


def export_page(request: ExportRequest, mesh: Path | None = None) -> str:
    """Write the run or file as a page of its own and return how much there is in it.

    Raises as `export`, `open_show` and `page`.
    """
    refuse_existing_file(request.output, request.overwrite)
    show, what = open_show(request.run, mesh), "a mesh"
    if show.reconstruction is not None:
        left, what = edited(show.reconstruction, request)
        show = dataclasses.replace(show, reconstruction=left, run=None)
    write_text(request.output, static_page(show))
    return what


def static_page(show: Show) -> str:
    """The client with everything in it, to be opened from a disk without any server. Raises as `page`."""
    files = {} if show.spz is None else {"splats.spz": show.spz}
    if show.mesh is not None:
        files["mesh.glb"] = show.mesh
    photos = _small_photos(show)
    exhibit = dataclasses.replace(show.exhibit(), kind="file", photos=bool(photos), writable=False, pictures=False)
    text = json.dumps(dataclasses.asdict(exhibit)).replace("<", "\\u003c")  # so that no title ends the script
    scripts = [f'<meta http-equiv="Content-Security-Policy" content="{content_policy()}" />']
    scripts += [f'<script type="application/json" id="recon3d-exhibit">{text}</script>']
    scripts += [_embedded(name, content) for name, content in (files | photos).items()]
    before, _, after = page().partition(PLACEHOLDER)
    return before + "\n".join(scripts) + after


def _embedded(name: str, content: bytes) -> str:
    return f'<script type="application/base64" data-file="{name}">{base64.b64encode(content).decode()}</script>'


def _small_photos(show: Show) -> dict[str, bytes]:
    """All or none of them."""
    if show.photos is None:
        return {}
    for side in PHOTO_SIDES:
        photos = {
            f"photo/{view.split}/{view.index}": show.photos.jpeg(view.split, view.index, side) for view in show.views
        }
        if sum(map(len, photos.values())) <= PHOTO_BYTES:
            return photos
    return {}
