"""Frustums of cones as Gaussians, what waves they are expected to see, and mirrors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from recon3d.geometry.cones import encoded_gaussians, frustums
from recon3d.geometry.rays import flipped

DIRECTIONS = functional.normalize(torch.tensor([[1.0, 2, -0.5], [0, 0, 1], [-0.3, 0.1, 0.2]]).double(), dim=-1)
ORIGINS = torch.tensor([[0.0, 0, 0], [1, 2, 3], [-1, 0.5, 0]]).double()


def inside(origin: Tensor, direction: Tensor, radius: float, near: float, far: float, count: int) -> Tensor:
    """Points that are spread evenly over a frustum."""
    generator = torch.Generator().manual_seed(2)
    draws = torch.rand(3, count, generator=generator, dtype=torch.float64)
    distance = (near**3 + (far**3 - near**3) * draws[0]) ** (1 / 3)
    off, angle = radius * distance * draws[1].sqrt(), 2 * torch.pi * draws[2]
    one = functional.normalize(torch.linalg.cross(direction, torch.tensor([0.3, -0.5, 0.8]).double()), dim=-1)
    other = torch.linalg.cross(direction, one)
    sideways = angle.cos()[:, None] * one + angle.sin()[:, None] * other
    return origin + distance[:, None] * direction + off[:, None] * sideways


def test_frustums_have_the_mean_and_variance_of_what_is_in_them() -> None:
    radii = torch.tensor([0.02, 0.1, 0.3]).double()
    edges = torch.tensor([[0.5, 0.7, 2.0], [0.0, 0.4, 0.9], [1.0, 1.1, 1.2]]).double()
    means, variances = frustums(ORIGINS, DIRECTIONS, radii, edges)
    for ray in range(3):
        for part in range(2):
            ends = (float(edges[ray, part]), float(edges[ray, part + 1]))
            points = inside(ORIGINS[ray], DIRECTIONS[ray], float(radii[ray]), *ends, 400_000)
            size = ends[1] - ends[0] + float(radii[ray])
            torch.testing.assert_close(means[ray, part], points.mean(0), atol=2e-3 * size, rtol=0)
            torch.testing.assert_close(variances[ray, part], points.var(0), atol=2e-3 * size**2, rtol=0)


def test_lengths_of_directions_are_units_of_distance() -> None:
    radii, edges = torch.tensor([0.02, 0.1, 0.3]).double(), torch.tensor([[1.0, 2, 4]]).double().expand(3, 3)
    expected = frustums(ORIGINS, DIRECTIONS, radii, edges)
    for ours, theirs in zip(frustums(ORIGINS, 2 * DIRECTIONS, 2 * radii, edges / 2), expected, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_expected_waves() -> None:
    """Against the mean over many draws from the Gaussian, and of a point its own waves."""
    means, deviations = torch.tensor([[0.2, -0.4, 0.9]]).double(), torch.tensor([[0.05, 0.2, 0.4]]).double()
    generator = torch.Generator().manual_seed(4)
    draws = means + deviations * torch.randn(400_000, 3, generator=generator, dtype=torch.float64)
    seen = encoded_gaussians(draws, torch.zeros_like(draws), 4)
    torch.testing.assert_close(
        encoded_gaussians(means, deviations**2, 4), seen.mean(0, keepdim=True), atol=5e-3, rtol=0
    )
    phases = torch.cat([draws[:5] * 2**k for k in range(4)], 1)
    torch.testing.assert_close(seen[:5], torch.cat([phases.sin(), phases.cos()], 1))


def test_flipped_twice_is_as_before() -> None:
    generator = torch.Generator().manual_seed(1)
    directions, normals = (torch.randn(100, 3, generator=generator) for _ in range(2))
    normals = functional.normalize(normals, dim=-1)
    once = flipped(directions, normals)
    torch.testing.assert_close(flipped(once, normals), directions, atol=1e-5, rtol=0)
    torch.testing.assert_close(once.norm(dim=-1), directions.norm(dim=-1), atol=1e-5, rtol=0)
    torch.testing.assert_close((once * normals).sum(-1), (directions * normals).sum(-1), atol=1e-5, rtol=0)


def test_a_flipped_ray_is_the_mirror_image_of_a_ray_at_the_plane_across_its_normal() -> None:
    """Where the mirror holds the normal, a viewer's image in it looks at the same point, along the flipped ray."""
    generator = torch.Generator().manual_seed(3)
    normals = functional.normalize(torch.randn(100, 3, generator=generator), dim=-1)
    hits, viewers = torch.randn(100, 3, generator=generator), 3 * torch.randn(100, 3, generator=generator)
    distances = (hits - viewers).norm(dim=-1, keepdim=True)
    directions = (hits - viewers) / distances
    mirrored = flipped(directions, normals)
    images = hits - distances * mirrored
    torch.testing.assert_close(images + distances * mirrored, hits, atol=1e-5, rtol=0)
    height = ((viewers - hits) * normals).sum(-1, keepdim=True) * normals
    across = viewers - hits - height
    torch.testing.assert_close(images - hits, height - across, atol=1e-5, rtol=0)
