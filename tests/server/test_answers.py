"""What the server sends and keeps."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
import websockets
from PIL import Image

import recon3d
from recon3d.engine.export import ExportRequest, export
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput, Missing
from recon3d.io.camera_path import read_camera_path
from recon3d.io.meshes import read_mesh, write_mesh
from recon3d.io.ply import read_gaussians
from recon3d.io.spz import read_spz, spz_of
from recon3d.metrics.image import psnr
from recon3d.server import page
from recon3d.server.app import Answers
from recon3d.server.opening import open_show
from recon3d.server.page import export_page, static_page
from recon3d.server.serving import Address, serving
from recon3d.types import Mesh


@pytest.fixture
def run(ball_run: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy, to be changed."""
    return RunFolder(Path(shutil.copytree(ball_run.path, tmp_path / "run")))


@pytest.fixture
def own(run: RunFolder, client_page: Path) -> Iterator[Address]:
    """Of a server that shows the copy."""
    show = open_show(run.path)
    with serving(Answers(lambda: show), port=0) as where:
        yield where


def get(address: Address, path: str, **query: object) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{address.port}{path}", params={"token": address.token, **query})


def post(address: Address, path: str, content: object) -> httpx.Response:
    url = f"http://127.0.0.1:{address.port}{path}"
    return httpx.post(url, params={"token": address.token}, json=content)


def test_the_exhibit_says_what_there_is(address: Address, ball_run: RunFolder) -> None:
    exhibit = get(address, "/exhibit").json()
    gaussians = recon3d.load(ball_run.path).gaussians
    assert (exhibit["title"], exhibit["kind"], exhibit["status"]) == ("ball", "run", "finished")
    assert exhibit["splats"] == len(gaussians)
    assert [view["split"] for view in exhibit["views"]] == ["train"] * 16 + ["test"] * 3
    np.testing.assert_allclose(exhibit["up"], [0, 0, 1], atol=0.2)  # the ball's cameras are level, z is up
    np.testing.assert_allclose(exhibit["centre"], [0, 0, 0], atol=0.2)
    assert exhibit["distance"] == pytest.approx(4, rel=0.1)
    view, camera = exhibit["views"][16], recon3d.load(ball_run.path).cameras("test")[0]
    np.testing.assert_allclose(view["world_from_camera"], camera.world_from_camera.flatten(), atol=1e-6)
    assert view["focal"] == pytest.approx([float(camera.intrinsics[0, 0, 0]), float(camera.intrinsics[0, 1, 1])])
    assert (view["width"], view["height"]) == camera.size


def test_splats_are_the_runs(address: Address, ball_run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "a.spz").write_bytes(get(address, "/splats.spz").content)
    sent, own = read_spz(tmp_path / "a.spz"), recon3d.load(ball_run.path).gaussians
    torch.testing.assert_close(sent.means, own.means, atol=1e-5, rtol=0)
    assert get(address, "/mesh.glb").status_code == 404


def test_photos_are_the_scenes(address: Address, ball_scene: Path) -> None:
    content = get(address, "/photo/train/3", side=40).content
    with Image.open(io.BytesIO(content)) as sent, Image.open(ball_scene / "train" / "r_3.png") as photo:
        assert (sent.format, sent.size) == ("JPEG", (40, 40))
        white = Image.new("RGBA", photo.size, "white")
        white.alpha_composite(photo.convert("RGBA"))
        expected = np.asarray(white.convert("L").resize((40, 40), Image.Resampling.BOX), float)
        assert np.abs(np.asarray(sent.convert("L"), float) - expected).mean() < 2


def test_a_scene_that_is_gone_has_no_photos(run: RunFolder) -> None:
    manifest = json.loads(run.manifest.read_text())
    manifest["scene"]["path"] = "/nowhere"
    run.manifest.write_text(json.dumps(manifest))
    assert not open_show(run.path).exhibit().photos


