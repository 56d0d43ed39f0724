"""Meshes as other programs read them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from recon3d.errors import BadInput, UsageError
from recon3d.geometry.colours import linear_from_srgb, srgb_from_linear
from recon3d.io.meshes import read_mesh, write_mesh
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
    ramp = np.linspace(0, 1, 300).reshape(-1, 3)
    np.testing.assert_allclose(srgb_from_linear(linear_from_srgb(ramp)), ramp, atol=1e-6)


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


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply", ".PLY"])
def test_what_was_written_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mesh{suffix}"
    write_mesh(path, TETRAHEDRON)
    read = read_mesh(path)
    torch.testing.assert_close(read.vertices, TETRAHEDRON.vertices)
    assert torch.equal(read.faces, TETRAHEDRON.faces)
    # GLB files hold linear light in 8 bits, in which dark greys are few.
    torch.testing.assert_close(read.colours, TETRAHEDRON.colours, atol=0.01 if suffix == ".glb" else 0.002, rtol=0)
    assert read.uv is None
    assert read.texture is None


@pytest.mark.parametrize("suffix", [".glb", ".obj"])
def test_written_textures_are_read(tmp_path: Path, suffix: str) -> None:
    write_mesh(tmp_path / f"square{suffix}", textured())
    read = read_mesh(tmp_path / f"square{suffix}")
    assert torch.equal(read.texture, textured().texture)
    torch.testing.assert_close(read.uv, read.vertices[:, :2], atol=1e-6, rtol=0)
    assert read.colours is None


def test_bare_meshes_stay_bare(tmp_path: Path) -> None:
    bare = Mesh(TETRAHEDRON.vertices, TETRAHEDRON.faces)
    for suffix in (".glb", ".obj", ".ply"):
        write_mesh(tmp_path / f"mesh{suffix}", bare)
        assert read_mesh(tmp_path / f"mesh{suffix}").colours is None


def solid(mesh: Mesh, factor: list[float] | None = None) -> trimesh.Trimesh:
    """With a texture, if the mesh has one, and a colour that it is multiplied with, in linear light."""
    picture = None if mesh.texture is None else Image.fromarray(mesh.texture.numpy())
    material = PBRMaterial(baseColorTexture=picture, baseColorFactor=factor)
    visual = TextureVisuals(None if mesh.uv is None else mesh.uv.numpy(), material=material)
    return trimesh.Trimesh(mesh.vertices.numpy(), mesh.faces.numpy(), visual=visual, process=False)


def read_back(path: Path, *solids: trimesh.Trimesh, shift: float = 0.0) -> Mesh:
    """What is read of a GLB file of those, each put so much farther along x than the one before."""
    scene = trimesh.Scene()
    for i, each in enumerate(solids):
        scene.add_geometry(each, transform=trimesh.transformations.translation_matrix([i * shift, 0, 0]))
    path.write_bytes(scene.export(file_type="glb"))
    return read_mesh(path)


def test_objects_are_joined_where_the_file_puts_them(tmp_path: Path) -> None:
    grey, plain = solid(TETRAHEDRON, [0.25, 0.25, 0.25, 1.0]), solid(textured())
    read = read_back(tmp_path / "scene.glb", grey, plain, shift=10)
    assert read.faces.shape == (6, 3)
    near, far = read.vertices[:, 0] < 5, read.vertices[:, 0] > 5  # in whatever order
    torch.testing.assert_close(read.vertices[near], TETRAHEDRON.vertices)
    torch.testing.assert_close(read.vertices[far], textured().vertices + torch.tensor([10.0, 0, 0]))
    assert near[read.faces].all(1).sum() == 4, "faces hold on to their own vertices"
    # Two materials: the texture is looked up at the corners.
    assert read.texture is None
    assert read.colours is not None
    torch.testing.assert_close(read.colours[near], torch.full((4, 3), 0.537), atol=0.003, rtol=0)
    expected = torch.tensor([[0, 0, 255], [120, 130, 140], [0, 255, 0], [255, 0, 0]]) / 255
    torch.testing.assert_close(read.colours[far], expected)


def test_a_shared_texture_is_kept(tmp_path: Path) -> None:
    read = read_back(tmp_path / "scene.glb", solid(textured()), solid(textured()), shift=2)
    assert torch.equal(read.texture, textured().texture)
    torch.testing.assert_close(read.uv, textured().uv.repeat(2, 1))


def test_a_material_colours_its_texture(tmp_path: Path) -> None:
    read = read_back(tmp_path / "scene.glb", solid(textured(), [0.2, 1.0, 1.0, 1.0]))
    assert read.texture is not None
    expected = srgb_from_linear(linear_from_srgb(np.array([120, 130, 140]) / 255) * [0.2, 1, 1])
    np.testing.assert_allclose(read.texture[1, 1] / 255, expected, atol=0.003)


def test_a_repeated_texture_becomes_colours(tmp_path: Path) -> None:
    square = textured()
    once = square.uv * 0.5 + 0.25  # the middles of the texels
    read = read_back(tmp_path / "scene.glb", solid(dataclasses.replace(square, uv=once + torch.tensor([3.0, -2.0]))))
    assert read.texture is None
    expected = torch.tensor([[0, 0, 255], [120, 130, 140], [0, 255, 0], [255, 0, 0]]) / 255
    torch.testing.assert_close(read.colours, expected)


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply"])
@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"v 0 0 0\nv 1 0 0\nf 1 2 3\n", b"glTF\x02\0\0\0"])
def test_broken_meshes_are_one_line(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"mesh{suffix}"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=rf"^[^\n]*mesh{suffix}: [^\n]+$"):
        read_mesh(path)


@pytest.mark.parametrize("suffix", [".glb", ".ply"])
def test_cut_meshes_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mesh{suffix}"
    write_mesh(path, TETRAHEDRON)
    whole = path.read_bytes()
    for share in (0.2, 0.5, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(BadInput):
            read_mesh(path)


def test_unusable_numbers_are_refused(tmp_path: Path) -> None:
    write_mesh(tmp_path / "mesh.ply", Mesh(TETRAHEDRON.vertices * torch.nan, TETRAHEDRON.faces))
    with pytest.raises(BadInput, match="not finite"):
        read_mesh(tmp_path / "mesh.ply")


def test_missing_files_and_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_mesh(tmp_path / "mesh.ply")
    (tmp_path / "mesh.stl").write_bytes(b"solid")
    with pytest.raises(BadInput, match=r"there are \.glb, \.obj, \.ply"):
        read_mesh(tmp_path / "mesh.stl")


def test_scanned_objects_are_read(shared: Path) -> None:
    path = shared / "data" / "objects" / "blue_cup.glb"
    if not path.is_file():
        pytest.skip("the scanned objects are not here")
    cup = read_mesh(path)
    assert cup.texture is not None
    assert cup.uv is not None
    assert 0.05 < float((cup.vertices.amax(0) - cup.vertices.amin(0)).max()) < 0.2, "in metres"
