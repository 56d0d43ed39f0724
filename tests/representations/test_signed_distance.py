"""A signed distance that is seen by the density of NeuS: spheres, whose every number is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from recon3d.geometry.rays import meet_box
from recon3d.kernels import Cells
from recon3d.renderers.march import Config, March
from recon3d.renderers.marching.rays import Rays, weights_of
from recon3d.renderers.marching.sampled import Thrift, even_edges, march, step_samples
from recon3d.representations.hash_grid import GridConfig, PerceptronConfig, grid_levels
from recon3d.representations.signed_distance import DistanceConfig, SignedDistance
from recon3d.types import Cameras

GRID = GridConfig(levels=2, coarsest=4, finest=8, rows_log2=10)


def sphere(sharpness: float = 200.0, radius: float = 0.5, half_size: float = 1.0) -> SignedDistance:
    """What a fit begins with, its grid emptied."""
    config = DistanceConfig(radius, sharpness)
    parameters = SignedDistance.begin(GRID, PerceptronConfig(hidden=16), config, torch.Generator().manual_seed(0))
    parameters["table"].zero_()
    return SignedDistance(parameters, grid_levels(GRID), Cells(None, half_size), config)


def some_points(count: int = 200) -> Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(1)) * 1.6 - 0.8


@pytest.mark.parametrize("half_size", [1.0, 2.5])
def test_distances_and_gradients_of_a_sphere(half_size: float) -> None:
    field, points = sphere(half_size=half_size), some_points() * half_size
    torch.testing.assert_close(field.signed_distance(points), points.norm(dim=-1) - 0.5 * half_size, atol=1e-5, rtol=0)
    points = points[points.norm(dim=-1) > 0.4 * half_size]
    outward = torch.nn.functional.normalize(points, dim=-1)  # four differences know of curvature, by their distance
    torch.testing.assert_close(field.gradient(points), outward, atol=0.01, rtol=0)


def test_density_is_what_optical_depth_is_per_length() -> None:
    """Of short stretches; NeuS, equations 10 and 13."""
    field, points = sphere(20.0), some_points()
    directions = torch.nn.functional.normalize(torch.randn(200, 3, generator=torch.Generator().manual_seed(2)), dim=-1)
    density, colour = field.query(points, directions)
    optical, same = field.optical(points, directions, torch.full((200,), 1e-2))
    torch.testing.assert_close(optical / 1e-2, density, atol=2e-2, rtol=2e-2)
    assert torch.equal(colour, same)
    facing = (directions * points).sum(-1) < 0
    assert float(density[~facing].abs().max()) < 1e-3  # what is left behind takes no light
    assert float(density[facing].max()) > 5


def test_a_ray_sees_the_sphere_where_it_is_however_few_its_samples() -> None:
    """Light that is left after a step is the ratio of NeuS' Phi at its ends, so steps may be wide."""
    field = sphere(400.0)
    origins = torch.tensor([[0.0, 0.0, -2.0], [0.2, 0.1, -2.0], [0.8, 0.0, -2.0]])
    directions = torch.tensor([0.0, 0.0, 1.0]).expand(3, 3)
    rays = Rays(origins, directions, *meet_box(origins, directions, 1.0))
    samples = step_samples(rays, even_edges(2 * math.sqrt(3), 60).float(), False, Cells(None, 1.0))
    seen = march(field, rays, samples, Thrift())
    torch.testing.assert_close(seen.alpha, torch.tensor([1.0, 1.0, 0.0]), atol=2e-3, rtol=0)
    expected = 2 - (0.25 - origins[:2, :2].square().sum(-1)).sqrt()
    torch.testing.assert_close(seen.distance[:2], expected, atol=0.03, rtol=0)


def test_the_density_without_a_direction_hides_nothing_that_is_seen() -> None:
    """It says what a march may leave out: never more than what rays meet at all but grazing angles."""
    field, points = sphere(50.0), some_points()
    facing = -torch.nn.functional.normalize(points, dim=-1)
    aslant = torch.nn.functional.normalize(facing + 2 * torch.linalg.cross(facing, facing.roll(1, -1)), dim=-1)
    for directions in (facing, aslant):
        assert bool((field.density(points) <= field.query(points, directions)[0] * 1.05 + 1e-4).all())


def test_slopes_are_gathered_where_something_is_learnt() -> None:
    field, points = sphere(), some_points(10)
    rest = points, torch.nn.functional.normalize(points, dim=-1), torch.ones(10)
    with torch.no_grad():
        field.optical(*rest)
    assert field.slopes == []
    field.optical(*rest)
    assert [len(slopes) for slopes in field.slopes] == [10]


def test_weights_gather_at_the_surface_without_bias() -> None:
    """The mean depth of a head-on ray is that of the surface, to a fraction of 1 / s."""
    field = sphere(100.0)
    distances = torch.arange(0, 2.0, 0.002) + 0.001
    points = torch.stack([torch.zeros_like(distances), torch.zeros_like(distances), distances - 1], -1)
    directions = torch.tensor([0.0, 0.0, 1.0]).expand_as(points)
    optical, _ = field.optical(points, directions, torch.full_like(distances, 0.002))
    weights = weights_of(optical.detach()[None])[0]
    assert float((weights * distances).sum()) == pytest.approx(0.5, abs=0.3 / 100)


def test_a_camera_sees_a_disk() -> None:
    camera = Cameras(
        torch.eye(4)[None], torch.tensor([[[20.0, 0, 16], [0, 20, 16], [0, 0, 1]]]), *torch.tensor([[32]] * 2)
    )
    moved = torch.eye(4)
    moved[2, 3] = -2.0
    view = Cameras(moved[None], camera.intrinsics, camera.width, camera.height)
    with torch.no_grad():
        rendering = March(Config("steps", 256, stop=1e-3))(sphere(400.0), view)
    share = float((rendering.alpha > 0.5).float().mean())
    radius = 20 * 0.5 / math.sqrt(2**2 - 0.5**2)
    assert share == pytest.approx(math.pi * radius**2 / 32**2, rel=0.08)
