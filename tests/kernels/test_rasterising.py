"""Rasterised triangles: against rays that are intersected with every triangle, and the C++ twin against its model."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import trimesh
from torch import Tensor

from recon3d import kernels
from recon3d.geometry.transforms import invert_rigid, looking_at
from recon3d.kernels import cpu, reference
from recon3d.kernels.interface import Camera, Rasterised

Rasterise = Callable[..., Rasterised]
BOTH = pytest.mark.parametrize("rasterise", [reference.rasterise, cpu.rasterise], ids=["reference", "cpu"])
pytestmark = pytest.mark.skipif(cpu.instruction_set() is None, reason="the CPU kernels are not built")


def camera_at(centre: tuple[float, float, float], width: int = 61, height: int = 47, focal: float = 55.0) -> Camera:
    """A camera that looks at the origin, skewed, with an off-centre principal point."""
    place = looking_at(torch.tensor(centre), torch.zeros(3), torch.tensor([0.0, 0.0, 1.0]))
    intrinsics = torch.tensor([[focal, 3.0, width / 2 + 1.3], [0, 1.1 * focal, height / 2 - 0.7], [0, 0, 1]])
    return Camera(invert_rigid(place), intrinsics, width, height)


def soup(count: int, size: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Loose triangles around the origin."""
    g = torch.Generator().manual_seed(seed)
    middles = torch.rand(count, 1, 3, generator=g) * 2 - 1
    vertices = (middles + size * torch.randn(count, 3, 3, generator=g)).view(-1, 3)
    return vertices, torch.arange(3 * count).view(-1, 3)


def cast(vertices: Tensor, faces: Tensor, camera: Camera, near: float) -> tuple[Tensor, Tensor, Tensor]:
    """Nearest face and its depth by solving for the ray through every pixel and every triangle; and which pixels are
    so close to an edge, or two faces there so close to each other, that rounding decides."""
    y, x = torch.meshgrid(*(torch.arange(side) + 0.5 for side in (camera.height, camera.width)), indexing="ij")
    pixels = torch.stack([x, y, torch.ones_like(x)], -1).double().view(-1, 3)
    rays = pixels @ torch.linalg.inv(camera.intrinsics.double()).mT
    local = vertices.double() @ camera.camera_from_world[:3, :3].double().mT + camera.camera_from_world[:3, 3].double()
    corners = local[faces].mT  # columns are corners: corners @ weights = depth * ray
    shares = torch.einsum("fkc,pc->pfk", torch.linalg.inv(corners), rays)  # weights / depth
    depth = 1 / shares.sum(-1)
    hit = (shares >= 0).all(-1) & (depth >= near)
    depth = torch.where(hit, depth, math.inf)
    two = depth.topk(2, dim=1, largest=False).values
    unsure = (shares * depth.nan_to_num(posinf=1.0)[..., None]).abs().amin(-1).amin(-1) < 1e-9
    unsure |= (two[:, 1] - two[:, 0]).abs() < 1e-6
    best = depth.min(1)
    face = torch.where(best.values.isfinite(), best.indices, -1)
    shape = (camera.height, camera.width)
    return face.view(shape), best.values.view(shape), unsure.view(shape)


@BOTH
@pytest.mark.parametrize(("count", "size"), [(150, 0.3), (400, 0.05)])
@pytest.mark.parametrize("centre", [(2.5, 1.0, 0.8), (0.3, 0.1, -0.2)])
def test_pixels_show_what_their_rays_meet_first(
    rasterise: Rasterise, count: int, size: float, centre: tuple[float, float, float]
) -> None:
    """From outside, and from amidst the triangles, many of which then reach behind the camera."""
    vertices, faces = soup(count, size)
    camera = camera_at(centre)
    shown = rasterise(vertices, faces, camera, 0.05)
    expected, depth, unsure = cast(vertices, faces, camera, 0.05)
    assert (expected >= 0).sum() > 100
    assert unsure.sum() < 20
    assert torch.equal(shown.faces[~unsure].long(), expected[~unsure])
    seen = (expected >= 0) & ~unsure
    torch.testing.assert_close(shown.depth[seen].double(), depth[seen], rtol=1e-6, atol=0)
    assert torch.all(shown.depth[shown.faces < 0] == 0)
    assert torch.all(shown.weights[shown.faces < 0] == 0)


