"""Laws of the nouns."""

from __future__ import annotations

import pytest
import torch

from recon3d.geometry import rotations, transforms
from recon3d.renderers.splat import Config, Splat
from recon3d.types import Cameras, Gaussians, Rendering, Views


def make_cameras(count: int = 2, lens: str = "pinhole") -> Cameras:
    g = torch.Generator().manual_seed(0)
    world_from_camera = torch.eye(4, dtype=torch.float64).repeat(count, 1, 1)
    turn = torch.cat([torch.ones(count, 1), 0.2 * torch.randn(count, 3, generator=g)], -1).double()
    world_from_camera[:, :3, :3] = rotations.rotation_from_quaternion(turn)
    world_from_camera[:, :3, 3] = torch.randn(count, 3, generator=g).double()
    intrinsics = torch.tensor([[40.0, 0, 15], [0, 42, 11], [0, 0, 1]]).double().repeat(count, 1, 1)
    distortion = None
    if lens != "pinhole":
        distortion = torch.tensor([[0.1, -0.02, 0.001, 0.002, 0, 0, 0, 0]]).double().repeat(count, 1)
    return Cameras(world_from_camera, intrinsics, torch.full((count,), 32), torch.full((count,), 24), lens, distortion)


@pytest.mark.parametrize("lens", ["pinhole", "opencv"])
def test_rays_meet_what_project_sees(lens: str) -> None:
    """origin + depth * direction projects to the pixel's centre, at that depth."""
    cameras = make_cameras(2, lens)
    origins, directions = cameras.rays()
    pixels, depths = cameras[1].project((origins[1] + 3.5 * directions[1]).reshape(-1, 3))
    x, y = torch.meshgrid(torch.arange(32) + 0.5, torch.arange(24) + 0.5, indexing="xy")
    assert torch.allclose(pixels[0], torch.stack([x, y], -1).reshape(-1, 2).double(), atol=1e-6)
    assert torch.allclose(depths, torch.tensor(3.5).double())


@pytest.mark.parametrize("lens", ["pinhole", "opencv"])
def test_unproject_inverts_project(lens: str) -> None:
    cameras = make_cameras(3, lens)
    pixels = torch.rand(3, 10, 2).double() * 20
    depths = 1 + torch.rand(3, 10).double()
    for i in range(3):
        points = cameras.unproject(pixels, depths)[i]
        again, depth = cameras[i].project(points)
        assert torch.allclose(again[0], pixels[i], atol=1e-6)
        assert torch.allclose(depth[0], depths[i])


def test_resizing_and_cropping_keep_the_picture() -> None:
    camera, points = make_cameras(1), torch.tensor([[0.1, 0.2, 4.0]]).double()
    pixel = camera.project(points)[0][0, 0]
    assert torch.allclose(camera.resized(16, 12).project(points)[0][0, 0], pixel / 2)
    assert torch.allclose(camera.cropped(3, 5, 20, 10).project(points)[0][0, 0], pixel - torch.tensor([3.0, 5.0]))


def test_moving_the_world_moves_nothing_in_the_picture() -> None:
    cameras, points = make_cameras(2), torch.randn(6, 3).double() + torch.tensor([0.0, 0, 8])
    similarity = torch.eye(4).double()
    similarity[:3, :3] = 2.5 * rotations.rotation_from_quaternion(torch.tensor([0.5, 0.1, -0.7, 0.3]).double())
    similarity[:3, 3] = torch.tensor([3.0, -1, 10])
    pixels, depths = cameras.project(points)
    moved_pixels, moved_depths = cameras.moved(similarity).project(transforms.transform_points(similarity, points))
    assert torch.allclose(moved_pixels, pixels)
    assert torch.allclose(moved_depths, 2.5 * depths)


def test_moving_gaussians_and_cameras_together_keeps_the_rendering() -> None:
    g = torch.Generator().manual_seed(1)
    gaussians = Gaussians(
        torch.randn(50, 3, generator=g) + torch.tensor([0.0, 0, 5]),
        torch.randn(50, 4, generator=g),
        0.05 + 0.3 * torch.rand(50, 3, generator=g),
        torch.rand(50, generator=g) * 0.9 + 0.05,
        torch.randn(50, 1, 3, generator=g),
    )
    cameras = make_cameras(2).to("cpu", torch.float32)
    similarity = torch.eye(4)
    similarity[:3, :3] = 1.7 * rotations.rotation_from_quaternion(torch.tensor([0.9, 0.3, -0.2, 0.1]))
    similarity[:3, 3] = torch.tensor([1.0, 2, -3])
    before = Splat(Config())(gaussians, cameras)
    after = Splat(Config(near=0.017))(gaussians.moved(similarity), cameras.moved(similarity))
    assert torch.allclose(after.colour, before.colour, atol=1e-4)
    directed = Gaussians(
        *(getattr(gaussians, n) for n in ("means", "quaternions", "scales", "opacities")), torch.zeros(50, 4, 3)
    )
    with pytest.raises(ValueError, match="spherical harmonics"):
        directed.moved(similarity)


def test_cameras_of_different_sizes_have_no_common_size() -> None:
    a, b = make_cameras(1), make_cameras(1).resized(16, 12)
    both = Cameras.stack([a, b])
    assert [camera.size for camera in both] == [(32, 24), (16, 12)]
    with pytest.raises(ValueError, match="no common"):
        _ = both.size


def test_indexing_keeps_the_leading_axis() -> None:
    cameras = make_cameras(4)
    assert len(cameras[2]) == 1
    assert len(cameras[1:3]) == 2
    assert torch.equal(cameras[[3, 0]].centres, cameras.centres[[3, 0]])
    assert sum(1 for _ in cameras) == 4


def test_over_a_background() -> None:
    rendering = Rendering(torch.full((1, 2, 2, 3), 0.25), torch.full((1, 2, 2), 0.5))
    assert torch.allclose(rendering.over(torch.ones(3)), torch.tensor(0.75))


def test_stacked_views_come_apart_again() -> None:
    cameras = make_cameras(3)
    width, height = cameras.size
    alpha = torch.rand(3, height, width)
    views = Views(cameras, torch.rand(3, height, width, 3), alpha, depth=3 * alpha)
    apart = [views[0], views[1:]]
    assert [len(part) for part in apart] == [1, 2]
    again = Views.stack(apart)
    assert torch.equal(again.images, views.images)
    assert torch.equal(again.alpha, alpha)
    assert torch.equal(again.depth, 3 * alpha)
    assert again.masks is None
    assert torch.equal(again.cameras.world_from_camera, cameras.world_from_camera)
    assert len(list(views)) == 3


def test_files_have_colours_without_alpha() -> None:
    camera = Cameras(torch.eye(4)[None], torch.eye(3)[None], torch.tensor([2]), torch.tensor([1]))
    alpha = torch.tensor([[[0.25, 0.0]]])
    views = Views(camera, torch.tensor([0.8, 0.4, 0.0]) * alpha[..., None], alpha)
    torch.testing.assert_close(views.straight()[0, 0], torch.tensor([[0.8, 0.4, 0.0, 0.25], [0.0, 0.0, 0.0, 0.0]]))
    torch.testing.assert_close(Views(camera, views.images).straight(), views.images)
