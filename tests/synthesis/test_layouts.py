"""What is written, `recon3d.io` reads back unchanged."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

pytest.importorskip("embreex")

from recon3d.io.scene import load_scene
from recon3d.synthesis import blender_layout, colmap_layout, shapes, truth
from recon3d.synthesis.cameras import dome, looking_at
from recon3d.synthesis.lighting import Baked, Light, Sun
from recon3d.synthesis.materials import Material, Texture
from recon3d.synthesis.model import Model, Part
from recon3d.synthesis.sparse_points import SparsePoints
from recon3d.synthesis.tracer import Picture
from recon3d.types import Cameras


def cameras(count: int, turn: float = 0.0) -> Cameras:
    places = dome(count, 4.0, (-10.0, 60.0), turn)
    return looking_at(places, np.zeros_like(places), (40, 30), 50.0)


def picture(seed: int) -> Picture:
    rng = np.random.default_rng(seed)
    alpha = np.clip(rng.uniform(-0.5, 1.5, (30, 40)), 0, 1)
    return Picture((rng.uniform(0, 0.6, (30, 40, 3)) * alpha[..., None]).astype(np.float32), alpha.astype(np.float32))


def test_blender_layout_comes_back(tmp_path: Path) -> None:
    for split, turn in (("train", 0.0), ("test", 40.0)):
        blender_layout.write_split(
            tmp_path, split, cameras(4, turn), [blender_layout.straight(picture(k)) for k in range(4)]
        )
    scene = load_scene(tmp_path)
    assert (len(scene.train), len(scene.test)) == (4, 4)
    input_from_world = torch.linalg.inv(scene.world_from_input)
    read = scene.train.moved(input_from_world).cameras
    torch.testing.assert_close(read.world_from_camera.double(), cameras(4).world_from_camera, atol=1e-5, rtol=0)
    torch.testing.assert_close(read.intrinsics.double(), cameras(4).intrinsics, atol=1e-3, rtol=0)
    view = scene.train[2]
    written = blender_layout.straight(picture(2)).astype(np.float32) / 255
    premultiplied = torch.from_numpy(written[..., :3] * written[..., 3:])
    torch.testing.assert_close(view.images[0], premultiplied, atol=0.005, rtol=0)


def test_colours_at_the_outline_are_the_objects_own() -> None:
    """A pixel that is covered by a tenth has the full colour, not a darker one."""
    colour, alpha = np.full((1, 2, 3), 0.2, np.float32), np.array([[1.0, 0.1]], np.float32)
    rgba = blender_layout.straight(Picture(colour * alpha[..., None], alpha))
    np.testing.assert_array_equal(rgba[0, 0, :3], rgba[0, 1, :3])
    np.testing.assert_array_equal(rgba[0, :, 3], [255, 26])


def test_colmap_layout_comes_back(tmp_path: Path) -> None:
    views = cameras(9)
    names = [f"{k:03d}.jpg" for k in range(9)]
    (tmp_path / "images").mkdir()
    smooth = np.linspace(0, 255, 30 * 40 * 3).astype(np.uint8).reshape(30, 40, 3)
    for name in names:
        colmap_layout.write_photo(tmp_path / "images" / name, smooth)
    rng = np.random.default_rng(0)
    positions = rng.normal(0, 0.4, (50, 3))
    points, seen_by = np.nonzero(rng.uniform(size=(50, 9)) < 0.5)
    pixels = views.project(torch.from_numpy(positions))[0].numpy()[seen_by, points]
    sparse = SparsePoints(positions, rng.integers(0, 256, (50, 3), dtype=np.uint8), points, seen_by, pixels)
    colmap_layout.write_model(tmp_path, names, views, sparse)
    scene = load_scene(tmp_path)
    input_from_world = torch.linalg.inv(scene.world_from_input)
    read = scene.test.moved(input_from_world).cameras
    torch.testing.assert_close(read.world_from_camera.double(), views[[0, 8]].world_from_camera, atol=1e-5, rtol=0)
    torch.testing.assert_close(read.intrinsics.double(), views[[0, 8]].intrinsics, atol=1e-3, rtol=0)
    assert scene.points is not None
    moved = scene.points.moved(input_from_world).positions
    assert torch.cdist(moved.double(), torch.from_numpy(positions)).min(1).values.max() < 1e-4
    assert np.abs(colmap_layout.read_photo(tmp_path / "images" / "000.jpg").astype(int) - smooth).mean() < 4


def test_depth_and_normals_keep_their_units(tmp_path: Path) -> None:
    depth = np.array([[0.0, 1.23456], [3.5, 6.5]])
    truth.write_depth(tmp_path / "d.png", depth, 1e-4)
    stored = cv2.imread(str(tmp_path / "d.png"), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16
    np.testing.assert_allclose(stored * 1e-4, depth, atol=5.1e-5)
    with pytest.raises(ValueError, match="16 bits"):
        truth.write_depth(tmp_path / "d.png", depth, 1e-5)
    normals = np.zeros((1, 2, 3))
    normals[0, 0] = [0.6, 0.0, -0.8]
    truth.write_normals(tmp_path / "n.png", normals)
    rgb = cv2.imread(str(tmp_path / "n.png"))[..., ::-1] / 255
    np.testing.assert_allclose(2 * rgb[0, 0] - 1, [0.6, 0, -0.8], atol=0.01)
    np.testing.assert_array_equal(rgb[0, 1], 0)


def test_meshes_stand_upright_as_gltf(tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    texture = Texture(np.full((8, 8, 3), 0.5), np.zeros((8, 8)), 1.0)
    model = Model([Part(shapes.box((1.0, 2.0, 3.0), 0.5), Material(texture))], lift=1e-3)
    count = len(model.vertices)
    sun = Sun.at(0.0, 45.0, np.ones(3), 0.01)
    light = Light(sun, sky=_Dark())
    for _ in range(2):
        truth.write_mesh(tmp_path / "mesh.glb", model, light, Baked(np.ones(count), np.ones((count, 3))))
    mesh = trimesh.load(tmp_path / "mesh.glb", force="mesh", process=False)
    np.testing.assert_allclose(mesh.extents, [1.0, 3.0, 2.0], atol=1e-6)
    assert len(mesh.faces) == len(model.faces)
    assert mesh.volume == pytest.approx(6.0, rel=1e-5)


class _Dark:
    def radiance(self, directions: np.ndarray) -> np.ndarray:
        return np.zeros_like(directions)
