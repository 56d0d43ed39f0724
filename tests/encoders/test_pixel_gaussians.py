"""Encoders of several posed pictures: no order of the views matters, nor the frame of their cameras."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from recon3d.encoders.networks.hull import hull_entries
from recon3d.encoders.networks.pixel_splats import SplatsConfig, kept
from recon3d.encoders.networks.posed_pictures import PixelRays, finer, padded, patches, unpatched
from recon3d.encoders.networks.vision_transformer import BlockConfig
from recon3d.encoders.pixel_gaussians import Config, PixelGaussians
from recon3d.encoders.windowed_gaussians import Config as WindowedConfig
from recon3d.encoders.windowed_gaussians import WindowedGaussians
from recon3d.geometry.rotations import rotation_from_quaternion
from recon3d.types import Cameras, Gaussians, Views

BLOCK = BlockConfig(32, 2, 64, norm_epsilon=1e-5)
ANCHORED = SplatsConfig(depth="hull", near=-0.5, far=0.5, rules="anchored")
KINDS = {
    "published": Config(BLOCK, 32, 8, 8, 2, 2, "moment"),
    "grm": WindowedConfig(BLOCK, 32, 8, 8, 1, 0, "moment", splats=SplatsConfig(rules="grm"), window=4, narrowest=16),
    "anchored": Config(BLOCK, 32, 8, 2, 2, 0, "nearest", sweep=3, splats=ANCHORED),
}


def network_of(kind: str) -> PixelGaussians:
    torch.manual_seed(1)
    config = dataclasses.replace(KINDS[kind], faintest=0.0)
    network = WindowedGaussians(config) if isinstance(config, WindowedConfig) else PixelGaussians(config)
    torch.nn.init.normal_(network.head[1].weight, std=0.2)
    return network.requires_grad_(False)


@pytest.fixture(params=list(KINDS))
def network(request: pytest.FixtureRequest) -> PixelGaussians:
    return network_of(request.param)


def ball(side: int = 24, count: int = 4, radius: float = 0.7, height: int | None = None) -> Views:
    """A ball at the origin, seen from all around, a noisy picture of it each."""
    angles = torch.arange(count) * 2 * math.pi / count + 0.3
    heights = torch.linspace(-0.5, 1.2, count)
    centres = torch.stack([2.7 * angles.cos(), 2.7 * angles.sin(), heights], -1)
    cameras = Cameras.facing_origin(centres, 1.3).resized(side, height or side)
    rays = PixelRays.of(cameras)
    away = rays.at(rays.nearest).norm(dim=-1)
    alpha = ((radius - away) * side).clamp(-0.5, 0.5) + 0.5
    generator = torch.Generator().manual_seed(0)
    return Views(cameras, torch.rand(*alpha.shape, 3, generator=generator) * alpha[..., None], alpha)


def rows(gaussians: Gaussians) -> Tensor:
    """All numbers of the Gaussians, in an order of their own."""
    turned = rotation_from_quaternion(gaussians.quaternions).flatten(1)
    fields = (gaussians.means, turned, gaussians.scales, gaussians.opacities[:, None], gaussians.sh.flatten(1))
    table = torch.cat(fields, 1).double()
    # By a projection that no two of them share: rounding cannot exchange neighbours.
    return table[(table @ torch.linspace(1, 2, table.shape[1]).double().cos()).argsort()]


@torch.no_grad()
def test_views_in_another_order_give_the_same_gaussians(network: PixelGaussians) -> None:
    views = ball()
    torch.testing.assert_close(rows(network(views[[2, 0, 3, 1]])), rows(network(views)), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_gaussians_move_with_the_world(network: PixelGaussians) -> None:
    """By any similarity that leaves up what is up."""
    views, turn = ball(), torch.tensor([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    similarity = torch.eye(4)
    similarity[:3, :3], similarity[:3, 3] = 3 * turn, torch.tensor([5.0, -2.0, 0.5])
    moved = network(dataclasses.replace(views, cameras=views.cameras.moved(similarity)))
    expected = network(views)
    assert len(moved) == len(expected)
    # The azimuth of the world is what the network sees, too: it is the frame's only freedom.
    torch.testing.assert_close(moved.means.mean(0), expected.moved(similarity).means.mean(0), atol=0.3, rtol=0)
    shifted = torch.eye(4)
    shifted[:3] = torch.cat([3 * torch.eye(3), torch.tensor([[5.0], [-2.0], [0.5]])], 1)
    there = network(dataclasses.replace(views, cameras=views.cameras.moved(shifted)))
    torch.testing.assert_close(rows(there), rows(expected.moved(shifted)), atol=1e-3, rtol=1e-3)


@torch.no_grad()
def test_scenes_do_not_see_each_other(network: PixelGaussians) -> None:
    one, other = ball(radius=0.7), ball(radius=0.5)
    for together, views in zip(network.each([one, other]), (one, other), strict=True):
        torch.testing.assert_close(together.means, network(views).means, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_pictures_that_patches_do_not_fit_are_filled_up_with_nothing(network: PixelGaussians) -> None:
    views = ball(side=20, height=27)
    filled = padded(views, 8)
    assert filled.cameras.size == (24, 32)
    torch.testing.assert_close(filled.cameras.rays()[1][:, :27, :20], views.cameras.rays()[1])
    made = network(views)
    assert len(made) == int((views.alpha > 0).sum()) + network.config.extra
    opaque = Views(views.cameras, views.images)
    assert len(network(opaque)) == views.images[..., 0].numel() + network.config.extra


@torch.no_grad()
def test_gaussians_begin_as_what_pixels_show() -> None:
    network, views = network_of("anchored"), ball(side=48)
    torch.nn.init.zeros_(network.head[1].weight)
    made = network(views)
    shown = views.alpha > 0
    solid = views.alpha[shown] > 0.99
    torch.testing.assert_close(made.means.norm(dim=-1)[solid], torch.full((int(solid.sum()),), 0.7), atol=0.2, rtol=0)
    colours = 0.5 + made.sh[:, 0] * 0.28209479
    torch.testing.assert_close(colours[solid], views.images[shown][solid], atol=1e-4, rtol=0)
    pixels = made.scales / (made.means - views.cameras.centres.repeat_interleave(shown.flatten(1).sum(1), 0)).norm(
        dim=-1, keepdim=True
    )
    torch.testing.assert_close(pixels * 1.3 * 48, torch.full_like(pixels, 0.6), atol=0.01, rtol=0)


def test_rays_enter_the_hull_of_a_ball() -> None:
    """Many silhouettes leave little more than the ball itself."""
    views = ball(side=64, count=24)
    rays = PixelRays.of(views.cameras)
    entries, nearest = hull_entries(views, rays), rays.nearest
    inner = rays.at(nearest).norm(dim=-1) < 0.5
    truth = nearest - (0.7**2 - rays.at(nearest).norm(dim=-1).square()).clamp_min(0).sqrt()
    assert float((entries - truth)[inner].abs().max()) < 0.12
    assert float((entries - truth)[inner].mean()) < 0.02  # nothing of the ball is outside the hull
    outer = rays.at(nearest).norm(dim=-1) > 0.8
    assert torch.equal(entries[outer], nearest[outer])


def test_without_silhouettes_there_is_no_hull() -> None:
    views = ball()
    rays = PixelRays.of(views.cameras)
    assert torch.equal(hull_entries(Views(views.cameras, views.images), rays), rays.nearest)


def test_patches_hold_their_pixels_row_by_row() -> None:
    pictures = torch.rand(2, 3, 12, 8, 5)
    cut = patches(pictures, 4)
    assert torch.equal(cut[1, 2, 3].reshape(4, 4, 5), pictures[1, 2, 4:8, 4:8])
    assert torch.equal(unpatched(cut, 4, (8, 12)), pictures)
    with pytest.raises(ValueError, match="do not fit into 8x11"):
        patches(pictures[:, :, :11], 4)


def test_what_is_told_of_cells_lies_between_for_pixels() -> None:
    slope = (torch.arange(4) + 0.5).expand(1, 1, 3, 4)[..., None]
    pixels = finer(slope, (8, 6))
    torch.testing.assert_close(pixels[0, 0, 0, 1:-1, 0], (torch.arange(8)[1:-1] + 0.5) / 2)


def test_only_so_many_are_kept_and_the_faint_are_not() -> None:
    opacities = torch.tensor([0.5, 0.001, 0.9, 0.7, 0.2])
    five = Gaussians(
        torch.arange(15.0).reshape(5, 3), torch.ones(5, 4), torch.ones(5, 3), opacities, torch.ones(5, 1, 3)
    )
    assert kept(five, 0.01, 10).opacities.tolist() == pytest.approx([0.5, 0.9, 0.7, 0.2])
    assert kept(five, 0.01, 2).opacities.tolist() == pytest.approx([0.9, 0.7])


def test_gradients_reach_every_weight(network: PixelGaussians) -> None:
    network.requires_grad_(True)
    made = network(ball())
    sum(t.square().sum() for t in (made.means, made.quaternions, made.scales, made.opacities, made.sh)).backward()
    assert all(weight.grad is not None and bool((weight.grad != 0).any()) for weight in network.parameters())


def test_memory_grows_with_pictures_and_holds_the_weights(network: PixelGaussians) -> None:
    few, many = (network.memory(count, (256, 256)) for count in (2, 8))
    assert 4 * sum(weight.numel() for weight in network.parameters()) < few < many
