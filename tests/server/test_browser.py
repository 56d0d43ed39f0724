"""The viewer's page as a person uses it: clicked through in a real browser, and compared with what recon3d renders."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import recon3d
from recon3d.cli import run as recon3d_command
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import fit_scene
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.reconstruction import Reconstruction
from recon3d.engine.render import shown_depth
from recon3d.engine.run_folder import RunFolder
from recon3d.io.camera_path import read_camera_path
from recon3d.io.edits import edits_from, read_edits
from recon3d.io.images import read_image
from recon3d.io.meshes import read_mesh, write_mesh
from recon3d.io.ply import read_gaussians
from recon3d.io.scene import SceneOptions
from recon3d.io.spz import spz_of
from recon3d.server import page as pages
from recon3d.server.app import Answers
from recon3d.server.opening import open_show
from recon3d.server.serving import serving
from recon3d.server.show import coloured_by_normals

sync_api = pytest.importorskip("playwright.sync_api")
from browsing import (  # noqa: E402
    CHROMIUM,
    FLAGS,
    SIZE,
    camera_of,
    canvas,
    click,
    cut,
    fill,
    likeness,
    opened,
    rendered,
    screenshot,
    settle,
    stand_in,
    state,
    until,
    wait_for,
)

pytestmark = pytest.mark.xdist_group("browser")  # one browser is enough for two cores
KETCH = Path(__file__).parents[2] / "scenes" / "ketch"
STEPS = 500


@pytest.fixture(scope="module")
def playwright() -> Iterator[sync_api.Playwright]:
    if not CHROMIUM.is_file():
        pytest.skip(f"no browser at {CHROMIUM}")
    if not pages.CLIENT.is_file():
        assert shutil.which("npm") is None, "the viewer's page is not built: make viewer"
        pytest.skip("the viewer's page is not built, and there is no Node.js to build it")
    with sync_api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: sync_api.Playwright) -> sync_api.Browser:
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)


@pytest.fixture(scope="module")
def ketch(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A short fit of the bundled scene."""
    output = tmp_path_factory.mktemp("runs") / "ketch"
    return fit_scene(FitRequest(KETCH, output, resolve("splat_mcmc"), SceneOptions(), steps=STEPS), Progress("quiet"))


@pytest.fixture(scope="module")
def shown(ketch: RunFolder) -> Reconstruction:
    return recon3d.load(ketch.path)


