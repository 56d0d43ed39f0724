"""Colours on a surface: every texel shows what the field shows at its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from recon3d.meshing.cleaning import report_of, simplified, without_specks
from recon3d.meshing.isosurface import Config, filled_grid, marched_cubes
from recon3d.meshing.texture import Config as TextureConfig
from recon3d.meshing.texture import Texture, painted_faces
from recon3d.meshing.vertex_colours import Config as VertexColoursConfig
from recon3d.meshing.vertex_colours import VertexColours
from recon3d.types import Mesh


@dataclass(frozen=True)
class Rainbow:
    """Colours that change slowly with the place."""

    half_size: float = 1.0

    def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return torch.ones_like(points[:, 0]), 0.5 + 0.4 * torch.sin(2 * points)


def balls(points: Tensor) -> Tensor:
    """A large one and a small one."""
    small = 0.1 - (points - torch.tensor([0.8, 0.0, 0.0])).norm(dim=-1)
    return torch.maximum(0.6 - points.norm(dim=-1), small)


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return marched_cubes(filled_grid(balls, 1.0, 0.0, Config(resolution=48)).values, 0.0, 1.0)


def test_specks_are_dropped_by_their_share(mesh: Mesh) -> None:
    assert report_of(mesh).pieces == 2
    assert len(without_specks(mesh, 0.001).faces) == len(mesh.faces)
    alone = without_specks(mesh, 0.2)
    assert report_of(alone).pieces == 1
    assert float(alone.vertices[:, 0].max()) < 0.65
    assert len(alone.vertices) < len(mesh.vertices)


def test_reports(mesh: Mesh) -> None:
    assert str(report_of(mesh)) == "2 pieces, watertight"
    holed = Mesh(mesh.vertices, mesh.faces[1:])
    assert not report_of(holed).watertight
    turned = Mesh(mesh.vertices, torch.cat([mesh.faces[1:], mesh.faces[:1].flip(1)]))
    assert str(report_of(turned)) == "2 pieces, watertight, faces turned both ways"


def test_fewer_faces_keep_the_shape_and_the_colours(mesh: Mesh) -> None:
    thin = VertexColours(VertexColoursConfig(points_at_once=100))(simplified(mesh, 600), Rainbow())
    assert 300 < len(thin.faces) <= 600
    assert report_of(thin).watertight
    off = torch.minimum((thin.vertices.norm(dim=-1) - 0.6).abs(), balls(thin.vertices).abs())
    assert float(off.max()) < 0.03
    assert thin.colours is not None
    torch.testing.assert_close(thin.colours, Rainbow().query(thin.vertices)[1])
    assert simplified(mesh, 10**9) is mesh


def test_texels_show_what_the_field_shows(mesh: Mesh) -> None:
    painted = Texture(TextureConfig(size=256))(simplified(mesh, 1500), Rainbow())
    assert painted.texture is not None
    assert painted.uv is not None
    assert painted.texture.shape == (256, 256, 3)
    assert 0 <= float(painted.uv.min()) <= float(painted.uv.max()) <= 1
    # The middles of the faces, looked up as any viewer would.
    middles, places = painted.vertices[painted.faces].mean(1), painted.uv[painted.faces].mean(1)
    rows, columns = ((1 - places[:, 1]) * 256).long(), (places[:, 0] * 256).long()
    seen = painted.texture[rows, columns].float() / 255
    expected = Rainbow().query(middles)[1]
    assert float((seen - expected).abs().quantile(0.99)) < 0.05
    assert float((seen - expected).abs().max()) < 0.2


def test_every_texel_within_a_face_is_painted() -> None:
    uv = torch.tensor([[0.1, 0.1], [0.9, 0.1], [0.1, 0.9]])
    triangle = Mesh(torch.zeros(3, 3), torch.tensor([[0, 1, 2]]), uv=uv)
    face, weights = painted_faces(triangle, 40)
    y, x = np.mgrid[:40, :40] + 0.5
    u, v = x / 40, 1 - y / 40
    inside = (u > 0.1) & (v > 0.1) & (u + v < 1.0)
    assert bool((face[inside] == 0).all())
    assert (face >= 0).sum() < inside.sum() * 1.2
    place = weights @ uv.double().numpy()
    np.testing.assert_allclose(place[inside], np.stack([u, v], -1)[inside], atol=1e-6)