@BOTH
def test_weights_lead_to_the_point_that_is_seen(rasterise: Rasterise) -> None:
    vertices, faces = soup(200, 0.3)
    camera = camera_at((2.5, 1.0, 0.8))
    shown = rasterise(vertices, faces, camera)
    y, x = torch.nonzero(shown.faces >= 0, as_tuple=True)
    weights = shown.weights[y, x]
    assert float(weights.min()) >= 0
    torch.testing.assert_close(weights.sum(-1), torch.ones(len(weights)))
    points = (vertices[faces[shown.faces[y, x].long()]] * weights[..., None]).sum(1)
    local = points @ camera.camera_from_world[:3, :3].mT + camera.camera_from_world[:3, 3]
    pixels = local @ camera.intrinsics.mT
    torch.testing.assert_close(local[:, 2], shown.depth[y, x], atol=1e-5, rtol=0)
    torch.testing.assert_close(pixels[:, 0] / pixels[:, 2], x + 0.5, atol=2e-3, rtol=0)
    torch.testing.assert_close(pixels[:, 1] / pixels[:, 2], y + 0.5, atol=2e-3, rtol=0)


@pytest.mark.parametrize("size", [(64, 48), (1, 1), (33, 130), (7, 9)])
@pytest.mark.parametrize("triangle", [0.02, 0.2, 2.0])
def test_the_twins_agree_in_every_pixel(size: tuple[int, int], triangle: float) -> None:
    """Both follow the same operations in float64, so nothing is left to rounding."""
    vertices, faces = soup(500, triangle, seed=1)
    camera = camera_at((1.5, 0.4, 0.3), *size)
    fast, slow = cpu.rasterise(vertices, faces, camera), reference.rasterise(vertices, faces, camera)
    assert torch.equal(fast.faces, slow.faces)
    torch.testing.assert_close(fast.depth, slow.depth, rtol=1e-7, atol=0)
    torch.testing.assert_close(fast.weights, slow.weights, rtol=1e-6, atol=1e-7)


def test_small_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from recon3d.kernels.reference import rasterising

    vertices, faces = soup(100, 0.3)
    camera = camera_at((1.5, 0.4, 0.3))
    whole = reference.rasterise(vertices, faces, camera)
    monkeypatch.setattr(rasterising, "PAIRS_AT_ONCE", 777)
    assert torch.equal(whole.faces, reference.rasterise(vertices, faces, camera).faces)


def test_the_best_backend_is_taken() -> None:
    vertices, faces = soup(20, 0.5)
    camera = camera_at((2.0, 0.5, 0.5))
    assert kernels.rasterise(vertices, faces, camera).depth.dtype == torch.float32
    exact = kernels.rasterise(vertices.double(), faces, camera, near=0.01)
    assert exact.depth.dtype == exact.weights.dtype == torch.float64


@BOTH
@pytest.mark.parametrize("seed", range(4))
def test_a_closed_surface_has_no_holes(rasterise: Rasterise, seed: int) -> None:
    """From within a closed surface every pixel shows something, whatever the view."""
    ball = trimesh.creation.icosphere(3)
    g = torch.Generator().manual_seed(seed)
    centre = tuple((torch.rand(3, generator=g) - 0.5).tolist())
    vertices, faces = torch.from_numpy(ball.vertices).float(), torch.from_numpy(np.array(ball.faces))
    assert torch.all(rasterise(vertices, faces, camera_at(centre, 120, 90)).faces >= 0)


@BOTH
def test_pixel_centres_on_shared_edges_are_not_lost(rasterise: Rasterise) -> None:
    """Squares whose corners, edges and diagonals all run through centres of pixels; corners are not shared, as in a
    mesh that was cut up for a texture."""
    steps = torch.arange(9.0)
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    square = torch.tensor([[0, 0], [1, 0], [1, 1], [0, 0], [1, 1], [0, 1]], dtype=torch.float32)
    places = torch.stack([x, y], -1).view(-1, 1, 2) + square
    vertices = torch.cat([places * 4 - 18 + 0.5, torch.full_like(places[..., :1], 16)], -1).view(-1, 3) / 16 * 3
    intrinsics = torch.tensor([[16.0, 0, 18], [0, 16, 18], [0, 0, 1]])
    shown = rasterise(vertices, torch.arange(len(vertices)).view(-1, 3), Camera(torch.eye(4), intrinsics, 37, 37))
    assert torch.all(shown.faces >= 0)
    assert len(shown.faces.unique()) == 2 * 81


