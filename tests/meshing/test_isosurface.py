"""Surfaces from fields: the same as from a dense grid, for a fraction of the questions."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import trimesh
from torch import Tensor

from recon3d.errors import BadInput
from recon3d.meshing.isosurface import Config, filled_grid, marched_cubes

HALF = 0.87


def sphere(points: Tensor) -> Tensor:
    return 0.6 - points.norm(dim=-1)


def ring(points: Tensor) -> Tensor:
    """A torus whose tube is thinner than a cell of the first grid."""
    return 0.02 - torch.hypot(points[:, :2].norm(dim=-1) - 0.6, points[:, 2])


def plate(points: Tensor) -> Tensor:
    """Thinner than two cells of the finest grid."""
    return 0.006 - torch.maximum(points[:, 2].abs(), points[:, :2].norm(dim=-1) - 0.5)


def specks(points: Tensor) -> Tensor:
    """Small balls where no node of the first grid is."""
    centres = torch.tensor([[0.313, 0.207, -0.111], [-0.42, 0.55, 0.287], [0.05, -0.333, 0.66]])
    return 0.03 - torch.cdist(points, centres).amin(-1)


def dense(field: Callable[[Tensor], Tensor], config: Config) -> Tensor:
    axis = torch.arange(config.resolution) * (2 * HALF / (config.resolution - 1)) - HALF
    axis = axis.clamp_max(HALF)
    return torch.stack(
        [field(torch.stack(torch.meshgrid(x[None], axis, axis, indexing="ij"), -1).view(-1, 3)) for x in axis]
    ).view(config.resolution, config.resolution, config.resolution)


def crossed(values: Tensor) -> list[Tensor]:
    """Edges of the grid that the surface crosses, along every axis."""
    inside = values > 0
    return [inside.narrow(a, 0, len(values) - 1) != inside.narrow(a, 1, len(values) - 1) for a in range(3)]


@pytest.mark.parametrize("field", [sphere, ring, plate, specks])
@pytest.mark.parametrize("resolution", [101, 129])
def test_no_crossed_edge_is_missed(field: Callable[[Tensor], Tensor], resolution: int) -> None:
    config = Config(resolution=resolution, points_at_once=5000)
    whole, grid = dense(field, config), filled_grid(field, HALF, 0.0, config)
    for ours, theirs in zip(crossed(grid.values), crossed(whole), strict=True):
        assert int(theirs.sum()) > 20
        assert torch.equal(ours, theirs)
    assert grid.queries * 4 < whole.numel()


def test_values_at_crossed_edges_are_the_fields_own() -> None:
    config = Config(resolution=65, coarsest=9)
    grid, whole = filled_grid(sphere, HALF, 0.0, config), dense(sphere, config)
    edges = crossed(whole)[0]
    torch.testing.assert_close(grid.values[:-1][edges], whole[:-1][edges], atol=1e-6, rtol=0)
    torch.testing.assert_close(grid.values[1:][edges], whole[1:][edges], atol=1e-6, rtol=0)


def test_every_node_is_asked_for_at_most_once() -> None:
    asked: list[Tensor] = []

    def field(points: Tensor) -> Tensor:
        asked.append(points)
        return sphere(points)

    grid = filled_grid(field, HALF, 0.0, Config(resolution=65, coarsest=9))
    points = torch.cat(asked)
    assert len(points) == grid.queries == len(points.unique(dim=0))
    assert float(points.abs().max()) == pytest.approx(HALF)


def test_the_mesh_lies_on_the_surface_and_faces_outwards() -> None:
    mesh = marched_cubes(filled_grid(sphere, HALF, 0.0, Config(resolution=80)).values, 0.0, HALF)
    assert float((mesh.vertices.norm(dim=-1) - 0.6).abs().max()) < 1e-3
    corners = mesh.vertices[mesh.faces].double()
    volume = float((corners[:, 0] * torch.linalg.cross(corners[:, 1], corners[:, 2])).sum() / 6)
    assert volume == pytest.approx(4 / 3 * math.pi * 0.6**3, rel=0.01)


@pytest.mark.parametrize(("shift", "said"), [(-9.0, "below the level everywhere"), (9.0, "above the level everywhere")])
def test_no_surface_is_said(shift: float, said: str) -> None:
    grid = filled_grid(lambda p: sphere(p) + shift, HALF, 0.0, Config(resolution=40))
    with pytest.raises(BadInput, match=said):
        marched_cubes(grid.values, 0.0, HALF)


def test_surfaces_that_reach_the_box_end_at_its_sides() -> None:
    """A ball larger than its box: what is left is closed, and as large as it should be."""
    values = filled_grid(lambda p: 1.0 - p.norm(dim=-1), HALF, 0.0, Config(resolution=65)).values
    mesh = marched_cubes(values, 0.0, HALF)
    solid = trimesh.Trimesh(mesh.vertices.double().numpy(), mesh.faces.numpy(), process=False)
    assert solid.is_watertight
    assert HALF < float(mesh.vertices.abs().max()) < HALF + 1e-3
    cap = 1.0 - HALF
    assert solid.volume == pytest.approx(4 / 3 * math.pi - 6 * math.pi * cap**2 * (3 - cap) / 3, rel=0.01)


def test_only_the_block_with_the_surface_is_marched_through() -> None:
    """Wherever in the grid it is."""
    for centre in ((-0.6, 0.3, 0.0), (0.7, -0.7, 0.65)):
        place = torch.tensor(centre)
        values = filled_grid(lambda p, c=place: 0.15 - (p - c).norm(dim=-1), HALF, 0.0, Config(resolution=65)).values
        mesh = marched_cubes(values, 0.0, HALF)
        assert float(((mesh.vertices - place).norm(dim=-1) - 0.15).abs().max()) < 5e-3