def test_edits_are_kept_and_exported(own: Address, run: RunFolder, tmp_path: Path) -> None:
    gaussians = recon3d.load(run.path).gaussians
    count = len(gaussians)
    bits = np.zeros(count, np.uint8)
    bits[[2, 5]] = 1
    edits = {
        "splats": count,
        "box": None,
        "sphere": {"centre": [0, 0, 0], "radius": 0.8},
        "deleted": base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode(),
    }
    answer = post(own, "/edits", edits)
    assert (answer.status_code, answer.json()) == (200, {"path": str(run.edits), "error": ""})
    kept = gaussians.means.norm(dim=-1) <= 0.8
    kept[[2, 5]] = False
    what = export(ExportRequest(run.path, tmp_path / "cut.ply"))
    assert what.startswith(f"{int(kept.sum())} of {count} Gaussians")
    torch.testing.assert_close(read_gaussians(tmp_path / "cut.ply").means, gaussians.means[kept])
    export(ExportRequest(run.path, tmp_path / "whole.ply", edited=False))
    assert len(read_gaussians(tmp_path / "whole.ply")) == count
    assert open_show(run.path).exhibit().edits is not None


def test_edits_that_make_no_sense_are_not_kept(own: Address, run: RunFolder, tmp_path: Path) -> None:
    for wrong in ({}, [1], {"splats": 3}, {"splats": 3, "deleted": "%"}):
        answer = post(own, "/edits", wrong)
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert not run.edits.exists()
    other = tmp_path / "edits.json"
    other.write_text('{"splats": 3, "box": null, "sphere": null, "deleted": ""}')
    with pytest.raises(BadInput, match="do not fit"):
        export(ExportRequest(run.path, tmp_path / "cut.ply", edits=other))
    other.write_text(
        other.read_text()
        .replace("3", str(len(recon3d.load(run.path).gaussians)))
        .replace('"sphere": null', '"sphere": {"centre": [99, 0, 0], "radius": 1}')
    )
    with pytest.raises(BadInput, match="leaves no Gaussian"):
        export(ExportRequest(run.path, tmp_path / "cut.ply", edits=other))


def test_camera_paths_are_kept(own: Address, run: RunFolder) -> None:
    frame = {"camera_to_world": [float(v) for v in np.eye(4).ravel()], "fov": 60, "aspect": 2}
    path = {"render_width": 64, "render_height": 32, "fps": 12, "camera_path": [frame], "keyframes": []}
    assert post(own, "/path", path).json() == {"path": str(run.camera_path), "error": ""}
    cameras, fps = read_camera_path(run.camera_path)
    assert (cameras.size, fps) == ((64, 32), 12)
    before = run.camera_path.read_bytes()
    answer = post(own, "/path", path | {"camera_path": [{"fov": 60}]})
    assert answer.status_code == 400
    assert run.camera_path.read_bytes() == before


def test_a_file_keeps_nothing(ball_run: RunFolder, client_page: Path) -> None:
    show = open_show(ball_run.splats)
    assert not show.exhibit().writable
    with serving(Answers(lambda: show), port=0) as address:
        assert post(address, "/edits", {"splats": 1, "deleted": ""}).status_code == 409


def test_pictures_are_what_recon3d_renders(address: Address, ball_run: RunFolder) -> None:
    shown = recon3d.load(ball_run.path)
    view = get(address, "/exhibit").json()["views"][17]

    async def drawn(mode: str) -> torch.Tensor:
        url = f"ws://127.0.0.1:{address.port}/pictures?token={address.token}"
        async with websockets.connect(url) as connection:
            await connection.send(json.dumps({**view, "mode": mode, "background": "black"}))
            with Image.open(io.BytesIO(await connection.recv())) as picture:
                return torch.from_numpy(np.array(picture)).float() / 255

    own = shown.render(shown.cameras("test")[1]).colour[0]
    assert psnr(asyncio.run(drawn("splats")), own.clamp(0, 1)) > 30
    pictures = [asyncio.run(drawn(mode)) for mode in ("splats", "depth", "normals")]
    assert all((a - b).abs().mean() > 0.01 for a, b in pairwise(pictures))
    assert float((pictures[1][..., 0] - pictures[1][..., 2]).abs().max()) < 0.1  # depth is grey


