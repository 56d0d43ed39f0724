"""Whether surfaces bound solids, judged by trimesh too, which has its own ways to find out."""

from __future__ import annotations

import dataclasses

import pytest
import torch
import trimesh

from recon3d.errors import BadInput
from recon3d.meshing.cleaning import simplified
from recon3d.meshing.solids import made_solid, report_of
from recon3d.types import Mesh


def joined(mesh: Mesh) -> trimesh.Trimesh:
    """As a program reads it that knows vertices by their places only."""
    return trimesh.Trimesh(**trimesh.triangles.to_kwargs(mesh.vertices.double().numpy()[mesh.faces.numpy()]))


def tetrahedra(*tips: tuple[float, float, float], shared: int) -> Mesh:
    """One for each tip over a common base edge or corner, of which they share so many vertices."""
    base = [(0.0, 0.0, 0.0), (0.0, 0.0, 1.0)][:shared]
    vertices, faces = list(base), []
    for tip in tips:
        own = [
            tuple(t * s for t, s in zip(tip, scale, strict=True)) for scale in ((1, 1, 1), (1, 0.3, 0.6), (0.2, 1, 0.9))
        ]
        corners = list(range(shared)) + [len(vertices) + i for i in range(4 - shared)]
        vertices += own[: 4 - shared]
        a, b, c, d = corners
        faces += [(a, b, c), (a, c, d), (a, d, b), (b, d, c)]
    return Mesh(torch.tensor(vertices), torch.tensor(faces))


def test_a_closed_surface_is_a_solid(two_balls: Mesh) -> None:
    assert str(report_of(two_balls)) == "2 pieces, a watertight solid"


def test_faults_are_reported(two_balls: Mesh) -> None:
    holed = dataclasses.replace(two_balls, faces=two_balls.faces[1:])
    assert str(report_of(holed)) == "2 pieces, not watertight"
    turned = torch.cat([two_balls.faces[1:], two_balls.faces[:1].flip(1)])
    report = report_of(dataclasses.replace(two_balls, faces=turned))
    assert report.watertight
    assert not report.consistent
    assert str(report).startswith("2 pieces, watertight, faces turned both ways")


@pytest.mark.parametrize(
    ("shared", "said"), [(1, "1 piece, watertight, 1 pinched vertex"), (2, "1 piece, not watertight")]
)
def test_touching_parts_are_seen_and_parted(shared: int, said: str) -> None:
    """In a vertex, which no edge tells of, and in an edge, which four faces then share."""
    touching = tetrahedra((1.0, 0.5, 0.4), (-1.0, -0.5, 0.6), shared=shared)
    assert str(report_of(touching)) == said
    solid = made_solid(touching)
    assert str(report_of(solid)) == "2 pieces, a watertight solid"
    assert joined(solid).is_watertight
    assert len(joined(solid).vertices) == 8
    assert abs(joined(solid).volume) == pytest.approx(abs(joined(touching).volume), rel=1e-3)


def test_what_simplification_breaks_is_made_whole(crumbs: Mesh) -> None:
    thin = simplified(crumbs, 2500)
    assert not report_of(thin).watertight  # or the rest would show nothing
    solid = made_solid(thin)
    assert str(report_of(solid)).endswith("a watertight solid")
    by_place = joined(solid)
    assert by_place.is_watertight
    assert by_place.is_winding_consistent
    assert by_place.volume == pytest.approx(joined(crumbs).volume, rel=0.1)


def test_holes_are_refused(two_balls: Mesh) -> None:
    with pytest.raises(BadInput, match="cannot be made watertight"):
        made_solid(Mesh(two_balls.vertices, two_balls.faces[1:]))
