"""Surfaces from depth maps that are known exactly."""

from __future__ import annotations

import exact_depth
import pytest
import torch
import trimesh
from exact_depth import DISTANCE, FOCAL, around, ball, box, maps_of, to_box
from torch import Tensor

from recon3d.errors import BadInput, OutOfResources
from recon3d.meshing import tsdf
from recon3d.meshing.blocks import VOXELS, Blocks, Grid, blocks_around, coordinates_of, keys_of
from recon3d.meshing.depth_maps import EMPTY, depth_map, planes_of
from recon3d.meshing.solids import made_solid, report_of
from recon3d.meshing.tsdf import BYTES_PER_VOXEL, Config, Tsdf
from recon3d.types import Mesh

PIXEL = (DISTANCE - 0.8) / FOCAL
"""About the width of a pixel, and of a voxel, where it meets the ball or the box."""


def silent(line: str) -> None:
    raise AssertionError(line)


def meshed(maps: list, config: Config = Config(voxel=1.0), closed: bool = False) -> Mesh:  # noqa: B008 (immutable)
    return Tsdf(config)(maps, silent, closed)


def solid(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices.numpy(), mesh.faces.numpy(), process=False)


@pytest.fixture(scope="module")
def round_mesh() -> Mesh:
    return meshed(maps_of(ball))


def test_a_ball_is_found_to_a_tenth_of_a_voxel(round_mesh: Mesh) -> None:
    off = (round_mesh.vertices.norm(dim=-1) - 1).abs()
    assert float(off.mean()) < 0.02 * PIXEL
    assert float(off.max()) < 0.1 * PIXEL


def test_it_is_closed_across_blocks_and_bricks_and_faces_outwards(round_mesh: Mesh) -> None:
    assert str(report_of(round_mesh)) == "1 piece, a watertight solid"
    assert len(round_mesh.vertices.unique(dim=0)) == len(round_mesh.vertices)
    assert solid(round_mesh).volume == pytest.approx(4 / 3 * torch.pi, rel=1e-3)
    assert float((round_mesh.vertices.amax(0) - round_mesh.vertices.amin(0)).min()) > 66 * PIXEL  # more than a brick


def test_a_box_is_found_and_its_edges_are_hardly_cut() -> None:
    mesh = meshed(maps_of(box), closed=True)
    off = to_box(mesh.vertices)
    assert float(off.quantile(0.8)) < 0.1 * PIXEL
    assert float(off.max()) < 1.5 * PIXEL
    assert report_of(mesh).watertight
    reach = mesh.vertices.abs().amax(0).double() - exact_depth.BOX
    assert float(reach.abs().max()) < 1.5 * PIXEL


def test_a_plate_a_few_voxels_thick_keeps_both_sides() -> None:
    half = torch.tensor([0.8, 0.8, 3.0 * PIXEL], dtype=torch.float64)
    mesh = meshed(maps_of(lambda o, d: box(o, d, half), around(elevations=(-80.0, 80.0))))
    assert float(to_box(mesh.vertices, half).mean()) < 0.25 * PIXEL
    middle = mesh.vertices[mesh.vertices[:, :2].norm(dim=-1) < 0.5, 2]
    for side in (-1, 1):
        assert float((middle[side * middle > 0] - side * half[2]).abs().max()) < 0.5 * PIXEL
        assert int((side * middle > 0).sum()) > 1000


def test_outlines_of_what_is_near_do_not_cut_into_it() -> None:
    """A ball before a wall: pixels just beside the ball show the wall, and must not free what is within the ball."""

    def scene(origins: Tensor, directions: Tensor) -> Tensor:
        return ball(origins, directions).minimum((-1.5 - origins[:, 2]) / directions[:, 2])

    mesh = meshed(maps_of(scene, around(elevations=(30.0, 80.0))))
    top = mesh.vertices[mesh.vertices[:, 2] > 0.2]
    assert len(top) > 5000
    assert float((top.norm(dim=-1) - 1).abs().max()) < 0.25 * PIXEL
    wall = mesh.vertices[mesh.vertices[:, 2] < -1.2]
    assert len(wall) > 5000
    assert float((wall[:, 2] + 1.5).abs().quantile(0.99)) < 0.1 * PIXEL


def test_a_surface_counts_only_where_enough_is_known() -> None:
    maps = maps_of(ball, around(8))
    loose, strict = (meshed(maps, Config(voxel=1.0, least_views=least)) for least in (0.5, 1.5))
    assert 0 < len(strict.faces) < 0.8 * len(loose.faces)
    with pytest.raises(BadInput, match="too few cameras"):
        meshed(maps, Config(voxel=1.0, least_views=8.0))


def test_what_no_camera_saw_is_filled_where_that_is_asked_for() -> None:
    """Six cameras above a box that they see nothing of from below."""
    maps = maps_of(box, around(6, (50.0, 60.0)))
    assert not report_of(meshed(maps)).watertight
    closed = meshed(maps, closed=True)
    assert report_of(closed).watertight
    assert report_of(made_solid(closed)).watertight
    top = closed.vertices[closed.vertices[:, 2] > exact_depth.BOX[2] - 0.5 * PIXEL]
    assert len(top) > 1000
    assert float(closed.vertices[:, 2].min()) < -exact_depth.BOX[2]  # the shadow below it belongs to it
    inside = to_box(closed.vertices)[(closed.vertices.double().abs() < exact_depth.BOX - 2 * PIXEL).all(-1)]
    assert len(inside) == 0


