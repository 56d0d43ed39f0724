"""What sets of latents depend on: nothing but how cameras stand to each other, where that is promised."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from recon3d.encoders.networks.ray_waves import WavesConfig
from recon3d.encoders.networks.set_latents import DecoderConfig
from recon3d.encoders.set_latent import Config, SetLatentEncoder
from recon3d.geometry.rotations import rotation_from_quaternion
from recon3d.renderers.rays import Config as RaysConfig
from recon3d.renderers.rays import Rays
from recon3d.types import Cameras, LightField, SeenRays, Views

SIDE = 16


def network_of(kind: str) -> SetLatentEncoder:
    torch.manual_seed(0)
    waves, decoder = WavesConfig(octaves=4, lowest=-2), DecoderConfig(2, 2, 24, 16)
    sizes = {"stem": 4, "halvings": 2, "rows": 4, "columns": 4, "width": 16, "layers": 2, "heads": 2, "hidden": 24}
    return SetLatentEncoder(Config(kind, SIDE, waves=waves, decoder=decoder, **sizes)).double().requires_grad_(False)


def context() -> Views:
    torch.manual_seed(1)
    centres = torch.tensor([[2.5, 0.2, 0.3], [-1.0, 2.3, 0.5], [0.5, -2.6, 0.9]]).double()
    return Views(Cameras.facing_origin(centres, 1.2).resized(SIDE, SIDE), torch.rand(3, SIDE, SIDE, 3).double())


def colours(network: SetLatentEncoder, views: Views, cameras: Cameras) -> Tensor:
    return Rays(RaysConfig(rays_at_once=100))(network(views), cameras).colour


def moved() -> Tensor:
    """A rigid motion of the world."""
    matrix = torch.eye(4).double()
    matrix[:3, :3] = rotation_from_quaternion(torch.tensor([0.8, 0.3, -0.4, 0.33]).double())
    matrix[:3, 3] = torch.tensor([0.7, -1.2, 0.4])
    return matrix


@pytest.mark.parametrize(("kind", "bound"), [("repast", 1e-9), ("srt", None), ("isrt", None)])
def test_a_rigid_motion_changes_nothing_for_relative_poses_alone(kind: str, bound: float | None) -> None:
    """Shifts change nothing for any of them: what all cameras look at is the origin of the network's world."""
    network, views = network_of(kind), context()
    target = Cameras.facing_origin(torch.tensor([[1.5, 1.8, 0.6]]).double(), 1.2).resized(9, 7)
    before = colours(network, views, target)
    assert float(before.std()) > 1e-3
    after = colours(network, dataclasses.replace(views, cameras=views.cameras.moved(moved())), target.moved(moved()))
    change = float((after - before).abs().max())
    assert change < bound if bound else change > 1e-4


@pytest.mark.parametrize(("kind", "invariant"), [("repast", True), ("isrt", True), ("srt", False)])
def test_the_order_of_views(kind: str, invariant: bool) -> None:
    network, views = network_of(kind), context()
    target = Cameras.facing_origin(torch.tensor([[1.5, 1.8, 0.6]]).double(), 1.2).resized(8, 8)
    difference = (colours(network, views[[2, 0, 1]], target) - colours(network, views, target)).abs().max()
    assert (float(difference) < 1e-9) is invariant


def test_scenes_do_not_see_each_other() -> None:
    network, views = network_of("repast"), context()
    other = dataclasses.replace(views, images=views.images.flip(0))
    target = views.cameras[0]
    together = [Rays(RaysConfig())(made, target).colour for made in network.each([views, other])]
    torch.testing.assert_close(together[1], colours(network, other, target))


@dataclasses.dataclass(frozen=True)
class Wall:
    """A wall at x = 0, as dark as it is low."""

    knows_depth: bool

    def see(self, origins: Tensor, directions: Tensor) -> SeenRays:
        distance = -origins[:, 0] / directions[:, 0]
        height = (origins + distance[:, None] * directions)[:, 2:]
        return SeenRays((0.5 + height).expand(-1, 3), distance if self.knows_depth else None)


def test_a_light_field_is_asked_ray_by_ray() -> None:
    cameras = Cameras.facing_origin(torch.tensor([[3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]), 1.0).resized(6, 4)
    assert isinstance(Wall(True), LightField)
    seen = Rays(RaysConfig(rays_at_once=7))(Wall(True), cameras, depth=True)
    torch.testing.assert_close(seen.depth, torch.tensor([3.0, 2.0])[:, None, None].expand(2, 4, 6))
    assert bool((seen.alpha == 1).all())
    rows = seen.colour[0, :, 0, 0]
    assert rows.tolist() == pytest.approx([0.5 + 3 * (1.5 - k) / 4 for k in range(4)])
    assert Rays(RaysConfig())(Wall(False), cameras, depth=True).depth is None
