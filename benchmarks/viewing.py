"""What looking on costs: the CPU time of `fit --view` with a page open against that of `fit` alone, and how many
pictures a second recon3d draws for browsers without WebGL2.

python benchmarks/viewing.py                     the bundled ketch, 1500 steps, each way three times
python benchmarks/viewing.py --browser           with a real page in headless Chromium (playwright, chromium)
python benchmarks/viewing.py --steps 100 --repeats 1   a quick check of this script

Both ways take the same steps and end with the same bits; of their CPU times the least counts. Without --browser the
page is a client of this script that takes all that is sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import websockets

from recon3d.engine.manifest import describe_machine, describe_versions
from recon3d.io.atomic import write_json

KETCH = Path(__file__).parents[1] / "scenes" / "ketch"
PICTURE = {"focal": [600, 600], "centre": [320, 240], "width": 640, "height": 480, "background": "white"}
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def fitted(scene: Path, run: Path, steps: int, page: Any = None) -> tuple[float, int]:
    """CPU seconds of a fit, and how many patches of splats were sent to the page, if there is one."""
    words = [sys.executable, "-m", "recon3d", "fit", str(scene), "--output", str(run), "--overwrite"]
    words += ["--steps", str(steps), "--progress", "quiet", *([] if page is None else ["--view"])]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    seen = 0
    if page is not None:
        link = re.search(r"http\S+", process.stdout.readline())
        assert link is not None, "no link was printed"
        with page(link[0]) as watched:
            _, _, usage = os.wait4(process.pid, 0)
            seen = watched()
    else:
        _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, seen


@contextmanager
def plain_page(link: str) -> Iterator[Any]:
    """A client that takes all messages of the fit."""
    patches = []

    async def follow() -> None:
        async with websockets.connect(socket_link(link, "live"), max_size=None) as connection:
            try:
                async for message in connection:
                    if isinstance(message, bytes):
                        patches.append(len(message))
                        await connection.send('{"action": "next"}')
            except websockets.exceptions.ConnectionClosed:
                pass

    thread = threading.Thread(target=lambda: asyncio.run(follow()))
    thread.start()
    yield lambda: len(patches)
    thread.join()


@contextmanager
def browser_page(link: str) -> Iterator[Any]:
    """A page in Chromium. How often its splats have changed is asked until it says nothing more."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        frames = []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(data)))
        page.goto(link)
        yield lambda: (page.wait_for_timeout(500), sum(isinstance(data, bytes) for data in frames))[1]
        browser.close()


def socket_link(link: str, name: str) -> str:
    return link.replace("http://", "ws://").replace("/?", f"/{name}?")


def pictures_a_second(run: Path, seconds: float) -> float:
    """Of the server's own drawing, 640x480, from turn to turn of the run's cameras, through the socket."""
    process = subprocess.Popen([sys.executable, "-m", "recon3d", "view", str(run)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    link = re.search(r"http\S+", process.stdout.readline())
    assert link is not None, "no link was printed"
    cameras = json.loads((run / "cameras_test.json").read_text())["frames"]
    matrices = [(torch.tensor(c["transform_matrix"]) * torch.tensor([1.0, -1, -1, 1])).flatten() for c in cameras]

    async def draw() -> float:
        async with websockets.connect(socket_link(link[0], "pictures"), max_size=None) as connection:
            count, began = -1, time.perf_counter()
            while (passed := time.perf_counter() - began) < seconds:
                request = {"world_from_camera": matrices[count % len(matrices)].tolist(), "mode": "splats", **PICTURE}
                await connection.send(json.dumps(request))
                await connection.recv()
                count += 1
                if count == 0:  # the first is slower, and not counted
                    began = time.perf_counter()
            return count / passed

    try:
        return asyncio.run(draw())
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scene", type=Path, default=KETCH)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of drawing pictures")
    parser.add_argument("--browser", action="store_true", help="open the page in Chromium")
    asked = parser.parse_args()
    page = browser_page if asked.browser else plain_page
    alone, watched = [], []
    with tempfile.TemporaryDirectory() as name:
        run = Path(name) / "run"
        for _ in range(asked.repeats):
            alone.append(fitted(asked.scene, run, asked.steps)[0])
            bits = (run / "splats.ply").read_bytes()
            watched.append(fitted(asked.scene, run, asked.steps, page))
            assert (run / "splats.ply").read_bytes() == bits, "looking on has changed the fit"
        rate = pictures_a_second(run, asked.seconds)
    least = min(alone), min(seconds for seconds, _ in watched)
    print(f"fit alone        {least[0]:8.2f} CPU s")
    print(
        f"with a page open {least[1]:8.2f} CPU s  {least[1] / least[0] - 1:+.1%}, {watched[0][1]} updates of the splats"
    )
    print(f"pictures drawn   {rate:8.1f} a second, 640x480")
    result = {"machine": describe_machine(torch.device("cpu")), "versions": describe_versions(), "steps": asked.steps}
    result |= {"alone": alone, "watched": watched, "browser": asked.browser, "pictures_a_second": rate}
    write_json(Path("viewing.json"), result)


if __name__ == "__main__":
    main()