def test_filling_changes_nothing_where_everything_was_seen(round_mesh: Mesh) -> None:
    closed = meshed(maps_of(ball), closed=True)
    assert abs(len(closed.faces) - len(round_mesh.faces)) < 20
    assert float((closed.vertices.norm(dim=-1) - 1).abs().max()) < 0.1 * PIXEL


@pytest.mark.parametrize("memory", [3, 12])
def test_voxels_grow_until_they_fit_into_the_memory(memory: int) -> None:
    said: list[str] = []
    method = Tsdf(Config(voxel=1.0, memory=memory))
    grid, blocks = method.planned(maps_of(ball), said.append)
    assert 0.5 * memory * 1e6 < len(blocks) * VOXELS * BYTES_PER_VOXEL <= memory * 1e6
    assert len(said) == 1
    assert f"{memory} MB" in said[0]
    mesh = Tsdf(Config(voxel=1.0, memory=memory))(maps_of(ball), said.append)
    assert float((mesh.vertices.norm(dim=-1) - 1).abs().max()) < 0.5 * grid.side


def test_no_memory_at_all_is_said() -> None:
    with pytest.raises(OutOfResources, match="memory"):
        Tsdf(Config(memory=0))(maps_of(ball), silent)


def test_seeing_nothing_is_said() -> None:
    with pytest.raises(BadInput, match="nothing that is opaque"):
        meshed(maps_of(lambda origins, directions: torch.full_like(origins[:, 0], torch.inf)))


def test_what_is_far_beyond_is_left_out() -> None:
    maps = maps_of(ball)
    for view in maps:
        view.depth[:12][view.depth[:12] == EMPTY] = 90.0
    mesh = meshed(maps)
    assert float((mesh.vertices.norm(dim=-1) - 1).abs().max()) < 0.1 * PIXEL
    assert report_of(mesh).watertight


def test_pixels_say_what_is_known_of_them() -> None:
    camera = around(1)
    depth, alpha = torch.full((exact_depth.SIDE,) * 2, 3.0), torch.ones((exact_depth.SIDE,) * 2)
    alpha[:40], alpha[40:80] = 0.02, 0.3
    mask = torch.ones_like(alpha, dtype=torch.bool)
    mask[:, :60] = False
    found = depth_map(camera, depth, alpha, mask).depth
    assert bool((found[:, :60] == 0).all())
    assert bool((found[:40, 60:] == EMPTY).all())
    assert bool((found[40:80, 60:] == 0).all())
    assert bool((found[80:, 60:] == 3).all())


def test_planes_have_the_distances_of_the_surface() -> None:
    view = maps_of(ball, around(1))[0]
    planes = planes_of(view, 0.1, 3)
    origins, directions = view.camera.rays()
    counts = (planes.weight > 0) & view.known
    assert int(counts.sum()) > 2000
    local = directions @ view.camera.world_from_camera[0, :3, :3]
    before = ((local[0] * (0.99 * view.depth[..., None])) * planes.normal).sum(-1) - planes.offset
    points = origins[0] + 0.99 * view.depth[..., None] * directions[0]
    true = points.norm(dim=-1) - 1
    assert float((before - true)[counts].abs().max()) < 0.1 * PIXEL
    free = planes.offset == -torch.inf
    assert torch.equal(free, view.depth == EMPTY)
    weights = planes.weight[free].unique()
    assert len(weights) == 2
    assert float(weights[0]) < 0.01 < float(weights[1])


def test_keys_and_coordinates_are_each_others_inverse() -> None:
    coordinates = torch.tensor([[0, 0, 0], [-5, 7, 1000], [123456, -99999, -1]])
    assert torch.equal(coordinates_of(keys_of(coordinates)), coordinates)
    blocks = Blocks.at(coordinates)
    assert torch.equal(blocks.coordinates[blocks.rows(coordinates)], coordinates)
    assert blocks.rows(torch.tensor([[1, 1, 1]])).tolist() == [-1]


@pytest.mark.parametrize("margin", [0.0, 1.5, 6.0])
def test_blocks_reach_as_far_as_the_margin(margin: float) -> None:
    generator = torch.Generator().manual_seed(0)
    grid, points = Grid(torch.tensor([0.1, 0.2, 0.3]), 0.05), torch.randn(200, 3, generator=generator)
    blocks = blocks_around([points[:50], points[50:]], grid, margin)
    for shift in torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3):
        reached = grid.coordinates(points + 0.999 * margin * grid.side * shift, 8)
        assert int(blocks.rows(reached).min()) >= 0
    assert len(blocks) < 200 * (2 + margin / 4) ** 3


def test_the_config_is_a_part_of_a_recipe() -> None:
    assert tsdf.__all__ == ["Config", "Tsdf"]
