"""A fit that is looked at: what pages are told, what they may ask, and that it changes nothing."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import websockets

from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.interrupts import Request
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.run_folder import RunFolder
from recon3d.io.scene import SceneOptions
from recon3d.server import live as module
from recon3d.server.app import Answers
from recon3d.server.live import Listener, LiveFit
from recon3d.server.patches import HEADER, ROW, changed, patch, rows_of
from recon3d.server.serving import Address, serving
from recon3d.types import Gaussians


def gaussians(count: int) -> Gaussians:
    g = torch.Generator().manual_seed(1)
    return Gaussians(
        torch.randn(count, 3, generator=g),
        torch.randn(count, 4, generator=g),
        0.1 + torch.rand(count, 3, generator=g),
        torch.rand(count, generator=g),
        torch.randn(count, 4, 3, generator=g),
    )


def read(message: bytes) -> tuple[int, int, np.ndarray, np.ndarray]:
    step, count, chosen = HEADER.unpack_from(message)
    indices = np.frombuffer(message, "<u4", chosen, HEADER.size)
    return step, count, indices, np.frombuffer(message, ROW, chosen, HEADER.size + 4 * chosen)


def test_only_what_has_changed_is_sent() -> None:
    before = gaussians(50)
    rows = rows_of(before)
    assert len(changed(rows, rows)) == 0
    after = gaussians(53)
    after.means[:50], after.scales[:50] = before.means, before.scales
    after.quaternions[:50], after.opacities[:50], after.sh[:50] = before.quaternions, before.opacities, before.sh
    after.means[3] += 0.001  # too little to be seen
    after.means[7] += 0.5
    after.opacities[9] = 1 - after.opacities[9]
    after.scales[11] *= 1.2
    new = rows_of(after)
    chosen = changed(rows, new)
    assert chosen.tolist() == [7, 9, 11, 50, 51, 52]
    step, count, indices, sent = read(patch(8, new, chosen))
    assert (step, count, indices.tolist()) == (8, 53, chosen.tolist())
    np.testing.assert_array_equal(sent["mean"][0], after.means[7].numpy())
    np.testing.assert_allclose(sent["rgba"][1][3], 255 * float(after.opacities[9]), atol=0.51)


def fit(scene: Path, output: Path, watcher: LiveFit | None, steps: int = 60) -> RunFolder:
    recipe = resolve("splat_mcmc", {"encoder": {"start_count": 300}, "density": {"cap": 400}})
    request = FitRequest(scene, output, recipe, SceneOptions(), steps=steps)
    return fit_scene(request, Progress("quiet"), watcher=watcher)


async def follow(address: Address, on_message: Callable[[str | bytes], str | None]) -> list[str | bytes]:
    """All messages until the end; what `on_message` returns is sent back."""
    heard: list[str | bytes] = []
    async with websockets.connect(f"ws://127.0.0.1:{address.port}/live?token={address.token}") as connection:
        try:
            async for message in connection:
                heard.append(message)
                if (answer := on_message(message)) is not None:
                    await connection.send(answer)
        except websockets.exceptions.ConnectionClosedError:
            pass
    return heard


def test_a_page_sees_the_fit_and_changes_nothing(
    ball_scene: Path, tmp_path: Path, client_page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_BETWEEN_PATCHES", 0.0)
    monkeypatch.setattr(module, "SECONDS_BETWEEN_REPORTS", 0.0)
    monkeypatch.setattr(module, "SHARE", 1e9)
    live, heard = LiveFit("ball"), []
    with serving(Answers(lambda: live.show, live), port=0) as address:
        paused = []

        def on_message(message: str | bytes) -> str | None:
            """Pauses once, and goes on when that is confirmed."""
            if isinstance(message, bytes):
                return '{"action": "next"}'
            if json.loads(message)["status"] == "paused":
                return '{"action": "resume"}'
            if json.loads(message)["step"] > 20 and not paused:
                paused.append(True)
                return '{"action": "pause"}'
            return None

        page = threading.Thread(target=lambda: heard.extend(asyncio.run(follow(address, on_message))))
        page.start()
        while not live._listeners:
            pass
        watched = fit(ball_scene, tmp_path / "watched", live)
        live.fetched = True
        live.close()
        page.join(10)
    reports = [json.loads(message) for message in heard if isinstance(message, str)]
    patches = [read(message) for message in heard if isinstance(message, bytes)]
    assert len(patches) >= 5
    assert [report["step"] for report in reports] == sorted(report["step"] for report in reports)
    assert {"fitting", "paused", "finished"} == {report["status"] for report in reports}
    assert reports[-1]["psnr"] > reports[0]["psnr"]
    rows = np.zeros(patches[-1][1], ROW)
    for _, count, indices, sent in patches:
        assert count <= len(rows)
        rows[indices] = sent
    np.testing.assert_array_equal(rows, live._rows)  # what the page has is what it was sent
    alone = fit(ball_scene, tmp_path / "alone", None)
    assert watched.splats.read_bytes() == alone.splats.read_bytes()


def test_a_page_that_comes_late_is_told_everything() -> None:
    live = LiveFit("x")
    live._rows, live._step = rows_of(gaussians(5)), 70
    live._reports = ["{}", "{}"]
    listener = live.join()

    async def first_three() -> list[str | bytes | None]:
        return [await listener.next() for _ in range(3)]

    *reports, last = asyncio.run(first_three())
    assert reports == ["{}", "{}"]
    assert isinstance(last, bytes)
    assert read(last)[:2] == (70, 5)


def test_a_page_is_sent_no_more_than_it_asks_for() -> None:
    live = LiveFit("x")
    live._rows = rows_of(gaussians(5))
    quick, slow = live.join(), live.join()
    for listener in (quick, slow):
        listener._queue.clear()

    def sent(listener: Listener) -> list[int]:
        """How many rows were in each of the patches."""
        messages = list(listener._queue)
        listener._queue.clear()
        return [len(read(message)[2]) for message in messages if isinstance(message, bytes)]

    one = patch(1, live._rows, np.arange(1))
    live._spread(one)
    assert sent(quick) == sent(slow) == []  # they have not shown what they were sent first
    live.command("next", quick)
    live._spread(one)
    assert (sent(quick), sent(slow)) == ([5], [])  # it missed one, so it is sent all
    live.command("next", quick)
    live._spread(one)
    assert (sent(quick), sent(slow)) == ([1], [])
    live.command("next", slow)
    live._spread(one)
    assert (sent(quick), sent(slow)) == ([], [5])


def test_the_curve_is_thinned_out() -> None:
    live = LiveFit("x")
    for i in range(5 * module.CURVE_POINTS):
        live._tell(str(i))
    kept = [int(report) for report in live._reports]
    assert len(kept) <= module.CURVE_POINTS + 1
    assert kept[0] == 0
    assert kept[-1] == 5 * module.CURVE_POINTS - 1
    assert kept == sorted(kept)


def test_stop_saves(ball_scene: Path, tmp_path: Path) -> None:
    from recon3d.engine.interrupts import Interrupted

    live = LiveFit("x")
    live.command("stop", Listener())
    with pytest.raises(Interrupted) as stopped:
        fit(ball_scene, tmp_path / "run", live)
    assert stopped.value.exit_code == 130
    run = RunFolder.open(tmp_path / "run")
    assert run.read_manifest()["status"] == "stopped"
    assert run.splats.is_file()
    assert live.show.status == "stopped"


def test_commands_that_make_no_sense_do_nothing() -> None:
    live, request = LiveFit("x"), Request()
    for action in (None, 3, "halt", ["stop"]):
        live.command(action, Listener())
    assert live._going.is_set()
    assert not live._stopping
    assert request.signal is None