def test_files_of_all_kinds_are_shown(ball_run: RunFolder, tmp_path: Path) -> None:
    gaussians = recon3d.load(ball_run.path).gaussians
    (tmp_path / "a.spz").write_bytes(spz_of(gaussians))
    corners = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 1]])
    mesh = Mesh(corners, torch.tensor([[0, 1, 2], [0, 2, 3]]), colours=torch.rand(4, 3))
    for suffix in ("glb", "obj", "ply"):
        write_mesh(tmp_path / f"a.{suffix}", mesh)
        exhibit = open_show(tmp_path / f"a.{suffix}").exhibit()
        assert (exhibit.mesh, exhibit.splats, exhibit.up) == (True, 0, (0.0, 1.0, 0.0))
        assert exhibit.centre == pytest.approx((0.5, 1.0, 0.5))
    (tmp_path / "again.glb").write_bytes(open_show(tmp_path / "a.ply").mesh or b"")
    torch.testing.assert_close(read_mesh(tmp_path / "again.glb").vertices, corners)
    for path in (tmp_path / "a.spz", ball_run.splats):
        show = open_show(path, mesh=tmp_path / "a.obj", up="z")
        assert show.exhibit().splats == len(gaussians)
        assert show.exhibit().up == (0.0, 0.0, 1.0)
        assert show.exhibit().mesh
    with pytest.raises(BadInput, match="no such run or file"):
        open_show(tmp_path / "nothing")


def test_a_page_holds_all_it_shows(run: RunFolder, client_page: Path, tmp_path: Path) -> None:
    text = static_page(open_show(run.path))
    exhibit = json.loads(text.partition('id="recon3d-exhibit">')[2].partition("</script>")[0])
    assert (exhibit["writable"], exhibit["pictures"], exhibit["photos"]) == (False, False, True)
    embedded = text.partition('data-file="splats.spz">')[2].partition("</script>")[0]
    (tmp_path / "a.spz").write_bytes(base64.b64decode(embedded))
    assert len(read_spz(tmp_path / "a.spz")) == exhibit["splats"]
    assert text.count('data-file="photo/') == 19
    assert page.PLACEHOLDER not in text
    policy = text.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    assert "default-src 'none'" in policy
    assert "connect-src blob: data:;" in policy  # it can fetch nothing and tell nobody anything


def test_no_title_ends_the_script(run: RunFolder, client_page: Path, tmp_path: Path) -> None:
    folder = run.path.rename(tmp_path / "<script>alert(1)<")
    text = static_page(open_show(folder))
    assert "<script>alert" not in text
    exhibit = json.loads(text.partition('id="recon3d-exhibit">')[2].partition("</script>")[0])
    assert exhibit["title"] == "<script>alert(1)<"


def test_a_page_leaves_out_what_was_cut_away(run: RunFolder, client_page: Path, tmp_path: Path) -> None:
    count = len(recon3d.load(run.path).gaussians)
    run.edits.write_text(
        json.dumps(
            {
                "splats": count,
                "box": None,
                "sphere": None,
                "deleted": base64.b64encode(bytes([7]) + bytes((count + 7) // 8 - 1)).decode(),
            }
        )
    )
    output = tmp_path / "page.html"
    assert export_page(ExportRequest(run.path, output)).startswith(f"{count - 3} of {count}")
    assert f'"splats": {count - 3}' in output.read_text()
    with pytest.raises(BadInput, match="exists already"):
        export_page(ExportRequest(run.path, output))


def test_without_the_client_it_is_said(run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "CLIENT", tmp_path / "nothing.html")
    show = open_show(run.path)
    with pytest.raises(Missing, match="make viewer, which needs Node"), serving(Answers(lambda: show)):
        pass