@pytest.fixture
def run(ketch: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of the run, to be changed."""
    return RunFolder(Path(shutil.copytree(ketch.path, tmp_path / "ketch")))


@pytest.fixture
def page(browser: sync_api.Browser, run: RunFolder) -> Iterator[sync_api.Page]:
    show = open_show(run.path)
    with serving(Answers(lambda: show), port=0) as address, opened(browser, address.link) as page:
        yield page


def test_the_picture_is_that_of_our_own_renderer(page: sync_api.Page, shown: Reconstruction) -> None:
    """From the page's own view, and standing in a camera of the run."""
    assert state(page)["visible"] == len(shown.gaussians)
    assert likeness(canvas(page), rendered(shown, camera_of(page))) > 35
    at = stand_in(page, "test/3")
    camera = shown.cameras("test")[3].resized(round(at["width"]), round(at["height"]))
    assert likeness(cut(canvas(page), at), rendered(shown, camera)) > 35


def test_a_camera_and_its_photo(page: sync_api.Page, shown: Reconstruction) -> None:
    at = stand_in(page, "train/7")
    assert page.locator('[data-test="photo"]').count() == 0
    render = cut(screenshot(page), at)
    click(page, "flip")
    wait_for(page, "document.querySelector('[data-test=photo]')?.naturalWidth > 0")
    assert state(page)["flipped"]
    photo = torch.from_numpy(read_image(KETCH / "train" / "r_7.png")).float() / 255
    photo = photo[..., :3] * photo[..., 3:] + 1 - photo[..., 3:]
    side = (round(at["height"]), round(at["width"]))
    photo = torch.nn.functional.interpolate(photo.permute(2, 0, 1)[None], side, mode="bilinear")[0].permute(1, 2, 0)
    middle = (slice(60, -90), slice(60, -60))  # without the bar that is over the picture
    flipped = cut(screenshot(page), at)
    assert likeness(flipped[middle], photo[middle]) > 26
    assert likeness(flipped[middle], photo[middle]) > likeness(render[middle], photo[middle])
    click(page, "split-photo")
    half = cut(screenshot(page), at)
    middle_column = half.shape[1] // 2
    assert likeness(half[60:-90, 60 : middle_column - 30], render[60:-90, 60 : middle_column - 30]) > 35
    assert likeness(half[60:-90, middle_column + 30 : -60], flipped[60:-90, middle_column + 30 : -60]) > 35
    click(page, "next-camera")
    until(page, 's.standing === "train/8"')
    page.keyboard.press("[")
    until(page, 's.standing === "train/7"')
    click(page, "leave-camera")
    until(page, "s.standing === null")


def test_frustums_are_there_and_can_be_stood_in(page: sync_api.Page, shown: Reconstruction) -> None:
    bare = canvas(page)
    click(page, "toggle-frustums")
    until(page, "s.frames")
    wait_for(page, "recon3d.state().photos > 20")
    assert float((canvas(page) - bare).abs().mean()) > 0.002
    cameras = shown.cameras("train")
    place = cameras.centres[30] * 1.4  # from behind a camera, on the far side of what it looks at
    page.evaluate("([p, t]) => recon3d.lookFrom(p, t)", [place.tolist(), cameras.centres[30].tolist()])
    settle(page)
    depth = 0.15 * float(cameras.centres[30].norm())
    ahead = cameras[30].unproject(torch.tensor([[[200.0, 200.0]]]), torch.tensor([[depth]]))[0]
    pixel = camera_of(page).project(ahead)[0][0, 0]
    page.mouse.click(*pixel.tolist())
    until(page, "s.standing !== null")
    assert state(page)["standing"] == "train/30"


def test_depth_and_normals(page: sync_api.Page, shown: Reconstruction) -> None:
    pictures = {"splats": canvas(page)}
    for mode in ("depth", "normals"):
        click(page, "tab-view", f"mode-{mode}")
        assert state(page)["mode"] == mode
        pictures[mode] = canvas(page)
    rendering = shown.render(camera_of(page), depth=True)
    own, solid = shown_depth(rendering)[..., 0], rendering.alpha[0] > 0.95
    theirs = pictures["depth"].mean(-1)
    agreement = torch.corrcoef(torch.stack([own[solid], theirs[solid]]))[0, 1]
    assert abs(float(agreement)) > 0.9
    camera = camera_of(page)
    normals = coloured_by_normals(shown.gaussians, camera.centres[0], torch.tensor(state(page)["up"]))
    own = rendered(replace(shown, representation=normals), camera)
    assert likeness(pictures["normals"], own) > 25
    assert likeness(pictures["normals"], pictures["splats"]) < 25
    page.keyboard.press("1")
    until(page, 's.mode === "splats"')
    assert likeness(canvas(page), pictures["splats"]) > 45


def test_background_and_theme(page: sync_api.Page, shown: Reconstruction) -> None:
    click(page, "tab-view", "background-black")
    assert likeness(canvas(page), rendered(shown, camera_of(page), 0.0)) > 35
    click(page, "background-page")
    light = canvas(page)[5, 400]
    click(page, "theme")
    until(page, 's.theme === "dark"')
    assert float(canvas(page)[5, 400].mean()) < 0.3 < float(light.mean())


def test_orbit_fly_reset_and_touch(browser: sync_api.Browser, page: sync_api.Page) -> None:
    def place() -> np.ndarray:
        settle(page)
        return np.array(state(page)["camera"]["world_from_camera"]).reshape(4, 4)

    begin, target = place(), np.array(state(page)["target"])
    page.mouse.move(300, 350)
    page.mouse.down()
    page.mouse.move(420, 360, steps=4)
    page.mouse.up()
    turned = place()
    reach = np.linalg.norm(begin[:3, 3] - target)
    assert np.linalg.norm(turned[:3, 3] - begin[:3, 3]) > 0.2 * reach
    assert np.linalg.norm(turned[:3, 3] - target) == pytest.approx(reach, rel=0.02)
    page.mouse.wheel(0, -300)
    assert np.linalg.norm(place()[:3, 3] - target) < 0.95 * reach
    click(page, "fly")
    before = place()
    page.keyboard.down("w")
    page.wait_for_timeout(400)
    page.keyboard.up("w")
    step = place()[:3, 3] - before[:3, 3]
    assert np.dot(step / np.linalg.norm(step), before[:3, 2]) > 0.99
    click(page, "home")
    np.testing.assert_allclose(place()[:3, 3], begin[:3, 3], atol=0.02 * reach)


def test_two_fingers_come_nearer(browser: sync_api.Browser, run: RunFolder) -> None:
    show = open_show(run.path)
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with serving(Answers(lambda: show), port=0) as address, opened(browser, address.link, **phone) as page:
        before = np.array(state(page)["camera"]["world_from_camera"]).reshape(4, 4)[:3, 3]
        touch = page.context.new_cdp_session(page)
        for kind, apart in (("touchStart", 30), ("touchMove", 50), ("touchMove", 80), ("touchEnd", None)):
            points = [] if apart is None else [{"x": 195, "y": 400 - apart}, {"x": 195, "y": 400 + apart}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        settle(page)
        after = np.array(state(page)["camera"]["world_from_camera"]).reshape(4, 4)[:3, 3]
        assert np.linalg.norm(after) < 0.85 * np.linalg.norm(before)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for tab in ("view", "cameras", "edit", "path", "measure"):
            click(page, f"tab-{tab}")
            panel = page.locator(f'[data-test="panel-{tab}"]').bounding_box()
            assert panel is not None
            assert panel["x"] >= 0
            assert panel["x"] + panel["width"] <= 390


def test_crop_box_and_sphere(page: sync_api.Page, shown: Reconstruction) -> None:
    whole = canvas(page)
    click(page, "tab-edit", "box")
    fill(page, box_size_x=1.0, box_size_y=1.0, box_size_z=1.2)
    edits = edits_from(state(page)["edits"], "the page")
    assert edits.box is not None
    kept = edits.keep(shown.gaussians.means)
    assert 0 < int(kept.sum()) < len(shown.gaussians)
    # Means on the very border may fall to either side: those of the page are rounded to 24 bits.
    assert state(page)["kept"] == pytest.approx(int(kept.sum()), abs=3)
    left = Reconstruction(shown.gaussians.selected(kept), shown.renderer)
    click(page, "box-handle-none")
    assert likeness(canvas(page), rendered(left, camera_of(page))) > 25  # the outline is drawn over it
    click(page, "box", "sphere")
    fill(page, sphere_radius=0.5)
    kept = edits_from(state(page)["edits"], "the page").keep(shown.gaussians.means)
    assert state(page)["kept"] == pytest.approx(int(kept.sum()), abs=3)
    assert int(kept.sum()) < len(shown.gaussians)
    click(page, "reset-edits")
    until(page, f"s.kept === {len(shown.gaussians)}")
    assert likeness(canvas(page), whole) > 45


def test_brush_undo_save_and_export(page: sync_api.Page, run: RunFolder, shown: Reconstruction, tmp_path: Path) -> None:
    at = stand_in(page, "test/0")
    click(page, "leave-camera", "tab-edit", "brush")
    whole = canvas(page)
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] * 0.55
    page.mouse.move(x - 60, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=6)
    page.mouse.up()
    until(page, "s.undo === 1")
    brushed = canvas(page)
    gone = len(shown.gaussians) - state(page)["kept"]
    assert gone > 100
    assert float((brushed - whole)[int(y) - 10 : int(y) + 10, int(x) - 50 : int(x) + 50].abs().mean()) > 0.1
    kept = edits_from(state(page)["edits"], "the page").keep(shown.gaussians.means)
    left = Reconstruction(shown.gaussians.selected(kept), shown.renderer)
    assert likeness(brushed, rendered(left, camera_of(page))) > 30
    page.keyboard.press("Control+z")
    until(page, f"s.kept === {len(shown.gaussians)} && s.redo === 1")
    assert likeness(canvas(page), whole) > 45
    click(page, "redo", "save-edits")
    page.wait_for_selector('[data-test="notice"]')
    np.testing.assert_array_equal(read_edits(run.edits).keep(shown.gaussians.means), kept)
    assert recon3d_command(["export", str(run.path), "--output", str(tmp_path / "cut.ply")]) == 0
    assert len(read_gaussians(tmp_path / "cut.ply")) == len(shown.gaussians) - gone
    page.reload()
    wait_for(page, "window.recon3d !== undefined")
    settle(page)
    assert state(page)["kept"] == len(shown.gaussians) - gone


def test_a_camera_path_is_saved_rendered_and_opened(
    page: sync_api.Page, run: RunFolder, shown: Reconstruction, tmp_path: Path
) -> None:
    click(page, "tab-path")
    for index in (0, 25, 50):
        page.evaluate(f"recon3d.standIn('train/{index}')")
        settle(page)
        page.keyboard.press("k")
    assert state(page)["keyframes"] == 3
    fill(page, film_width=200, film_height=200, film_fps=4)
    click(page, "save-path")
    page.wait_for_selector('[data-test="notice"]')
    cameras, fps = read_camera_path(run.camera_path)
    assert (cameras.size, fps) == ((200, 200), 4)
    own = shown.cameras("train")
    torch.testing.assert_close(cameras.centres[0].float(), own.centres[0], atol=1e-3, rtol=0)
    torch.testing.assert_close(cameras.centres[-1].float(), own.centres[50], atol=1e-3, rtol=0)
    nearest = (cameras.centres.float() - own.centres[25]).norm(dim=-1).min()
    assert float(nearest) < 0.15
    folder = tmp_path / "film"
    assert recon3d_command(["render", str(run.path), "--path", str(run.camera_path), "--output", str(folder)]) == 0
    assert len(list(folder.glob("*.png"))) == len(cameras)
    click(page, "keyframe-0-go")
    settle(page)
    seen = camera_of(page)
    np.testing.assert_allclose(seen.world_from_camera[0], cameras.world_from_camera[0], atol=1e-4)
    height = int(seen.height[0])
    assert float(seen.intrinsics[0, 1, 1]) / height == pytest.approx(float(cameras.intrinsics[0, 1, 1]) / 200, rel=1e-3)
    film = torch.from_numpy(read_image(folder / "00000.png")).float() / 255
    assert likeness(film, rendered(shown, cameras[0].to("cpu", torch.float32))) > 45
    click(page, "clear-path")
    until(page, "s.keyframes === 0")
    page.set_input_files('[data-test="open-path"] input, input[data-test="open-path"]', run.camera_path)
    until(page, "s.keyframes === 3")
    click(page, "play")
    until(page, "s.playing > 0.2")


def test_distances_are_measured(page: sync_api.Page, shown: Reconstruction) -> None:
    click(page, "tab-measure", "measure")
    camera = camera_of(page)
    rendering = shown.render(camera, depth=True)
    assert rendering.depth is not None
    solid = torch.nn.functional.avg_pool2d((rendering.alpha > 0.99).float(), 9, 1, 4)[0] == 1
    smooth = solid & (torch.nn.functional.max_pool2d(rendering.depth, 9, 1, 4)[0] - rendering.depth[0] < 0.02)
    smooth[:, 600:] = False  # under the panel
    ys, xs = torch.nonzero(smooth, as_tuple=True)
    ends = [int(xs.argmin()), int(xs.argmax())]
    pixels = torch.stack([xs[ends], ys[ends]], -1) + 0.5
    depths = rendering.depth[0][ys[ends], xs[ends]]
    a, b = camera.unproject(pixels[None], depths[None])[0]
    for pixel in pixels:
        page.mouse.click(*pixel.tolist())
    until(page, "s.distance !== null")
    assert state(page)["distance"] == pytest.approx(float((a - b).norm()), rel=0.03)
    said = page.inner_text('[data-test="distance"]')
    assert float(said.split()[0].replace(",", "")) == pytest.approx(state(page)["distance"], rel=0.01)
    click(page, "clear-measure")
    until(page, "s.distance === null")


def test_a_budget_for_weak_devices(page: sync_api.Page, shown: Reconstruction) -> None:
    whole = canvas(page)
    click(page, "tab-view")
    page.locator('[data-test="budget"]').fill("8000")
    assert state(page)["visible"] == 8000
    assert 20 < likeness(canvas(page), whole) < 45  # those that are seen most are left
    page.locator('[data-test="pixel-ratio"]').fill("0.5")
    assert canvas(page).shape[0] < whole.shape[0]


def test_a_screenshot(page: sync_api.Page, shown: Reconstruction, tmp_path: Path) -> None:
    with page.expect_download() as download:
        click(page, "screenshot")
    download.value.save_as(tmp_path / "view.png")
    picture = torch.from_numpy(read_image(tmp_path / "view.png")).float() / 255
    own = rendered(shown, camera_of(page))
    assert likeness(picture[..., :3], own) > 35


def test_shortcuts_are_listed(page: sync_api.Page) -> None:
    page.keyboard.press("?")
    said = page.inner_text('[data-test="help-dialog"]')
    for what in ("Orbit", "Fly", "Brush", "Undo", "keyframe"):
        assert what in said
    click(page, "close-help")
    page.wait_for_selector('[data-test="help-dialog"]', state="detached")


def test_a_mesh(browser: sync_api.Browser, run: RunFolder, shown: Reconstruction, tmp_path: Path) -> None:
    """Beside the splats, and alone."""
    truth = KETCH / "truth" / "mesh.glb"
    turn = torch.tensor([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])  # it has y up, the scene z
    write_mesh(tmp_path / "same_frame.glb", read_mesh(truth).moved(turn))
    show = open_show(run.path, tmp_path / "same_frame.glb")
    with serving(Answers(lambda: show), port=0) as address, opened(browser, address.link) as page:
        solid = shown.render(camera_of(page)).alpha[0] > 0.5
        click(page, "mode-mesh")
        mesh = canvas(page)
        covered = (mesh - 1).abs().amax(-1) > 0.02
        assert float((covered & solid).sum() / (covered | solid).sum()) > 0.9
        click(page, "mode-normals")
        normals = canvas(page)
        click(page, "mode-splats", "mode-normals")  # those of the Gaussians
        both = covered & solid
        assert float((canvas(page) - normals)[both].abs().mean()) < 0.15
        assert float((mesh - normals)[both].abs().mean()) > 0.15
    show = open_show(truth)
    with serving(Answers(lambda: show), port=0) as address, opened(browser, address.link) as page:
        assert (state(page)["mode"], state(page)["triangles"] > 1000) == ("mesh", True)
        assert float(((canvas(page) - 1).abs().amax(-1) > 0.02).float().mean()) > 0.03


def test_a_page_from_the_disk(browser: sync_api.Browser, run: RunFolder, shown: Reconstruction, tmp_path: Path) -> None:
    output = tmp_path / "ketch.html"
    assert recon3d_command(["export", str(run.path), "--html", "--output", str(output)]) == 0
    assert output.stat().st_size <= 1.3 * len(spz_of(shown.gaussians)) + 4e6
    assert output.read_text().count("Permission is hereby granted") >= 6  # licences of what is in it
    with opened(browser, output.as_uri(), offline=True) as page:
        assert likeness(canvas(page), rendered(shown, camera_of(page))) > 35
        stand_in(page, "train/2")
        click(page, "flip")
        wait_for(page, "document.querySelector('[data-test=photo]')?.naturalWidth > 0")
        click(page, "tab-edit", "sphere")
        fill(page, sphere_radius=0.4)
        with page.expect_download() as download:
            click(page, "save-edits")
        edits = edits_from(json.loads(Path(download.value.path()).read_text()), "the download")
        assert 0 < int(edits.keep(shown.gaussians.means).sum()) < len(shown.gaussians)


def test_the_server_draws_where_the_browser_cannot(
    playwright: sync_api.Playwright, run: RunFolder, shown: Reconstruction
) -> None:
    """A Chromium without WebGL."""
    show = open_show(run.path)
    blind = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS[:1], "--disable-3d-apis"])
    with serving(Answers(lambda: show), port=0) as address, opened(blind, address.link) as page:
        assert page.evaluate("document.createElement('canvas').getContext('webgl2')") is None
        assert state(page)["pictures"]
        before = canvas(page)
        camera = camera_of(page).resized(before.shape[1], before.shape[0])
        assert likeness(before, rendered(shown, camera)) > 25
        page.mouse.move(300, 350)
        page.mouse.down()
        page.mouse.move(420, 360, steps=4)
        page.mouse.up()
        settle(page)
        after = canvas(page)
        camera = camera_of(page).resized(after.shape[1], after.shape[0])
        assert likeness(after, rendered(shown, camera)) > 25
        click(page, "mode-depth")
        assert likeness(canvas(page), after) < 25
    blind.close()


