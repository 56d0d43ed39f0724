"""The scenes in git: complete, small, and what the code in this tree makes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from recon3d.io.scene import load_scene
from recon3d.types import Scene

SCENES = Path(__file__).parents[2] / "scenes"
KETCH, TERRACE = SCENES / "ketch", SCENES / "terrace"

pytestmark = pytest.mark.skipif(not TERRACE.is_dir(), reason="the bundled scenes are not in this installation")


def peak_signal_to_noise(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a - b) ** 2)))


def on_white(rgba: np.ndarray) -> np.ndarray:
    values = rgba.astype(float) / 255
    return np.asarray(values[..., :3] * values[..., 3:] + 1 - values[..., 3:])


def read_rgba(path: Path) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)


def in_files(scene: Scene) -> Scene:
    """The scene in the frame of its files."""
    input_from_world = torch.linalg.inv(scene.world_from_input)
    moved = None if scene.points is None else scene.points.moved(input_from_world)
    return Scene(
        scene.train.moved(input_from_world),
        scene.test.moved(input_from_world),
        moved,
        torch.eye(4),
        scene.path,
        scene.format,
    )


def test_they_are_small() -> None:
    files = [path for path in SCENES.rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in files) < 4e6
    assert sum(path.stat().st_size for path in files) < 25e6


@pytest.mark.parametrize("folder", [KETCH, TERRACE], ids=lambda p: p.name)
def test_they_say_what_they_are(folder: Path) -> None:
    assert "Apache-2.0" in (folder / "README.md").read_text()


def test_the_ketch_is_complete() -> None:
    scene = in_files(load_scene(KETCH))
    assert (len(scene.train), len(scene.test)) == (80, 20)
    assert scene.train.cameras.size == (400, 400)
    view = scene.test[7]
    assert view.alpha is not None
    assert 0.1 < view.alpha.mean() < 0.5
    np.testing.assert_allclose(scene.train.cameras.centres.norm(dim=-1), 4, rtol=1e-4)
    angle = json.loads((KETCH / "transforms_test.json").read_text())["camera_angle_x"]
    assert angle == pytest.approx(0.691, abs=1e-3)


def test_every_picture_of_the_ketch_shows_all_of_it() -> None:
    for path in sorted(KETCH.glob("t*/r_*.png")):
        if path.parent.name == "truth":
            continue
        alpha = read_rgba(path)[..., 3]
        border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        assert border.max() == 0, path
        assert (alpha == 255).sum() > 5000, path


def test_the_depth_of_the_ketch_agrees_from_view_to_view() -> None:
    """A point seen in one test view lies, in the others, at the depth they store or behind it; a few are on ropes so
    thin that the rays through the other's pixel centres miss them."""
    cameras = in_files(load_scene(KETCH)).test.cameras.to("cpu", torch.float64)
    depths = [cv2.imread(str(KETCH / "truth" / f"r_{i}_depth.png"), cv2.IMREAD_UNCHANGED) * 1e-4 for i in range(20)]
    row, column = np.nonzero(depths[0])
    chosen = np.random.default_rng(0).choice(len(row), 500, replace=False)
    pixels = torch.from_numpy(np.stack([column, row], -1)[chosen] + 0.5)
    points = cameras[0].unproject(pixels[None], torch.from_numpy(depths[0][row, column][chosen])[None])[0]
    for i in range(1, 20):
        seen, far = (values[0].numpy() for values in cameras[i].project(points))
        x, y = np.floor(seen).astype(int).T
        around = np.stack([depths[i][y + dy, x + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
        assert (far > np.where(around > 0, around, np.inf).min(0) - 0.01).mean() > 0.97, i


def test_the_normals_of_the_ketch_face_the_camera() -> None:
    cameras = in_files(load_scene(KETCH)).test.cameras
    for i in (0, 9):
        rgb = cv2.imread(str(KETCH / "truth" / f"r_{i}_normal.png"))[..., ::-1]
        there = rgb.any(-1)
        normals = rgb[there] / 255 * 2 - 1
        np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1, atol=0.02)
        sight = cameras[i].rays()[1][0].numpy()[there]
        assert ((normals * sight).sum(-1) < 0.02).all()


def test_a_ketch_made_today_looks_like_the_stored_one() -> None:
    pytest.importorskip("embreex")
    from recon3d.synthesis.blender_layout import straight
    from recon3d.synthesis.ketch import scene
    from recon3d.synthesis.lighting import bake
    from recon3d.synthesis.tracer import Tracer

    model, light = scene.build(scene.COARSE_SPACING), scene.light()
    tracer = Tracer(model, light, bake(model, light, directions=64, sun_directions=12))
    picture = straight(tracer.picture(scene.cameras("test")[10], samples=4))
    assert peak_signal_to_noise(on_white(picture), on_white(read_rgba(KETCH / "test" / "r_10.png"))) > 30


def test_the_terrace_is_complete() -> None:
    scene = in_files(load_scene(TERRACE))
    assert (len(scene.train), len(scene.test)) == (59, 9)
    assert scene.train.cameras.size == (640, 480)
    assert scene.points is not None
    assert len(scene.points) > 4000
    assert scene.points.positions.norm(dim=-1).max() > 200  # it is unbounded
    assert scene.train[0].images.std() > 0.1


def test_the_points_of_the_terrace_project_onto_their_observations() -> None:
    """All of them, read here by hand so that it is the files that are tested: to a hundredth of a pixel."""
    points, tracks = {}, {}
    for line in _lines(TERRACE / "sparse/0/points3D.txt"):
        words = line.split()
        points[int(words[0])] = [float(word) for word in words[1:4]]
        tracks[int(words[0])] = np.array(words[8:], int).reshape(-1, 2)
    scene = load_scene(TERRACE)
    cameras = {}
    for views in (in_files(scene).train, in_files(scene).test):
        cameras |= {name.split("/")[-1]: views.cameras[i] for i, name in enumerate(views.names)}
    lines = _lines(TERRACE / "sparse/0/images.txt")
    observations = {}
    for head, body in zip(lines[::2], lines[1::2], strict=True):
        number, name = int(head.split()[0]), head.split()[-1]
        seen = np.array(body.split(), float).reshape(-1, 3)
        observations[number] = seen
        world = torch.tensor([points[int(k)] for k in seen[:, 2]], dtype=torch.float64)
        pixels, depths = cameras[name].to("cpu", torch.float64).project(world)
        assert (depths > 0).all()
        # The loader keeps cameras in float32: a thousandth of a pixel here, five times that behind the last hill.
        np.testing.assert_allclose(pixels[0].numpy(), seen[:, :2], atol=0.01)
    for point, track in tracks.items():
        assert 3 <= len(track) <= 8
        assert all(observations[image][place, 2] == point for image, place in track)


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if not line.startswith("#")]
