"""Laws of the scores of meshes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import trimesh
from scipy.spatial.transform import Rotation

from recon3d.metrics.mesh import SAMPLES, f_score, mesh_scores, surface_samples
from recon3d.metrics.registration import ROTATIONS, all_rotations, chamfer, fitted, icp, moved, registered
from recon3d.types import Mesh


def mesh_of(solid: trimesh.Trimesh) -> Mesh:
    return Mesh(torch.from_numpy(solid.vertices).float(), torch.from_numpy(solid.faces))


SPHERE = mesh_of(trimesh.creation.icosphere(4))
FLOOR = 0.5 * math.sqrt(4 * math.pi / SAMPLES)
"""Chamfer distance of two samplings of SPHERE."""


def corner() -> Mesh:
    """Three bars of different lengths and widths that meet: no rotation but the identity maps it onto itself."""
    sizes = ((2.0, 0.5, 0.4), (0.4, 1.3, 0.3), (0.3, 0.3, 0.9))
    bars = [trimesh.creation.box(size) for size in sizes]
    for axis, (bar, size) in enumerate(zip(bars, sizes, strict=True)):
        bar.apply_translation(np.eye(3)[axis] * size[axis] / 2)
    return mesh_of(trimesh.util.concatenate(bars))


def similarity(seed: int, scale: float) -> torch.Tensor:
    generator = np.random.default_rng(seed)
    matrix = np.eye(4)
    matrix[:3, :3] = scale * Rotation.random(rng=generator).as_matrix()
    matrix[:3, 3] = generator.standard_normal(3)
    return torch.from_numpy(matrix).float()


def test_a_mesh_is_at_no_distance_from_itself_up_to_sampling() -> None:
    scores = mesh_scores(SPHERE, SPHERE, aligned=False)
    assert scores["chamfer"] == pytest.approx(FLOOR, rel=0.05)
    assert scores["f_0.1"] == scores["f_0.2"] == scores["f_0.5"] == 1
    assert scores == mesh_scores(SPHERE, SPHERE, aligned=False)
    assert scores != mesh_scores(SPHERE, SPHERE, aligned=False, seed=1)


def test_larger_spheres_are_as_far_away_as_they_are_larger() -> None:
    larger = Mesh(1.3 * SPHERE.vertices, SPHERE.faces)
    scores = mesh_scores(larger, SPHERE, aligned=False)
    assert scores["chamfer"] == pytest.approx(0.3, rel=0.01)
    assert scores["f_0.2"] == 0
    assert scores["f_0.5"] == 1


def test_units_are_those_of_the_truth() -> None:
    larger = Mesh(1.3 * SPHERE.vertices, SPHERE.faces)
    # Seen from the larger one, whose radius is then 1, the other is smaller by 0.3 / 1.3.
    assert mesh_scores(SPHERE, larger, aligned=False)["chamfer"] == pytest.approx(0.3 / 1.3, rel=0.01)
    both = torch.diag(torch.tensor([7.0, 7.0, 7.0, 1.0]))
    both[:3, 3] = 5
    scores = mesh_scores(larger.moved(both), SPHERE.moved(both), aligned=False)
    assert scores["chamfer"] == pytest.approx(0.3, rel=0.01)


def test_spheres_far_apart_are_at_the_distance_of_their_nearest_halves() -> None:
    """From a point at angle t of a unit sphere to another sphere d away: sqrt(1 + d^2 - 2 d cos t) - 1, which has mean
    d + 1 / (3 d) - 1 over the sphere."""
    shift = torch.eye(4)
    shift[0, 3] = 8
    scores = mesh_scores(SPHERE.moved(shift), SPHERE, aligned=False)
    assert scores["chamfer"] == pytest.approx(8 + 1 / 24 - 1, rel=0.005)
    assert scores["f_0.5"] == 0


def test_it_does_not_matter_which_is_the_truth_where_units_agree() -> None:
    box = mesh_of(trimesh.creation.box((2, 2, 2)))
    there, back = mesh_scores(box, SPHERE, aligned=False), mesh_scores(SPHERE, box, aligned=False)
    assert there["chamfer"] == pytest.approx(back["chamfer"], rel=0.02)
    assert there["f_0.1"] == pytest.approx(back["f_0.1"], rel=0.05)


def test_missing_surface_costs_recall() -> None:
    """Of a long bar that lacks a quarter, precision is 1, and recall three quarters and what lies within 0.1, which is
    0.4 in the units of the file."""
    long, short = trimesh.creation.box((8, 0.1, 0.1)), trimesh.creation.box((6, 0.1, 0.1))
    short.apply_translation((-1, 0, 0))
    scores = mesh_scores(mesh_of(short), mesh_of(long), aligned=False)
    assert scores["f_0.1"] == pytest.approx(f_score(1.0, 0.75 + 0.4 / 8), abs=0.02)


@pytest.mark.parametrize("seed", range(2))
def test_aligned_scores_know_no_similarity(seed: int) -> None:
    truth = corner()
    turned = truth.moved(similarity(seed, 0.2 + seed))
    plain, aligned = mesh_scores(turned, truth, aligned=False), mesh_scores(turned, truth)
    floor = mesh_scores(truth, truth, aligned=False)
    assert aligned["chamfer"] < 1.15 * floor["chamfer"] < plain["chamfer"] / 3
    assert aligned["f_0.1"] > 0.999


def test_mirrors_are_not_undone() -> None:
    truth = corner()
    mirrored = Mesh(truth.vertices * torch.tensor([-1.0, 1, 1]), truth.faces)
    assert mesh_scores(mirrored, truth)["chamfer"] > 2 * mesh_scores(truth, truth, aligned=False)["chamfer"]


def test_alignment_never_costs() -> None:
    """However different the shapes are."""
    cone = mesh_of(trimesh.creation.cone(0.3, 2.0))
    assert mesh_scores(cone, corner())["chamfer"] <= mesh_scores(cone, corner(), aligned=False)["chamfer"]


def test_surfaces_are_sampled_by_area() -> None:
    """A square of two triangles beside one a ninth as large, cut into many."""
    small = trimesh.creation.box((1, 1, 0)).subdivide().subdivide()
    large = trimesh.creation.box((3, 3, 0))
    small.apply_translation((10, 0, 0))
    points = surface_samples(mesh_of(trimesh.util.concatenate([large, small])), 20_000, np.random.default_rng(0))
    assert (points[:, 0] > 5).mean() == pytest.approx(0.1, abs=0.01)
    inside = points[points[:, 0] < 5]
    np.testing.assert_allclose(inside.mean(0), 0, atol=0.03)
    np.testing.assert_allclose(inside.std(0), [3 / math.sqrt(12), 3 / math.sqrt(12), 0], atol=0.03)


def test_nothing_cannot_be_sampled() -> None:
    empty = Mesh(torch.zeros(3, 3), torch.tensor([[0, 1, 2]]))
    with pytest.raises(ValueError, match="area"):
        mesh_scores(empty, SPHERE)


def test_f_score() -> None:
    assert f_score(0.0, 0.0) == 0
    assert f_score(1.0, 0.5) == pytest.approx(2 / 3)


def test_rotations_are_proper_and_everywhere() -> None:
    rotations = all_rotations(ROTATIONS)
    np.testing.assert_allclose(np.linalg.norm(rotations, axis=1), 1)
    np.testing.assert_allclose(np.linalg.det(rotations), 1)
    asked = Rotation.random(200, rng=np.random.default_rng(0)).as_matrix()
    traces = np.einsum("aij,bij->ab", asked, rotations)
    angles = np.degrees(np.arccos(np.clip((traces.max(1) - 1) / 2, -1, 1)))
    assert angles.max() < 20


def test_paired_points_give_the_similarity_back() -> None:
    points = np.random.default_rng(0).standard_normal((50, 3))
    expected = similarity(1, 1.7).double().numpy()
    np.testing.assert_allclose(fitted(points, moved(expected, points)), expected, atol=1e-6)


def test_icp_walks_the_last_degrees() -> None:
    generator = np.random.default_rng(0)
    truth = surface_samples(corner(), 2000, generator)
    turn = np.eye(4)
    turn[:3, :3] = 1.1 * Rotation.from_rotvec([0.1, -0.15, 0.1]).as_matrix()
    points = moved(turn, truth[generator.permutation(len(truth))])
    np.testing.assert_allclose(icp(points, truth, np.eye(4), 100) @ turn, np.eye(4), atol=1e-3)


def test_registration_keeps_what_fits() -> None:
    points = surface_samples(corner(), 1000, np.random.default_rng(0))
    assert chamfer(moved(registered(points, points), points), points) < 1e-9
