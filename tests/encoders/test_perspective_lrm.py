"""The small model's network."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from recon3d.encoders.networks.vision_transformer import BlockConfig
from recon3d.encoders.perspective_lrm import Config, PerspectiveLrm, plane_positions
from recon3d.encoders.photo.inflation import half_thickness
from recon3d.renderers.march import Config as MarchConfig
from recon3d.renderers.march import March
from recon3d.representations.triplane import DecoderConfig
from recon3d.types import Cameras, Views

BLOCK, DECODER = BlockConfig(48, 2, 96), DecoderConfig(8, 2)
SMALL = Config(BLOCK, picture=32, layers=2, side=4, cells=3, channels=2, smoothing=1, decoder=DECODER)


@pytest.fixture
def network() -> PerspectiveLrm:
    torch.manual_seed(5)
    return PerspectiveLrm(SMALL).eval()


def views(count: int, side: int) -> Views:
    alpha = torch.rand(count, side, side)
    camera = PerspectiveLrm.viewpoint().resized(side, side)
    places = camera.world_from_camera.expand(count, 4, 4), camera.intrinsics.expand(count, 3, 3)
    cameras = Cameras(*places, camera.width.expand(count), camera.height.expand(count))
    return Views(cameras, torch.rand(count, side, side, 3) * alpha[..., None], alpha)


def one(several: Views, index: int) -> Views:
    assert several.alpha is not None
    camera = several.cameras[index : index + 1]
    return Views(camera, several.images[index : index + 1], several.alpha[index : index + 1])


@torch.no_grad()
def test_objects_do_not_see_each_other(network: PerspectiveLrm) -> None:
    together = views(3, 32)
    for index, field in enumerate(network.each([one(together, i) for i in range(3)])):
        alone = network(one(together, index))
        torch.testing.assert_close(field.planes, alone.planes, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(field.photo, alone.photo)
        assert field.planes.shape == (3, 2, 12, 12)


@torch.no_grad()
def test_photos_of_any_size(network: PerspectiveLrm) -> None:
    small, large = (network(views(1, side)).photo for side in (32, 77))
    assert small.shape == large.shape == (5, 32, 32)


@torch.no_grad()
def test_smooth_planes_are_means_of_neighbouring_cells(network: PerspectiveLrm) -> None:
    smooth = PerspectiveLrm(dataclasses.replace(SMALL, smoothing=5)).eval()
    smooth.load_state_dict(network.state_dict())
    photos = network.resized(views(2, 32))
    rough, means = network.planes(photos), smooth.planes(photos)
    torch.testing.assert_close(means[1, 2, :, 6, 7], rough[1, 2, :, 4:9, 5:10].mean((1, 2)))
    torch.testing.assert_close(means[0, 1, :, 0, 11], rough[0, 1, :, :3, 9:].mean((1, 2)))  # of those that are there


@torch.no_grad()
def test_the_facing_plane_begins_at_the_photos_patches(network: PerspectiveLrm) -> None:
    """Without any block, a change of one patch changes the facing plane there, and nothing else."""
    network.blocks = torch.nn.ModuleList()
    before = views(1, 32)
    images = before.images.clone()
    images[:, 8:16, 24:32] = 0  # not alpha, which the guessed thickness everywhere may follow from
    changed = (
        network.planes(network.resized(Views(before.cameras, images, before.alpha)))
        != network.planes(network.resized(before))
    )[0].any(1)
    expected = torch.zeros(3, 12, 12, dtype=torch.bool)
    expected[2, 3:6, 9:12] = True
    assert torch.equal(changed, expected)


def test_positions_agree_between_planes() -> None:
    """Tokens at the same photo column share its waves; all tokens differ."""
    table = plane_positions(4, 48)
    assert len(table.flatten(0, 1).unique(dim=0)) == 48
    column = table[0].view(4, 4, 48)[1], table[2].view(4, 4, 48).transpose(0, 1)[1]
    waves = torch.arange(24).view(3, 8)[1]  # of the column: the second of three coordinates
    torch.testing.assert_close(column[0][0, waves], column[1][0, waves])


def test_a_disc_is_taken_for_a_ball_and_a_bar_for_a_cylinder() -> None:
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    from_middle = torch.hypot(rows - 31.5, columns - 31.5)
    disc = half_thickness((from_middle < 20).float())
    expected = (400 - from_middle.square()).clamp_min(0).sqrt() / 64
    assert float((disc - expected).abs()[from_middle < 10].max()) < 0.03
    bar = half_thickness((rows - 31.5).abs().lt(6).float())
    assert 5.5 / 64 < float(bar[31, 32]) < 7 / 64
    assert float(bar[20].max()) == 0


@torch.no_grad()
def test_before_it_learns_it_shows_the_photo() -> None:
    """From where it was taken."""
    torch.manual_seed(1)
    network = PerspectiveLrm(dataclasses.replace(SMALL, decoder=DecoderConfig(8, 2, "silu", "sigmoid", 100.0))).eval()
    rows, columns = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    alpha = (torch.hypot(rows - 15.5, columns - 15.5) < 12).float()[None]
    images = torch.stack([rows / 32, columns / 32, torch.full_like(rows, 0.5)], -1)[None] * alpha[..., None]
    camera = PerspectiveLrm.viewpoint().resized(32, 32)
    seen = March(MarchConfig("steps", 200))(network(Views(camera, images, alpha)), camera)
    assert float((seen.colour - images).abs().mean()) < 0.01
