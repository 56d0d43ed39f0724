"""From a fit of a small scene to a mesh."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from recon3d import cli
from recon3d.engine.camera_paths import middle_of
from recon3d.engine.mesh_run import MeshRunRequest, depth_seen, sources_of, upright
from recon3d.io.images import read_image
from recon3d.io.meshes import read_mesh


@pytest.fixture(scope="module")
def run(ball_scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "ball"
    words = ["--steps", "400", "--progress", "quiet", "--density.cap", "3000"]
    assert cli.run(["fit", str(ball_scene), "--output", str(folder), *words]) == 0
    return folder


def coarse(*words: str) -> list[str]:
    """Flags for pictures as small as these."""
    return ["--surface.voxel", "0.7", "--paint.size", "256", *words]


def test_a_fit_becomes_a_textured_mesh(run: Path, tmp_path: Path, capsys) -> None:
    output = tmp_path / "out" / "ball.glb"
    words = ["mesh", str(run), "--output", str(output), "--faces", "3000", "--render", "png", *coarse()]
    assert cli.run(words) == 0
    said = capsys.readouterr().out
    mesh = read_mesh(output)
    assert f"{len(mesh.faces)} faces" in said
    assert 1000 < len(mesh.faces) <= 3000
    assert mesh.texture is not None
    assert mesh.texture.shape == (256, 256, 3)
    # The scene is a ball of radius 1 about the origin, made of blobs.
    used = mesh.vertices[mesh.faces.unique()]
    assert 0.7 < float(used.abs().max()) < 1.8
    assert float(used.mean(0).abs().max()) < 0.3
    assert read_image(output.with_name("ball.render.png")).std() > 10
    assert cli.run(words) == 3  # it exists
    assert cli.run([*words, "--overwrite"]) == 0


def test_the_mesh_looks_like_the_photos(run: Path, tmp_path: Path) -> None:
    """Drawn by the cameras of the scene, in the frame of its files."""
    from recon3d.engine.reconstruction import load
    from recon3d.renderers.raster import Config, Raster

    output = tmp_path / "ball.ply"
    assert cli.run(["mesh", str(run), "--output", str(output), "--faces", "0", "--vertex-colours", *coarse()]) == 0
    reconstruction = load(run)
    for camera in list(reconstruction.cameras("test"))[:2]:
        seen, drawn = reconstruction.render(camera), Raster(Config())(read_mesh(output), camera)
        both = (seen.alpha > 0.95) & (drawn.alpha > 0.95)
        assert int(both.sum()) > 0.6 * int((seen.alpha > 0.95).sum())
        off, mirrored = (seen.colour - drawn.colour).abs(), (seen.colour - drawn.colour.flip(2)).abs()
        assert float(off[both].mean()) < 0.07
        assert float(mirrored[both & both.flip(2)].mean()) > 1.25 * float(off[both & both.flip(2)].mean())


def test_solids_are_made_where_that_is_asked_for(run: Path, tmp_path: Path, capsys) -> None:
    output = tmp_path / "ball.ply"
    words = ["--watertight", "--faces", "2000", "--vertex-colours"]
    assert cli.run(["mesh", str(run), "--output", str(output), *words, *coarse()]) == 0
    assert "a watertight solid" in capsys.readouterr().out
    mesh = trimesh.load(output, process=False)
    assert mesh.is_watertight
    assert mesh.volume > 0.3


def test_without_the_photos_the_mesh_shows_renders(run: Path, ball_scene: Path, tmp_path: Path, capsys) -> None:
    moved = tmp_path / "run"
    shutil.copytree(run, moved)
    record = json.loads((moved / "manifest.json").read_text())
    record["scene"]["path"] = str(tmp_path / "gone")
    (moved / "manifest.json").write_text(json.dumps(record))
    words = ["mesh", str(moved), "--faces", "2000", "--vertex-colours", *coarse()]
    assert cli.run(words) == 0
    assert "without the photos" in capsys.readouterr().out
    renders = trimesh.load(moved / "mesh.glb", force="mesh", process=False).visual.vertex_colors[:, :3]
    assert len(np.unique(renders, axis=0)) > 50
    assert cli.run([*words, "--overwrite", "--scene", str(ball_scene)]) == 0
    assert "without the photos" not in capsys.readouterr().out
    photos = trimesh.load(moved / "mesh.glb", force="mesh", process=False).visual.vertex_colors[:, :3]
    assert np.abs(photos.mean(0) - renders.mean(0)).max() < 40
    assert cli.run([*words, "--overwrite", "--scene", str(tmp_path / "nowhere")]) == 3


def test_photos_say_where_nothing_is(run: Path, tmp_path: Path) -> None:
    sources = sources_of(MeshRunRequest(run, tmp_path / "a.glb"), print)
    view, photo = depth_seen(sources, 0, 0.5), sources[0]
    assert photo.alpha is not None
    assert bool((view.depth[photo.alpha[0] < 0.1] == torch.inf).all())
    assert bool(view.known[photo.alpha[0] > 0.98].float().mean() > 0.9)
    centre = torch.tensor([24.0, 24.0]).long()
    assert 2 < float(view.depth[centre[1], centre[0]]) < 5  # the cameras are 4 from the middle


def test_meshes_are_shown_upright_from_the_first_camera(run: Path, tmp_path: Path) -> None:
    sources = sources_of(MeshRunRequest(run, tmp_path / "a.glb"), print)
    from recon3d.types import Mesh

    middle, up = middle_of(sources.cameras)
    corners = middle + torch.stack([torch.zeros(3).double(), up, sources.cameras.centres[0].double() - middle])
    mesh = Mesh(corners.float(), torch.tensor([[0, 1, 2]]))
    origin, top, front = mesh.moved(upright(sources.cameras, mesh)).vertices
    assert torch.nn.functional.cosine_similarity(top - origin, torch.tensor([0.0, 1, 0]), dim=0) > 0.999
    assert float((front - origin)[2]) > 0.5


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "is not a run of recon3d"),
        ({"manifest.json": '{"kind": "train"}'}, "was made by recon3d train"),
        ({"manifest.json": "{"}, "cannot be read"),
    ],
)
def test_what_is_no_finished_fit_is_said(tmp_path: Path, files: dict[str, str], said: str, capsys) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    assert cli.run(["mesh", str(folder), "--output", str(tmp_path / "a.glb")]) == 3
    assert said in capsys.readouterr().err
    assert not (tmp_path / "a.glb").exists()


def test_a_fit_that_has_not_ended_is_said(run: Path, tmp_path: Path, capsys) -> None:
    unfinished = tmp_path / "run"
    shutil.copytree(run, unfinished)
    (unfinished / "splats.ply").unlink()
    assert cli.run(["mesh", str(unfinished)]) == 3
    assert "has no splats.ply yet" in capsys.readouterr().err


def test_words_that_cannot_work_are_said(run: Path, tmp_path: Path, capsys) -> None:
    assert cli.run(["mesh", str(run), "--output", str(tmp_path / "a.stl")]) == 2
    assert "is not a mesh file" in capsys.readouterr().err
    assert cli.run(["mesh", str(run), "--output", str(tmp_path / "a.ply"), "--surface.least-views", "1e6"]) == 3
    assert "too few cameras" in capsys.readouterr().err
