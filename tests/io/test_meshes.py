"""Meshes as other programs read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from recon3d.errors import UsageError
from recon3d.geometry.colours import linear_from_srgb
from recon3d.io.meshes import write_mesh
from recon3d.types import Mesh

TETRAHEDRON = Mesh(
    torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]]),
    torch.tensor([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
    torch.tensor([[1.0, 0, 0], [0, 0.5, 0], [0, 0, 1], [0.2, 0.2, 0.2]]),
)


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply", ".GLB"])
def test_round_trip(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mesh{suffix}"
    write_mesh(path, TETRAHEDRON)
    read = trimesh.load(path, file_type=suffix[1:].lower(), force="mesh", process=False)
    np.testing.assert_allclose(read.vertices, TETRAHEDRON.vertices, atol=1e-6)
    np.testing.assert_array_equal(read.faces, TETRAHEDRON.faces)
    assert read.volume == pytest.approx(1.0)
    assert TETRAHEDRON.colours is not None
    expected = TETRAHEDRON.colours.numpy()
    if suffix.lower() == ".glb":
        expected = linear_from_srgb(expected)
    np.testing.assert_allclose(read.visual.vertex_colors[:, :3] / 255, expected, atol=0.003)


def test_srgb_is_undone() -> None:
    np.testing.assert_allclose(linear_from_srgb(np.array([[0.0, 0.5, 1.0]])), [[0, 0.21404, 1]], atol=1e-5)
    np.testing.assert_allclose(linear_from_srgb(np.array([[0.04, 0.02, 0.1]])), [[0.0031, 0.00155, 0.01002]], atol=1e-5)


def test_without_colours(tmp_path: Path) -> None:
    write_mesh(tmp_path / "mesh.glb", Mesh(TETRAHEDRON.vertices, TETRAHEDRON.faces))
    assert len(trimesh.load(tmp_path / "mesh.glb", force="mesh").faces) == 4


@pytest.mark.parametrize("name", ["mesh.stl", "mesh"])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"there are \.glb, \.obj, \.ply"):
        write_mesh(tmp_path / name, TETRAHEDRON)
    assert not list(tmp_path.iterdir())


def textured() -> Mesh:
    """A square of four colours; its uv is as its x and y."""
    corners = torch.tensor([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    texture = torch.tensor([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [120, 130, 140]]], dtype=torch.uint8)
    faces = torch.tensor([[0, 1, 2], [0, 2, 3]])
    return Mesh(corners, faces, uv=corners[:, :2].clone(), texture=texture)


@pytest.mark.parametrize("suffix", [".glb", ".obj"])
def test_textures_come_back_the_right_way_up(tmp_path: Path, suffix: str) -> None:
    write_mesh(tmp_path / f"square{suffix}", textured())
    read = trimesh.load(tmp_path / f"square{suffix}", force="mesh", process=False)
    material = read.visual.material
    picture = np.asarray((material.baseColorTexture if suffix == ".glb" else material.image).convert("RGB"))
    np.testing.assert_array_equal(picture, textured().texture)
    order = np.lexsort(read.vertices.T)
    np.testing.assert_allclose(read.visual.uv[order], read.vertices[order][:, :2], atol=1e-6)
    if suffix == ".obj":
        assert sorted(file.suffix for file in tmp_path.iterdir()) == [".mtl", ".obj", ".png"]


def test_ply_holds_the_textures_colours_at_the_vertices(tmp_path: Path) -> None:
    write_mesh(tmp_path / "square.ply", textured())
    read = trimesh.load(tmp_path / "square.ply", process=False)
    expected = [[0, 0, 255], [120, 130, 140], [0, 255, 0], [255, 0, 0]]
    np.testing.assert_array_equal(read.visual.vertex_colors[:, :3], expected)
