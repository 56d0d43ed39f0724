"""Laws of the geometry room."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recon3d.geometry import lenses, neighbours, rays, rotations, spherical_harmonics, transforms, triangles

seeds = st.integers(0, 10_000)


def random(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_quaternions_and_matrices_are_two_names_for_one_rotation(seed: int) -> None:
    q = random(seed, 7, 4)
    r = rotations.rotation_from_quaternion(q)
    assert torch.allclose(r @ r.mT, torch.eye(3, dtype=r.dtype).expand(7, 3, 3), atol=1e-12)
    assert torch.allclose(torch.linalg.det(r), torch.ones(7, dtype=r.dtype))
    assert torch.allclose(rotations.rotation_from_quaternion(rotations.quaternion_from_rotation(r)), r, atol=1e-12)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_one_direction_is_turned_into_another(seed: int) -> None:
    a, b = torch.nn.functional.normalize(random(seed, 2, 3), dim=-1)
    for goal in (b, a, -a):
        r = rotations.rotation_between(a, goal)
        assert torch.allclose(r @ r.mT, torch.eye(3, dtype=r.dtype), atol=1e-9)
        assert torch.allclose(torch.linalg.det(r), torch.ones((), dtype=r.dtype))
        assert torch.allclose(r @ a, goal, atol=1e-6)
    across = torch.linalg.cross(a, b)
    assert torch.allclose(rotations.rotation_between(a, b) @ across, across, atol=1e-9)  # the least one


def test_half_turns_are_well_conditioned() -> None:
    """Trace -1: three of the four formulas divide by zero there."""
    for axis in range(3):
        r = -torch.eye(3, dtype=torch.float64)
        r[axis, axis] = 1
        assert torch.allclose(rotations.rotation_from_quaternion(rotations.quaternion_from_rotation(r)), r)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_quaternion_product_is_the_product_of_rotations(seed: int) -> None:
    a, b = random(seed, 5, 4), random(seed + 1, 5, 4)
    product = rotations.rotation_from_quaternion(rotations.multiply_quaternions(a, b))
    expected = rotations.rotation_from_quaternion(a) @ rotations.rotation_from_quaternion(b)
    assert torch.allclose(product, expected, atol=1e-12)


def test_rigid_inverse() -> None:
    matrix = torch.eye(4, dtype=torch.float64).repeat(3, 1, 1)
    matrix[:, :3, :3] = rotations.rotation_from_quaternion(random(0, 3, 4))
    matrix[:, :3, 3] = random(1, 3, 3)
    assert torch.allclose(transforms.invert_rigid(matrix) @ matrix, torch.eye(4, dtype=torch.float64), atol=1e-12)


def test_normalising_a_world_centres_it_and_gives_it_size_one() -> None:
    cameras = torch.eye(4).repeat(6, 1, 1)
    cameras[:, :3, 3] = torch.tensor([1e5, -3.0, 0]) + 7 * torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    world_from_input = transforms.world_from_input_of(cameras)
    centres = transforms.transform_points(world_from_input, cameras[:, :3, 3].double())
    assert torch.allclose(centres.mean(0), torch.zeros(3).double(), atol=1e-6)
    assert float(centres.norm(dim=-1).max()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("lens", "coefficients"),
    [
        ("pinhole", []),
        ("opencv", [0.06, -0.08, -0.001, 0.0002, 0, 0, 0, 0]),
        ("opencv", [-0.3, 0.1, 0.001, 0.002, -0.01, 0.02, 0.01, 0]),
        ("opencv_fisheye", [0.03, -0.01, 0.002, -0.0005]),
    ],
)
def test_undistort_inverts_distort(lens: str, coefficients: list[float]) -> None:
    k = torch.tensor(coefficients, dtype=torch.float64)
    points = random(3, 200, 2).clamp(-0.7, 0.7)
    back, valid = lenses.undistort(lens, lenses.distort(lens, points, k), k)
    assert bool(valid.all())
    assert torch.allclose(back, points, atol=1e-8)


def test_a_lens_that_folds_over_is_noticed() -> None:
    k = torch.tensor([-0.5, 0, 0, 0, 0, 0, 0, 0], dtype=torch.float64)
    points = torch.tensor([[0.1, 0.0], [2.0, 0.0]], dtype=torch.float64)
    assert lenses.folds_over("opencv", points, k).tolist() == [False, True]


def test_pixels_and_normalised_points_are_inverse() -> None:
    k = torch.tensor([[50.0, 2, 31], [0, 60, 22], [0, 0, 1]], dtype=torch.float64)
    points = random(5, 20, 2)
    pixels = rays.pixels_from_normalised(points, k)
    assert torch.allclose(rays.normalised_from_pixels(pixels, k), points)
    assert torch.allclose((rays.homogeneous(points) @ k.mT)[:, :2], pixels)


def test_lines_through_a_point_meet_there() -> None:
    point = torch.tensor([1.0, -2, 3], dtype=torch.float64)
    directions = random(1, 9, 3)
    origins = point - directions * random(2, 9, 1)
    assert torch.allclose(rays.nearest_point_to_rays(origins, directions), point)
    parallel = torch.tensor([[0.0, 0, 1]], dtype=torch.float64).expand(9, 3)
    assert torch.allclose(rays.nearest_point_to_rays(origins, parallel), origins.mean(0))


def test_triangulation_finds_the_point() -> None:
    points = random(0, 30, 3) + torch.tensor([0.0, 0, 6], dtype=torch.float64)
    projections = torch.eye(3, 4, dtype=torch.float64).repeat(2, 1, 1)
    projections[1, 0, 3] = -1.0
    projections = projections[:, None].expand(2, 30, 3, 4)
    seen = (projections @ rays.homogeneous(points)[None, :, :, None])[..., 0]
    assert torch.allclose(rays.triangulate(projections, seen[..., :2] / seen[..., 2:]), points, atol=1e-8)


def test_spherical_harmonics_are_orthonormal() -> None:
    """Their products integrate to the identity over the sphere (midpoint rule on a fine grid)."""
    theta = (torch.arange(200, dtype=torch.float64) + 0.5) / 200 * torch.pi
    phi = (torch.arange(400, dtype=torch.float64) + 0.5) / 400 * 2 * torch.pi
    theta, phi = torch.meshgrid(theta, phi, indexing="ij")
    directions = torch.stack([theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()], -1)
    basis = spherical_harmonics.sh_basis(directions, 3).flatten(0, 1)
    weight = (theta.sin() * (torch.pi / 200) * (2 * torch.pi / 400)).flatten()
    assert torch.allclose(basis.mT @ (basis * weight[:, None]), torch.eye(16, dtype=torch.float64), atol=1e-4)


def test_sh_degrees() -> None:
    assert [spherical_harmonics.degree_of(n) for n in (1, 4, 9, 16)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="expected 1, 4, 9 or 16"):
        spherical_harmonics.degree_of(5)


def test_neighbour_distance_on_a_grid() -> None:
    x = torch.arange(5, dtype=torch.float32)
    grid = torch.stack(torch.meshgrid(x, x, x, indexing="ij"), -1).reshape(-1, 3)
    assert torch.allclose(neighbours.mean_neighbour_distance(grid, 3), torch.ones(125))
    assert neighbours.mean_neighbour_distance(torch.zeros(1, 3)).tolist() == [0]


def test_normals_of_vertices_weigh_faces_by_their_areas() -> None:
    """Two triangles at a right angle, one three times as large, share an edge; a fifth vertex has no face."""
    vertices = torch.tensor([[0.0, 0, 0], [0, 1, 0], [3, 0, 0], [0, 0, 1], [5, 5, 5]])
    faces = torch.tensor([[0, 2, 1], [0, 1, 3]])
    up, right = torch.tensor([0.0, 0, 1]), torch.tensor([1.0, 0, 0])
    assert torch.equal(triangles.face_normals(vertices, faces), torch.stack([3 * up, right]))
    between = (3 * up + right) / 10**0.5
    wanted = torch.stack([between, between, up, right, 0 * up])
    assert torch.allclose(triangles.vertex_normals(vertices, faces), wanted)
