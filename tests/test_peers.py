"""benchmarks/peers.py without any peer, and with a program that only pretends to be OpenSplat."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import ModuleType

import pytest
import torch
from painting import ball

from recon3d.io.ply import write_gaussians
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.types import Cameras, Views

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PRETENDER = """#!/bin/sh
case "$*" in *--help*) echo "  --cpu  --keep-crs  -n, --num-iters arg  --densify-until arg"; exit;; esac
echo "$*" >> "{folder}/calls"
cp -r "$1" "{folder}/project" 2>/dev/null
cp "{folder}/ball.ply" "$3"
"""


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import peers

    return peers


@pytest.fixture
def pretender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a false OpenSplat notes how it is called and what it is given; its result is the truth."""
    folder = tmp_path / "pretender"
    folder.mkdir()
    write_gaussians(folder / "ball.ply", ball())
    (folder / "opensplat").write_text(PRETENDER.format(folder=folder))
    (folder / "opensplat").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("OPENSPLAT", raising=False)
    return folder


def test_without_peers_it_says_what_it_looked_for(
    peers: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENSPLAT", str(tmp_path / "nothing"))
    monkeypatch.setattr(peers, "backend_for", lambda device: "reference")
    monkeypatch.chdir(tmp_path)
    peers.main([])  # a SystemExit would be a failure: the exit code is 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["OpenSplat", "gsplat"]
    assert "opensplat on PATH" in lines[0]
    assert "CUDA" in lines[1]
    assert not list(tmp_path.iterdir())


def test_both_programs_get_the_same_scene(
    peers: ModuleType,
    pretender: Path,
    ball_scene: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # By this clock the peer's runs take 1 and 4 seconds and ours 1 and 2: three times as long a step.
    monkeypatch.setattr(peers, "children_cpu", iter([0, 1, 1, 5, 5, 6, 6, 8]).__next__)
    monkeypatch.setattr(peers, "backend_for", lambda device: "reference")
    monkeypatch.chdir(tmp_path)
    peers.main(["--scene", str(ball_scene), "--count", "300", "--iterations", "10"])

    heads, values = ([cell.strip() for cell in line.split("|")[1:-1]] for line in table(capsys.readouterr().out))
    row = dict(zip(heads, values, strict=True))
    assert (row["peer"], row["Gaussians"], row["pixels"]) == ("OpenSplat", "300", "48x48")
    assert (row["theirs"], row["recon3d"], row["ratio"]) == ("300.0", "100.0", "3.0")
    assert float(row["PSNR theirs"]) > 45 > float(row["PSNR recon3d"])
    assert json.loads((tmp_path / "peers.json").read_text())["rows"][0]["ratio"] == 3

    calls = (pretender / "calls").read_text().splitlines()
    assert [call.split()[-2:] for call in calls] == [["-n", "20"], ["-n", "30"]]
    assert all("--cpu --keep-crs --densify-until 1000000" in call for call in calls)
    assert not any("--warmup-length" in call for call in calls), "flags that this version does not know"
    assert_same_scene(pretender / "project", ball_scene)


def table(printed: str) -> tuple[str, str]:
    """The head and the one row."""
    lines = [line for line in printed.splitlines() if line.startswith("|")]
    assert len(lines) == 3
    return lines[0], lines[2]


def assert_same_scene(project: Path, scene: Path) -> None:
    keys = json.loads((project / "transforms.json").read_text())
    assert keys["camera_model"] == "OPENCV"
    assert all((project / frame["file_path"]).is_file() for frame in keys["frames"])
    given, ours = load_scene(project, SceneOptions(test_every=0)), load_scene(scene)
    assert len(given.train) == len(ours.train) == len(keys["frames"])
    for field in ("world_from_camera", "intrinsics", "width", "height"):
        torch.testing.assert_close(getattr(given.train.cameras, field), getattr(ours.train.cameras, field))
    for i in (0, 5):
        torch.testing.assert_close(given.train[i].images, ours.train[i].images, atol=0.51 / 255, rtol=0)
    assert given.points is not None
    assert len(given.points) == 300
    assert given.points.positions.norm(dim=-1).median() < 1.2, "the ball has a radius of 1"


def test_the_principal_point_is_brought_to_the_middle(peers: ModuleType) -> None:
    intrinsics = torch.tensor([[[50.0, 0, 23.7], [0, 50, 14.2], [0, 0, 1]]])
    cameras = Cameras(torch.eye(4)[None], intrinsics, torch.tensor([40]), torch.tensor([30]))
    picture = torch.arange(30 * 40 * 3).reshape(1, 30, 40, 3) / 3600
    camera, cropped = peers.centred(Views(cameras, picture))
    width, height = camera.size
    assert cropped.shape == (height, width, 3)
    assert abs(camera.intrinsics[0, :2, 2] - torch.tensor([width / 2, height / 2])).max() <= 0.5
    # The crop takes off the left and the bottom, so what was at the principal point still is.
    assert torch.equal(cropped[14, 23 - (40 - width)], picture[0, 14, 23])
    assert camera.intrinsics[0, 0, 2] == pytest.approx(23.7 - (40 - width))
    assert camera.intrinsics[0, 1, 2] == pytest.approx(14.2)