def test_a_wrong_link_says_what_to_do(browser: sync_api.Browser, run: RunFolder) -> None:
    show = open_show(run.path)
    with serving(Answers(lambda: show), port=0) as address:
        page = browser.new_page()
        page.goto(address.link + "x")
        assert "open the link that recon3d printed" in page.inner_text("body")
        page.close()


def test_a_fit_is_followed(browser: sync_api.Browser, tmp_path: Path) -> None:
    """`fit --view` with the page open: updates, curves, pause, stop, and the result at the end."""
    output = tmp_path / "live"
    words = [sys.executable, "-m", "recon3d", "fit", str(KETCH), "--view", "--port", str(free_port())]
    words += ["--steps", "4000", "--output", str(output), "--progress", "quiet"]
    environment = os.environ | {"PYTHONPATH": str(Path(recon3d.__file__).parents[1])}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        link = re.search(r"http\S+", process.stdout.readline())
        assert link is not None
        with opened(browser, link[0]) as page:
            watch(page)
            result = recon3d.load(output)
            until(page, f"s.splats === {len(result.gaussians)}")
            assert process.wait(60) == 130
            assert likeness(canvas(page), rendered(result, camera_of(page))) > 35  # with all its harmonics
    finally:
        process.kill()


def watch(page: sync_api.Page) -> None:
    """Five updates, a pause, and the end."""
    until(page, "s.splats > 0 && s.losses > 1")
    seen = {state(page)["step"]: state(page)}
    while len(seen) < 6:
        until(page, f"s.step > {max(seen)} || s.status !== 'fitting'")
        assert state(page)["status"] == "fitting"
        seen[state(page)["step"]] = state(page)
    first, last = seen[min(seen)], seen[max(seen)]
    assert last["losses"] > first["losses"]
    assert page.locator('[data-test="loss-curve"]').is_visible()
    click(page, "pause")
    until(page, "s.status === 'paused'")
    paused = state(page)["step"]
    page.wait_for_timeout(800)
    assert state(page)["step"] == paused
    assert float((canvas(page) - 1).abs().mean()) > 0.01
    click(page, "resume")
    until(page, f"s.step > {paused} && s.splats > {first['splats']}")
    click(page, "stop-fit")
    until(page, "s.status === 'stopped'")
    settle(page)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_the_picture_is_as_large_as_the_window(page: sync_api.Page) -> None:
    page.set_viewport_size({"width": 700, "height": 500})
    settle(page)
    assert tuple(canvas(page).shape[:2]) == (500, 700)
    assert SIZE != {"width": 700, "height": 500}
