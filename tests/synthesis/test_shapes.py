"""Every solid is closed, faces outward and has the size that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon3d.synthesis import foliage, shapes
from recon3d.synthesis.surface import Surface, merged, same_place

SOLIDS = {
    "box": shapes.box((1.0, 0.6, 0.4), 0.1, 0.05),
    "sharp box": shapes.box((1.0, 0.6, 0.4), 0.1),
    "sphere": shapes.sphere(0.5, 0.1),
    "rod": shapes.rod((0, 0, 0), (0.3, 0.2, 1.0), 0.1, 0.05),
    "tube": shapes.tube(shapes.curve([(0, 0, 0), (0.5, 0, 0.5), (1, 0.3, 0)], 0.05), 0.08, 0.03),
    "lathe": shapes.lathe([(0, 0), (0.3, 0), (0.4, 0.5), (0, 0.5)], 0.05),
    "plate": shapes.plate(
        np.linspace([0, 0, 0], [1, 0, 0], 9), np.linspace([0, 0, 1], [1, 0, 1.5], 9), np.array([0, 0.1, 0]), 0.1
    ),
}


def volume(surface: Surface) -> float:
    """By the divergence theorem; negative for a surface turned inside out."""
    a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def border_edges(surface: Surface) -> int:
    """Edges that are not shared by two triangles, once in each direction."""
    place = same_place(surface.vertices)[surface.faces]
    edges = np.concatenate([place[:, [0, 1]], place[:, [1, 2]], place[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    there, back = ({tuple(edge) for edge in way} for way in (edges, edges[:, ::-1]))
    return len(there ^ back)


@pytest.mark.parametrize("name", SOLIDS)
def test_solids_are_closed_and_face_outward(name: str) -> None:
    solid = SOLIDS[name]
    assert border_edges(solid) == 0
    assert volume(solid) > 0


@pytest.mark.parametrize("name", SOLIDS)
def test_normals_are_unit_and_agree_with_the_triangles(name: str) -> None:
    solid = SOLIDS[name]
    used = np.unique(solid.faces)
    np.testing.assert_allclose(np.linalg.norm(solid.normals[used], axis=-1), 1, atol=1e-9)
    a, b, c = (solid.vertices[solid.faces[:, k]] for k in range(3))
    facing = (np.cross(b - a, c - a) * solid.normals[solid.faces].mean(1)).sum(-1)
    assert (facing > 0).mean() > 0.99


@settings(deadline=None, max_examples=20)
@given(st.floats(0.2, 2.0), st.floats(0.05, 0.3))
def test_a_sphere_has_its_radius_and_volume(radius: float, share: float) -> None:
    ball = shapes.sphere(radius, share * radius)
    np.testing.assert_allclose(np.linalg.norm(ball.vertices, axis=-1), radius, rtol=1e-9)
    assert volume(ball) == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.6 * share)
    np.testing.assert_allclose(ball.normals, ball.vertices / radius, atol=0.3 * share + 0.01)


def test_a_box_fills_its_size() -> None:
    assert volume(SOLIDS["sharp box"]) == pytest.approx(0.24)
    np.testing.assert_allclose(np.ptp(SOLIDS["box"].vertices, axis=0), [1.0, 0.6, 0.4])


@pytest.mark.parametrize("name", ["box", "sphere", "lathe"])
def test_vertices_are_about_as_dense_as_asked(name: str) -> None:
    spacing = {"box": 0.1, "sphere": 0.1, "lathe": 0.05}[name]
    corners = SOLIDS[name].vertices[SOLIDS[name].faces]
    sides = np.linalg.norm(corners - np.roll(corners, 1, 1), axis=-1)
    assert np.percentile(sides, 99) < 1.6 * spacing


def test_texture_coordinates_follow_length() -> None:
    rod = shapes.rod((0, 0, 0), (0, 0, 2.0), 0.1, 0.01)
    assert np.ptp(rod.uv[:, 0]) == pytest.approx(2.2, rel=0.01)  # along, and over both ends
    assert np.ptp(rod.uv[:, 1]) == pytest.approx(2 * np.pi * 0.1, rel=0.02)
    ring = shapes.lathe([(0.5, 0), (0.5, 1)], 0.05, around=3.0)
    assert np.ptp(ring.uv[:, 0]) == pytest.approx(3.0)


def test_a_resampled_path_keeps_its_corners() -> None:
    path = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0.0]])
    fine = shapes.resampled(path, 0.3)
    for corner in path:
        assert (np.linalg.norm(fine - corner, axis=-1) < 1e-12).any()
    assert np.linalg.norm(np.diff(fine, axis=0), axis=-1).max() <= 0.3


def test_moving_keeps_normals_upright_under_uneven_scaling_and_mirrors() -> None:
    ball = shapes.sphere(1.0, 0.1)
    squashed = ball.moved(np.diag([2.0, 1.0, -0.5, 1.0]))
    expected = squashed.vertices / np.array([4.0, 1.0, 0.25])
    expected /= np.linalg.norm(expected, axis=-1, keepdims=True)
    np.testing.assert_allclose(squashed.normals, expected, atol=0.05)
    assert volume(squashed) == pytest.approx(volume(ball), rel=1e-9)
    assert volume(ball.flipped()) == pytest.approx(-volume(ball))


def test_merging_keeps_every_triangle() -> None:
    both = merged([SOLIDS["box"], SOLIDS["sphere"].at(3, 0, 0)])
    assert volume(both) == pytest.approx(volume(SOLIDS["box"]) + volume(SOLIDS["sphere"]))


def test_leaves_start_where_they_are_put_and_differ_by_seed() -> None:
    places, ways = foliage.in_ball(50, (1.0, 1.0, 0.5), 0.5, seed=1)
    assert (np.linalg.norm(places / [1, 1, 0.5], axis=-1) >= 0.499).all()
    first, same, other = (foliage.leaves(places, ways, (0.1, 0.04), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.vertices[::5], places)
    assert first.vertices.tobytes() == same.vertices.tobytes()
    assert first.vertices.tobytes() != other.vertices.tobytes()
    assert foliage.tufts(places, 0.2, 4, seed=3).vertices[:, 2].max() > places[:, 2].max()
