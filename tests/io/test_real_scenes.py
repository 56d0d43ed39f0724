"""Public scenes: counts, and geometry that only the right conventions give."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from recon3d.geometry import lenses, rays
from recon3d.io.npz import Archive
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.types import Cameras, Scene, Views

FULL = SceneOptions(downscale=1, test_every=0)


def silhouettes_covered(scene: Scene, views: list[int], centre: torch.Tensor, radius: float) -> float:
    """The least share of any silhouette that the visual hull, carved from a grid of points, covers again."""
    steps = torch.linspace(-1, 1, 56)
    grid = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3) * radius + centre
    for i in views:
        grid = grid[sampled(scene.train[i], grid)]
    assert len(grid) > 500
    return min(covered(scene.train[i], grid) for i in views)


def sampled(view: Views, points: torch.Tensor) -> torch.Tensor:
    """Which points project into the silhouette."""
    pixels, depths = view.cameras.project(points)
    width, height = view.cameras.size
    x, y = pixels[0].floor().long().unbind(-1)
    inside = (depths[0] > 0) & (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return inside & (view.alpha[0, y.clamp(0, height - 1), x.clamp(0, width - 1)] > 0.5)


def covered(view: Views, points: torch.Tensor) -> float:
    """The share of the silhouette within a grid step of a projected point, and of points inside it."""
    pixels, _ = view.cameras.project(points)
    shown = np.zeros(view.alpha.shape[1:], np.uint8)
    x, y = pixels[0].floor().long().unbind(-1)
    shown[y, x] = 1
    reach = max(view.alpha.shape[1:]) // 25
    shown = cv2.dilate(shown, np.ones((reach, reach), np.uint8))
    silhouette = view.alpha[0].numpy() > 0.5
    return float((shown[silhouette] > 0).mean())


def epipolar_errors(one: Views, other: Views) -> np.ndarray:
    """Distances in pixels of matched features from each other's epipolar lines."""
    sift = cv2.SIFT_create(1500)
    found = [sift.detectAndCompute((v.images[0].numpy() * 255).astype(np.uint8), None) for v in (one, other)]
    pairs = cv2.BFMatcher().knnMatch(found[0][1], found[1][1], k=2)
    good = [a for a, b in pairs if a.distance < 0.7 * b.distance]
    points = [
        np.array([found[0][0][m.queryIdx].pt for m in good]),
        np.array([found[1][0][m.trainIdx].pt for m in good]),
    ]
    homogeneous = [np.c_[p + 0.5, np.ones(len(p))] for p in points]
    fundamental = fundamental_matrix(one.cameras, other.cameras)
    lines, back = homogeneous[0] @ fundamental.T, homogeneous[1] @ fundamental
    distance = np.abs((homogeneous[1] * lines).sum(1))
    return distance / np.sqrt((lines[:, :2] ** 2).sum(1) + (back[:, :2] ** 2).sum(1))


def fundamental_matrix(one: Cameras, other: Cameras) -> np.ndarray:
    relative = (other.camera_from_world[0].double() @ one.world_from_camera[0].double()).numpy()
    x, y, z = relative[:3, 3]
    essential = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ relative[:3, :3]
    inverses = [np.linalg.inv(camera.intrinsics[0].double().numpy()) for camera in (one, other)]
    return inverses[1].T @ essential @ inverses[0]


def test_blender_chair(shared_scene) -> None:
    scene = load_scene(shared_scene("blender_chair"))
    assert (scene.format, len(scene.train), len(scene.test)) == ("blender", 100, 40)
    for views in (scene.train, scene.test):
        radii = views.cameras.centres.norm(dim=-1)
        torch.testing.assert_close(radii, torch.full_like(radii, 4.0311), atol=1e-3, rtol=0)
    assert scene.notes == ()
    assert silhouettes_covered(scene, list(range(0, 100, 10)), torch.zeros(3), 1.4) > 0.97


