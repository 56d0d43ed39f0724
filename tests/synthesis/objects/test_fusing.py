"""Pieces become one closed surface that remembers which piece it was of, and where on it."""

from __future__ import annotations

import numpy as np
import pytest
from closed_surfaces import is_closed

from recon3d.synthesis.objects import materials
from recon3d.synthesis.objects.fusing import Piece, fused
from recon3d.synthesis.objects.primitives import ball, box, cylinder
from recon3d.synthesis.objects.solids import Solid, signed_volume

PLAIN = materials.plain(np.ones(3))


def test_two_boxes_are_one_without_anything_inside() -> None:
    whole = fused([Piece(box(1, 1, 1, 0), PLAIN), Piece(box(1, 1, 1, 0).at(0.5, 0, 0), PLAIN)], 1 / 20, 20_000)
    assert whole is not None
    assert is_closed(whole.vertices, whole.faces)
    assert signed_volume(whole.vertices, whole.faces) == pytest.approx(1.5, rel=1e-2)
    inside = (np.abs(whole.vertices - [0.25, 0, 0]) < [0.7, 0.45, 0.45]).all(-1)
    assert not inside.any()


def test_a_hole_takes_only_from_what_was_there_before_and_is_lined_with_its_own_material() -> None:
    block, drill, plug = box(1, 1, 1, 0), cylinder(0.3, 2), cylinder(0.1, 1)
    whole = fused([Piece(block, PLAIN), Piece(drill, PLAIN, cut=True), Piece(plug, PLAIN)], 1 / 20, 20_000)
    assert whole is not None
    expected = 1 - np.pi * 0.09 + np.pi * 0.01
    assert signed_volume(whole.vertices, whole.faces) == pytest.approx(expected, rel=2e-2)
    radius = np.hypot(whole.vertices[:, 0], whole.vertices[:, 1])
    assert set(whole.piece[(radius > 0.28) & (radius < 0.301)]) >= {1}
    np.testing.assert_allclose(radius[whole.piece == 1], 0.3, atol=0.01)
    assert radius[whole.piece == 2].max() < 0.11


def test_rest_is_where_a_vertex_was_before_the_piece_moved() -> None:
    solid = ball(0.5).turned("x", 40).at(3, 1, 2)
    whole = fused([Piece(solid, PLAIN)], 1 / 20, 20_000)
    assert whole is not None
    np.testing.assert_allclose(np.linalg.norm(whole.rest, axis=-1), 0.5, atol=0.01)
    centred = whole.vertices - [3, 1, 2]
    np.testing.assert_allclose(solid.at(-3, -1, -2).vertices, ball(0.5).turned("x", 40).vertices, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(centred, axis=-1), 0.5, atol=0.01)


def test_normals_are_smooth_on_a_ball() -> None:
    whole = fused([Piece(ball(0.5), PLAIN)], 1 / 20, 20_000)
    assert whole is not None
    outward = whole.vertices / np.linalg.norm(whole.vertices, axis=-1, keepdims=True)
    np.testing.assert_allclose(np.linalg.norm(whole.normals, axis=-1), 1, atol=1e-5)
    assert ((whole.normals * outward).sum(-1) > 0.98).all()


def test_most_edges_are_as_short_as_asked_unless_that_takes_too_many_faces() -> None:
    fine, few = (fused([Piece(ball(0.5), PLAIN)], 1 / 40, count) for count in (100_000, 2_000))
    assert fine is not None
    assert few is not None
    corners = fine.vertices[fine.faces]
    sides = np.linalg.norm(corners - np.roll(corners, 1, 1), axis=-1)
    assert 0.5 / 40 < np.median(sides) < 1 / 40
    assert len(few.faces) < 4_000 < len(fine.faces)


def test_what_is_not_closed_is_refused_and_nothing_is_nothing() -> None:
    whole = ball(0.5)
    assert fused([Piece(Solid(whole.vertices, whole.faces[1:], whole.rest), PLAIN)], 1 / 20, 1000) is None
    assert fused([Piece(ball(0.2), PLAIN), Piece(ball(0.5), PLAIN, cut=True)], 1 / 20, 1000) is None