@BOTH
def test_of_faces_at_one_depth_the_first_is_shown(rasterise: Rasterise) -> None:
    corners = torch.tensor([[-1.0, -1, 2], [1, -1, 2], [0, 1, 2]])
    camera = Camera(torch.eye(4), torch.tensor([[20.0, 0, 16], [0, 20, 16], [0, 0, 1]]), 32, 32)
    shown = rasterise(corners, torch.tensor([[0, 1, 2], [0, 1, 2], [0, 2, 1]]), camera)
    assert set(shown.faces.unique().tolist()) == {-1, 0}


@BOTH
def test_faces_through_the_camera_are_cut_at_near(rasterise: Rasterise) -> None:
    """A floor below the camera, from far behind it to far in front."""
    floor = torch.tensor([[-90.0, 1, -50], [90, 1, -50], [90, 1, 50], [-90, 1, 50]])
    camera = Camera(torch.eye(4), torch.tensor([[20.0, 0, 32], [0, 20, 32], [0, 0, 1]]), 64, 64)
    for near in (0.01, 0.9):
        shown = rasterise(floor, torch.tensor([[0, 1, 2], [0, 2, 3]]), camera, near)
        depth = 20 / (torch.arange(64.0) + 0.5 - 32)  # where the rays of a row meet it
        expected = (depth >= near) & (depth <= 50)
        assert expected.sum() == (32 if near == 0.01 else 22)
        assert torch.equal((shown.faces >= 0).all(1), expected)
        assert torch.equal((shown.faces >= 0).any(1), expected)
        torch.testing.assert_close(shown.depth[expected, 5], depth[expected], rtol=1e-5, atol=0)


@BOTH
def test_nothing_behind_the_camera_is_shown(rasterise: Rasterise) -> None:
    vertices, faces = soup(100, 0.3)
    camera = Camera(torch.eye(4), torch.tensor([[20.0, 0, 16], [0, 20, 16], [0, 0, 1]]), 32, 32)
    assert torch.all(rasterise(vertices - torch.tensor([0, 0, 5.0]), faces, camera).faces == -1)
    assert torch.any(rasterise(vertices + torch.tensor([0, 0, 5.0]), faces, camera).faces >= 0)


@BOTH
def test_broken_and_missing_faces_are_left_out(rasterise: Rasterise) -> None:
    vertices, faces = soup(50, 0.3)
    camera = camera_at((2.5, 1.0, 0.8))
    assert torch.all(rasterise(vertices, faces[:0], camera).faces == -1)
    broken = vertices.clone()
    broken[3, 0], broken[7, 2] = math.nan, math.inf
    kept = torch.tensor([i for i in range(50) if i not in (1, 2)])
    shown, expected = rasterise(broken, faces, camera), rasterise(vertices, faces[kept], camera)
    assert torch.equal(shown.depth, expected.depth)
    lines = torch.cat([faces[:, :2], faces[:, 1:2]], 1)  # two corners are one
    assert torch.all(rasterise(vertices, lines, camera).faces == -1)


def test_corners_that_do_not_exist_are_refused() -> None:
    vertices, faces = soup(2, 0.3)
    for wrong in (6, -1):
        with pytest.raises(ValueError, match="refused"):
            cpu.rasterise(vertices, faces.clone().fill_(wrong), camera_at((2.5, 1.0, 0.8)))


@BOTH
def test_other_cameras_are_refused(rasterise: Rasterise) -> None:
    with pytest.raises(ValueError, match="pinhole"):
        rasterise(*soup(2, 0.3), camera_at((2.5, 1.0, 0.8))._replace(projection="fisheye"))


def test_threads_do_not_change_a_bit() -> None:
    vertices, faces = soup(3000, 0.2)
    camera = camera_at((1.5, 0.4, 0.3), 200, 150)
    shown = []
    for threads in (1, 2, 5):
        cpu.set_threads(threads)
        shown.append(cpu.rasterise(vertices, faces, camera))
    cpu.set_threads(cpu.default_threads())
    for other in shown[1:]:
        assert all(torch.equal(a, b) for a, b in zip(shown[0], other, strict=True))
