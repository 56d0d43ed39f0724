"""Chamfer distance in millimetres: against closed forms, against brute force, and what is left out of it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
import trimesh

from recon3d.metrics import even_samples as module
from recon3d.metrics.dtu_surface import Observed, Scan, mean_distance, surface_scores
from recon3d.metrics.even_samples import even_samples, face_grids, thinned
from recon3d.types import Mesh


def mesh_of(solid: trimesh.Trimesh) -> Mesh:
    return Mesh(torch.from_numpy(np.array(solid.vertices)).float(), torch.from_numpy(np.array(solid.faces)))


def sphere(radius: float, shift: float = 0.0) -> trimesh.Trimesh:
    solid = trimesh.creation.icosphere(5, radius)
    solid.apply_translation((shift, 0, 0))
    return solid


def plate(length: float, width: float, tilt: float = 0.0) -> Mesh:
    """From x = 0 to `length`, turned about the line x = 0 by the tilt."""
    corners = np.array([[0, 0, 0], [length, 0, 0], [length, width, 0], [0, width, 0]], float)
    corners[:, 2] = corners[:, 0] * math.sin(tilt)
    corners[:, 0] *= math.cos(tilt)
    return Mesh(torch.from_numpy(corners).float(), torch.tensor([[0, 1, 3], [2, 3, 1]]))


def dense(mesh: Mesh, spacing: float = 0.1) -> np.ndarray:
    return np.concatenate([mesh.vertices.double().numpy(), face_grids(mesh, spacing)])


def brute_force(mesh: Mesh, scan: np.ndarray) -> float:
    """Every step of the protocol by plain loops and the full table of distances."""
    points = [tuple(vertex) for vertex in mesh.vertices.tolist()]
    for a, b, c in mesh.vertices.double().numpy()[mesh.faces.numpy()]:
        u, v = b - a, c - a
        cell = 0.2 * math.sqrt(np.linalg.norm(u) * np.linalg.norm(v) / np.linalg.norm(np.cross(u, v)))
        for i in range(100):
            for j in range(100):
                s, t = (i + 0.5) * cell / np.linalg.norm(u), (j + 0.5) * cell / np.linalg.norm(v)
                if s + t < 1:
                    points.append(tuple(a + s * u + t * v))
    order = np.random.default_rng(7).permutation(len(points))
    kept: list[np.ndarray] = []
    for point in np.array(points)[order]:
        if not kept or np.linalg.norm(np.array(kept) - point, axis=1).min() >= 0.2:
            kept.append(point)
    table = np.linalg.norm(np.array(kept)[:, None] - scan, axis=-1)
    there, back = table.min(1), table.min(0)
    return (there[there < 20].mean() + back[back < 20].mean()) / 2


def test_concentric_spheres_are_as_far_apart_as_their_radii() -> None:
    scores = surface_scores(mesh_of(sphere(6)), Scan(dense(mesh_of(sphere(7)))))
    assert scores["accuracy"] == pytest.approx(1, rel=0.01)
    assert scores["completeness"] == pytest.approx(1, rel=0.01)
    assert scores["chamfer"] == pytest.approx(1, rel=0.01)


def test_spheres_far_apart() -> None:
    """From a point at angle t of a sphere of radius r to another one d away: sqrt(r^2 + d^2 - 2 r d cos t) - r, which
    has mean d + r^2 / (3 d) - r over the sphere."""
    scores = surface_scores(mesh_of(sphere(3)), Scan(dense(mesh_of(sphere(3, 10)))))
    assert scores["chamfer"] == pytest.approx(10 + 9 / 30 - 3, rel=0.01)


def test_a_tilted_plate() -> None:
    """Two plates of length l that meet at an angle: every point is at its distance from the seam times the sine."""
    tilt = math.radians(30)
    scores = surface_scores(plate(10, 4), Scan(dense(plate(10, 4, tilt))))
    assert scores["accuracy"] == pytest.approx(5 * math.sin(tilt), rel=0.01)
    assert scores["completeness"] == pytest.approx(5 * math.sin(tilt), rel=0.01)


def test_brute_force_says_the_same() -> None:
    box = trimesh.creation.box((3, 2, 1))
    scan = dense(mesh_of(sphere(1.5)), 0.15)
    expected = brute_force(mesh_of(box), scan)
    assert surface_scores(mesh_of(box), Scan(scan))["chamfer"] == pytest.approx(expected, rel=0.01)


def test_the_seed_decides() -> None:
    ball, scan = mesh_of(sphere(2)), Scan(dense(mesh_of(sphere(2.5))))
    scores = [surface_scores(ball, scan, seed) for seed in (0, 0, 1)]
    assert scores[0] == scores[1] != scores[2]


def test_what_is_20_mm_away_or_more_does_not_count() -> None:
    near, far = plate(5, 5), plate(5, 5)
    far = Mesh(far.vertices + torch.tensor([0.0, 0, 30]), far.faces)
    both = Mesh(torch.cat([near.vertices, far.vertices]), torch.cat([near.faces, far.faces + 4]))
    scan = Scan(dense(near) + np.array([0, 0, 1.0]))
    assert surface_scores(both, scan)["accuracy"] == pytest.approx(1, rel=0.01)
    assert math.isnan(surface_scores(far, scan)["chamfer"])
    assert math.isnan(mean_distance(np.zeros((0, 3)), scan.points))


def test_accuracy_is_of_what_the_scanner_could_see() -> None:
    """The right half of the plate is 3 mm off, but was not seen."""
    left, right = plate(5, 5), plate(5, 5)
    off = Mesh(right.vertices + torch.tensor([6.0, 0, 3]), right.faces)
    mesh = Mesh(torch.cat([left.vertices, off.vertices]), torch.cat([left.faces, off.faces + 4]))
    scan = Scan(np.concatenate([dense(left), dense(right) + np.array([6.0, 0, 0])]) + np.array([0, 0, 0.5]))
    cells = np.zeros((14, 8, 8), bool)
    cells[:7] = True  # middles from x = -1 to 5 mm
    observed = Observed(cells, np.array([-1.0, -1.0, -2.0]), np.array([12.0, 6.0, 5.0]), 1.0)
    half = surface_scores(mesh, dataclasses.replace(scan, observed=observed))
    assert half["accuracy"] == pytest.approx(0.5, rel=0.02)
    assert surface_scores(mesh, scan)["accuracy"] == pytest.approx((0.5 + 2.5) / 2, rel=0.02)
    assert half["completeness"] == pytest.approx(surface_scores(mesh, scan)["completeness"])


def test_the_box_reaches_60_mm_below_and_120_mm_above() -> None:
    observed = Observed(np.ones((2, 2, 2), bool), np.zeros(3), np.full(3, 10.0), 10.0)
    points = np.array([[-60.0, 0, 0], [-60.1, 0, 0], [129.9, 0, 0], [130.0, 0, 0]])
    assert observed.near(points).tolist() == [True, False, True, False]
    assert observed.seen(np.array([[4.9, 0, 0], [14.9, 0, 0], [15.1, 0, 0], [-5.1, 0, 0]])).tolist() == [
        True,
        True,
        False,
        False,
    ]


def test_completeness_is_of_what_is_above_the_table() -> None:
    top = plate(5, 5)
    points = dense(top)
    scan = Scan(np.concatenate([points + np.array([0, 0, 1.0]), points - np.array([0, 0, 9.0])]))
    above = dataclasses.replace(scan, plane=np.array([0.0, 0, 2.0, 10.0]))  # z > -5
    assert surface_scores(top, above)["completeness"] == pytest.approx(1, rel=0.01)
    assert surface_scores(top, scan)["completeness"] == pytest.approx(5, rel=0.01)
    assert surface_scores(top, above)["accuracy"] == surface_scores(top, scan)["accuracy"]


def test_samples_are_even() -> None:
    """None nearer than the spacing to another, and none of the surface much farther from one."""
    box = mesh_of(trimesh.creation.box((4, 3, 2)))
    samples = even_samples(box, 0.2, np.random.default_rng(0))
    table = np.linalg.norm(samples[:, None] - samples, axis=-1)
    np.fill_diagonal(table, np.inf)
    assert table.min() >= 0.2 * (1 - 1e-6)
    surface = dense(box, 0.1)
    assert np.linalg.norm(surface[:, None] - samples, axis=-1).min(1).max() < 0.3


def test_thinning_is_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches, too."""
    points = np.random.default_rng(0).random((3000, 3))
    kept: list[np.ndarray] = []
    for point in points:
        if not kept or np.linalg.norm(np.array(kept) - point, axis=1).min() >= 0.1:
            kept.append(point)
    np.testing.assert_array_equal(thinned(points, 0.1), kept)
    monkeypatch.setattr(module, "FIRST_BATCH", 100)
    np.testing.assert_array_equal(thinned(points, 0.1), kept)


@pytest.mark.parametrize("at_once", [10, 2_000_000])
def test_faces_get_points_by_their_area(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    flat = Mesh(torch.zeros(3, 3), torch.tensor([[0, 1, 2]]))
    assert len(face_grids(flat, 0.2)) == 0
    box = trimesh.creation.box((6, 4, 3)).subdivide()
    assert len(face_grids(mesh_of(box), 0.1)) == pytest.approx(box.area / 0.01, rel=0.01)


def test_a_mesh_that_cannot_be_in_millimetres() -> None:
    with pytest.raises(ValueError, match="millimetres"):
        surface_scores(plate(1e6, 1e6), Scan(np.zeros((1, 3))))
