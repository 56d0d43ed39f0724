"""Surfaces laid out flat: all of it, nothing twice, little stretched."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import trimesh
from torch import Tensor

from recon3d.errors import BadInput
from recon3d.meshing.charts import LEAST_FACING, cut_into_charts
from recon3d.meshing.cleaning import simplified
from recon3d.meshing.packing import packed
from recon3d.meshing.unwrapping import Unwrapped, painted_faces, shown_faces, unwrapped
from recon3d.types import Mesh


def areas(corners: Tensor) -> Tensor:
    """Of triangles in the plane, positive for those that turn to the left."""
    a, b, c = corners.unbind(1)
    return torch.linalg.det(torch.stack([b - a, c - a], 1)) / 2


def areas_in_space(mesh: Mesh) -> Tensor:
    a, b, c = mesh.vertices[mesh.faces].unbind(1)
    return torch.linalg.cross(b - a, c - a).norm(dim=-1) / 2


def spiral() -> Mesh:
    """A ramp that turns three times above itself."""
    angle = torch.linspace(0, 6 * math.pi, 200)
    sides = [torch.stack([r * angle.cos(), r * angle.sin(), 0.03 * angle], -1) for r in (0.3, 0.6)]
    i = torch.arange(199) * 2
    faces = torch.cat([torch.stack([i, i + 1, i + 3], -1), torch.stack([i, i + 3, i + 2], -1)])
    return Mesh(torch.stack(sides, 1).flatten(0, 1), faces)


def cube() -> Mesh:
    box = trimesh.creation.box()
    return Mesh(torch.from_numpy(np.array(box.vertices)).float(), torch.from_numpy(np.array(box.faces)))


def overlap_free(flat: Unwrapped, side: int) -> bool:
    """Whether the triangles cover as many texels together as their areas add up to."""
    shown = shown_faces(flat.texels.numpy(), flat.faces.numpy(), side)
    covered, whole = float((shown.faces >= 0).sum()), float(areas(flat.texels[flat.faces]).sum())
    return covered == pytest.approx(whole, rel=0.005)


@pytest.mark.parametrize("shape", ["balls", "crumbs", "spiral", "cube"])
def test_nothing_lies_on_anything_else(shape: str, two_balls: Mesh, crumbs: Mesh) -> None:
    mesh = {"balls": two_balls, "crumbs": simplified(crumbs, 4000), "spiral": spiral(), "cube": cube()}[shape]
    flat = unwrapped(mesh, 512, 2)
    assert torch.equal(flat.source[flat.faces], mesh.faces)
    assert 2 <= float(flat.texels.min()) <= float(flat.texels.max()) <= 510
    size = areas(flat.texels[flat.faces])
    assert float(size.min()) > -1e-3
    assert overlap_free(flat, 512)
    assert float(size.sum()) > (0.25 if shape == "crumbs" else 0.35) * 512**2


def test_a_cube_has_six_charts_without_stretch() -> None:
    assert len(np.unique(cut_into_charts(cube().vertices.double().numpy(), cube().faces.numpy()))) == 6
    flat = unwrapped(cube(), 256, 2)
    assert len(flat.source) == 24
    lengths = (flat.texels[flat.faces] - flat.texels[flat.faces.roll(1, 1)]).norm(dim=-1).sort(dim=1).values
    torch.testing.assert_close(lengths, lengths[:1, :1] * torch.tensor([1, 1, math.sqrt(2)]).expand(12, 3))


def test_stretch_is_little_and_charts_are_few(two_balls: Mesh) -> None:
    flat = unwrapped(two_balls, 512, 2)
    density = areas(flat.texels[flat.faces]) / areas_in_space(two_balls).clamp_min(1e-9)
    low, middle, high = density.quantile(torch.tensor([0.01, 0.5, 0.99]))
    assert low > 0.6 * middle
    assert high < 1.5 * middle
    charts = cut_into_charts(two_balls.vertices.double().numpy(), two_balls.faces.numpy())
    assert 12 <= charts.max() + 1 <= 20
    assert len(flat.source) < 1.2 * len(two_balls.vertices)


def test_faces_face_their_charts(crumbs: Mesh) -> None:
    """Some direction sees all faces of a chart from the front."""
    vertices, faces = crumbs.vertices.double().numpy(), crumbs.faces.numpy()
    charts = cut_into_charts(vertices, faces)
    a, b, c = vertices[faces].transpose(1, 0, 2)
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1), 1e-12)[:, None]
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    for chart in range(0, charts.max() + 1, 7):
        assert (normals[charts == chart] @ axes.T).min(0).max() > LEAST_FACING - 1e-9


def test_texels_lead_to_places_of_their_face(two_balls: Mesh) -> None:
    flat = unwrapped(two_balls, 256, 2)
    painted = painted_faces(flat, 256)
    row, column = torch.nonzero(painted.faces >= 0, as_tuple=True)
    corners = flat.texels[flat.faces[painted.faces[row, column].long()]]
    place = (corners * painted.weights[row, column][..., None]).sum(1)
    off = (place - torch.stack([column, row], -1) - 0.5).abs().amax(-1)
    assert float(off.max()) <= 0.5 + 1e-4  # on an outline it is some place within the texel
    assert float((off < 1e-3).float().mean()) > 0.9


def test_thin_faces_are_painted_too() -> None:
    """Between two rows of texel centres no centre is met."""
    flat = Unwrapped(torch.arange(3), torch.tensor([[0, 1, 2]]), torch.tensor([[3.0, 4.6], [9.9, 4.7], [3.0, 4.9]]))
    assert set(torch.nonzero(painted_faces(flat, 16).faces >= 0).T[1].tolist()) == set(range(3, 10))


def test_rectangles_do_not_touch() -> None:
    sizes = np.random.default_rng(0).uniform(0.05, 1, (60, 2))
    packing = packed(sizes, 300, 2)
    assert packing is not None
    low, high = packing.corners, packing.corners + np.ceil(sizes * packing.scale)
    taken = np.zeros((300, 300), int)
    for (x0, y0), (x1, y1) in zip(low - 2, high.astype(int) + 2, strict=True):
        assert 0 <= min(x0, y0) <= max(x1, y1) <= 300
        taken[y0:y1, x0:x1] += 1
    assert taken.max() == 1
    assert taken.mean() > 0.75


def test_too_many_pieces_are_said() -> None:
    g = torch.Generator().manual_seed(0)
    loose = Mesh(torch.rand(600, 3, generator=g), torch.arange(600).view(-1, 3))
    with pytest.raises(BadInput, match="too small"):
        unwrapped(loose, 32, 2)