def test_fox(shared_scene) -> None:
    scene = load_scene(shared_scene("fox"))
    assert (scene.format, len(scene.train), len(scene.test)) == ("transforms_json", 43, 7)
    assert scene.notes[0].startswith("17 of 67 listed images are missing: images/0005.jpg, images/0016.jpg, ")
    assert any("downscaled by 2" in note for note in scene.notes)
    width, height = scene.train.cameras.size
    assert 530 <= width < 540
    assert 945 <= height < 960
    errors = epipolar_errors(scene.train[3], scene.train[5])
    assert len(errors) > 100
    assert np.median(errors) < 0.7


def read_observations(folder: Path) -> tuple[dict[int, list[float]], dict[str, np.ndarray]]:
    """Points by id, and per image name rows of (x, y, point id), straight from the text files."""
    points = {}
    for line in (folder / "points3D.txt").read_text().splitlines():
        if not line.startswith("#"):
            words = line.split()
            points[int(words[0])] = [float(word) for word in words[1:4]]
    lines = [line for line in (folder / "images.txt").read_text().splitlines() if not line.startswith("#")]
    names = [line.split()[9] for line in lines[::2]]
    seen = [np.array(line.split(), dtype=np.float64).reshape(-1, 3) for line in lines[1::2]]
    return points, {name: rows[rows[:, 2] >= 0] for name, rows in zip(names, seen, strict=True)}


def test_lund_door(shared_scene) -> None:
    folder = shared_scene("lund_door")
    scene = load_scene(folder, FULL)
    assert (scene.format, len(scene.train), len(scene.points)) == ("colmap", 12, 11384)
    points, observations = read_observations(folder / "sparse" / "0")
    lens = torch.tensor([[2435.38, 0, 648], [0, 2435.38, 968], [0, 0, 1]]).double()
    coefficients = torch.tensor([-0.0336422] + [0.0] * 7).double()
    for i, name in enumerate(scene.train.names):
        rows = observations[name]
        positions = torch.tensor([points[int(identity)] for identity in rows[:, 2]])
        distorted = rays.normalised_from_pixels(torch.from_numpy(rows[:, :2]), lens)
        flat, good = lenses.undistort("opencv", distorted, coefficients)
        assert good.all()
        pixels, depths = scene.train.cameras[i].project(positions)
        expected = rays.pixels_from_normalised(flat, scene.train.cameras.intrinsics[i].double())
        assert (depths > 0).all()
        assert (pixels[0] - expected).norm(dim=-1).mean() < 1.5


def test_lund_door_pictures_match_their_cameras(shared_scene) -> None:
    scene = load_scene(shared_scene("lund_door"), SceneOptions(test_every=0))
    errors = epipolar_errors(scene.train[5], scene.train[6])
    assert len(errors) > 100
    assert np.median(errors) < 0.7


def test_dtu(shared_scene) -> None:
    folder = shared_scene("dtu_scan65")
    scene = load_scene(folder, FULL)
    assert (scene.format, len(scene.train)) == ("idr", 49)
    scale_mat = torch.from_numpy(Archive(folder / "cameras_sphere.npz").read("scale_mat_0")).float()
    centre, radius = scale_mat[:3, 3], float(scale_mat[0, 0])
    assert silhouettes_covered(scene, list(range(0, 49, 5)), centre, radius) > 0.97


@pytest.mark.parametrize("name", ["blender_chair", "fox", "lund_door", "dtu_scan65"])
def test_cameras_of_normalised_scenes(shared_scene, name: str) -> None:
    scene = load_scene(shared_scene(name)).normalised()
    centres = scene.train.cameras.centres
    torch.testing.assert_close(centres.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    assert centres.norm(dim=-1).max() == pytest.approx(1, abs=1e-5)
    assert scene.train[0].cameras.size == tuple(reversed(scene.train[0].images.shape[1:3]))
