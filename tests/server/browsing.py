"""A real headless Chromium with the viewer's page open, for tests."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from playwright.sync_api import Browser, Page

from recon3d.engine.reconstruction import Reconstruction
from recon3d.metrics.image import psnr
from recon3d.types import Cameras

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZE = {"width": 1000, "height": 700}
PATIENCE = 180_000
"""Milliseconds: all is drawn by the CPU, and other tests want it too."""


@contextmanager
def opened(browser: Browser, link: str, **context: Any) -> Iterator[Page]:
    """A page with the exhibit loaded and drawn. Whatever it complains of is an error at the end."""
    complaints: list[str] = []
    window = browser.new_context(**({"viewport": SIZE, "color_scheme": "light"} | context))
    window.set_default_timeout(PATIENCE)
    page = window.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(link)
    wait_for(page, "window.recon3d !== undefined")
    settle(page)
    yield page
    window.close()
    assert [text for text in complaints if "GPU stall" not in text] == []


def settle(page: Page) -> None:
    """Until the present view is drawn with everything in its order."""
    page.evaluate("recon3d.settled()")


def state(page: Page) -> dict[str, Any]:
    return page.evaluate("recon3d.state()")


def until(page: Page, condition: str) -> None:
    """Wait for a condition on the state, `s`, in JavaScript."""
    wait_for(page, f"(() => {{ const s = recon3d.state(); return {condition}; }})()")


def wait_for(page: Page, expression: str) -> None:
    """Wait until it is true. Playwright's own waiting evaluates text in the page, which its security policy forbids."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"{expression} has not come true"
        page.wait_for_timeout(50)


def click(page: Page, *tests: str) -> None:
    """Controls by the names that they have for tests."""
    for test in tests:
        page.click(f'[data-test="{test}"]')


def fill(page: Page, **values: float) -> None:
    """Number fields, a dash in their names written as an underscore."""
    for test, value in values.items():
        field = page.locator(f'[data-test="{test.replace("_", "-")}"]')
        field.fill(str(value))
        field.press("Enter")


def canvas(page: Page) -> torch.Tensor:
    """What the browser has drawn, without panels over it: h w 3."""
    settle(page)
    url = page.evaluate("document.querySelector('canvas').toDataURL('image/png')")
    return decoded(page.evaluate("async (url) => [...new Uint8Array(await (await fetch(url)).arrayBuffer())]", url))


def screenshot(page: Page) -> torch.Tensor:
    """The whole page, panels and all."""
    return decoded(list(page.screenshot()))


def decoded(content: list[int]) -> torch.Tensor:
    with Image.open(io.BytesIO(bytes(content))) as picture:
        return torch.from_numpy(np.array(picture.convert("RGB"))).float() / 255


def cut(picture: torch.Tensor, at: dict[str, float]) -> torch.Tensor:
    """The part of it that a rectangle in whole pixels covers."""
    x, y, width, height = (round(at[key]) for key in ("x", "y", "width", "height"))
    return picture[y : y + height, x : x + width]


def stand_in(page: Page, key: str) -> dict[str, float]:
    """Stand in a camera by clicking its name; where its picture is then."""
    click(page, "tab-cameras", f"camera-{key}")
    until(page, f's.standing === "{key}" && s.picture !== null')
    settle(page)
    return state(page)["picture"]


def camera_of(page: Page) -> Cameras:
    """The camera of the whole canvas, in the frame of the files."""
    seen = state(page)["camera"]
    (focal_x, focal_y), (centre_x, centre_y) = seen["focal"], seen["centre"]
    intrinsics = torch.tensor([[focal_x, 0, centre_x], [0, focal_y, centre_y], [0, 0, 1]])
    matrix = torch.tensor(seen["world_from_camera"]).view(1, 4, 4)
    return Cameras(matrix, intrinsics[None], torch.tensor([seen["width"]]), torch.tensor([seen["height"]]))


def rendered(shown: Reconstruction, cameras: Cameras, background: float = 1.0) -> torch.Tensor:
    """Our own picture of it."""
    return shown.render(cameras).over(torch.full((3,), background))[0].clamp(0, 1)


def likeness(a: torch.Tensor, b: torch.Tensor) -> float:
    """PSNR between two pictures, in dB."""
    assert a.shape == b.shape
    return psnr(a, b)
