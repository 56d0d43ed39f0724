"""NeRF against numbers of the public reference implementation: encodings, networks, compositing, importance samples."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from parity import Fixture
from torch import Tensor

from recon3d.io.weights import read_weights
from recon3d.renderers.marching.hierarchical import hierarchical_march
from recon3d.renderers.marching.importance import Draws, drawn
from recon3d.renderers.marching.rays import Marched, Rays, composited, stratified, weights_of
from recon3d.representations.nerf import CoarseAndFine
from recon3d.representations.nerf_network import NetworkConfig, encoded
from recon3d.types import Cameras

BEYOND = 1e10


@pytest.fixture(scope="module")
def fixture(shared: Path) -> Fixture:
    return Fixture(shared, "nerf", torch.float64)


@pytest.fixture(scope="module")
def fields(fixture: Fixture) -> CoarseAndFine:
    s = fixture.settings
    (skip,) = s["skips"]
    config = NetworkConfig(s["W"], s["D"], skip, s["multires"], s["multires_views"])
    return CoarseAndFine.of({name: tensor.double() for name, tensor in fixture.weights().items()}, config, s["far"])


def rays(fixture: Fixture) -> Rays:
    """Of our camera: there, pixels have their centres at whole numbers, cameras look along -z, and y is up."""
    s, world_from_camera = fixture.settings, fixture["c2w"] @ torch.diag(torch.tensor([1.0, -1, -1, 1]).double())
    height, width = s["image"]
    lens = [[s["focal"], 0, width / 2 + 0.5], [0, s["focal"], height / 2 + 0.5], [0, 0, 1]]
    camera = Cameras(
        world_from_camera[None], torch.tensor([lens]).double(), *(torch.tensor([n]) for n in (width, height))
    )
    chosen = fixture["pixel_index"].long()
    origins, directions = (part.flatten(0, 2)[chosen] for part in camera.rays())
    near, far = (origins.new_full((len(origins),), float(s[name])) for name in ("near", "far"))
    return Rays(origins, directions, near, far)


def over_white(seen: Marched) -> Tensor:
    return seen.colour + (1 - seen.alpha[:, None])


def test_all_weights_have_a_place(fixture: Fixture, fields: CoarseAndFine) -> None:
    names = {
        f"{n}.{key}" for n in ("network_fn_state_dict", "network_fine_state_dict") for key in fields.fine.parameters
    }
    assert names == set(fixture.weights())


def test_a_published_checkpoint_is_read(fixture: Fixture, tmp_path: Path) -> None:
    """Two dictionaries among other things, in torch's own format."""
    networks: dict[str, dict[str, Tensor]] = {}
    for key, tensor in fixture.weights().items():
        network, _, name = key.partition(".")
        networks.setdefault(network, {})[name] = tensor
    optimizer = {"state": {0: {"step": 3}}, "param_groups": [{"lr": 5e-4}]}
    torch.save({"global_step": 3, **networks, "optimizer_state_dict": optimizer}, tmp_path / "000003.tar")
    read = read_weights(tmp_path / "000003.tar").tensors
    assert read.keys() == fixture.weights().keys()
    assert all(torch.equal(read[key], tensor) for key, tensor in fixture.weights().items())


def test_rays(fixture: Fixture) -> None:
    bundle = rays(fixture)
    fixture.check("rays_o", bundle.origins)
    fixture.check("rays_d", bundle.directions)


def test_encodings(fixture: Fixture, fields: CoarseAndFine) -> None:
    config = fields.fine.config
    fixture.check("encoded_points", encoded(fixture["points"], config.octaves))
    fixture.check("encoded_dirs", encoded(fixture["view_dirs"], config.direction_octaves))


def test_networks(fixture: Fixture, fields: CoarseAndFine) -> None:
    fixture.check("mlp_out_coarse", fields.coarse.raw(fixture["points"], fixture["view_dirs"]))
    fixture.check("mlp_out_fine", fields.fine.raw(fixture["points"], fixture["view_dirs"]))


def test_compositing(fixture: Fixture) -> None:
    raw, distances = fixture["given_raw"], fixture["given_z"]
    steps = torch.cat([distances.diff(dim=1), torch.full_like(distances[:, :1], BEYOND)], 1)
    optical = torch.relu(raw[..., 3]) * steps * fixture["given_dirs"].norm(dim=-1, keepdim=True)
    fixture.check("given_weights", weights_of(optical))
    seen = composited(optical, torch.sigmoid(raw[..., :3]), distances)
    fixture.check("given_acc", seen.alpha)
    fixture.check("given_depth", seen.distance * seen.alpha)
    fixture.check("given_disparity", 1 / seen.distance)
    white = seen if fixture.settings["white_bkgd"] else Marched(seen.colour, torch.ones_like(seen.alpha), seen.distance)
    fixture.check("given_rgb", over_white(white))


def test_importance_samples(fixture: Fixture) -> None:
    distances, weights = fixture["given_z"], fixture["given_weights"]
    middles = (distances[:, :-1] + distances[:, 1:]) / 2
    count = len(distances)
    fixture.check("given_importance", drawn(weights[:, 1:-1], middles, fixture["u_fine"][:count]))
    even = torch.linspace(0, 1, fixture.settings["N_importance"], dtype=torch.float64).expand(count, -1)
    fixture.check("given_importance_det", drawn(weights[:, 1:-1], middles, even))


def test_a_march_with_given_draws(fixture: Fixture, fields: CoarseAndFine) -> None:
    draws = Draws(fixture["t_rand"], fixture["u_fine"])
    fixture.check("rnd_z_coarse", stratified(rays(fixture), draws.coarse))
    fine, coarse = hierarchical_march(fields, rays(fixture), draws)
    fixture.check("rnd_rgb_coarse", over_white(coarse))
    fixture.check("rnd_rgb", over_white(fine))
    fixture.check("rnd_acc", fine.alpha)
    fixture.check("rnd_disparity", 1 / fine.distance)


def test_a_march_without_chance(fixture: Fixture, fields: CoarseAndFine) -> None:
    """Coarse samples at even distances, which draws of chance never are: what is seen there is composited by hand."""
    s, bundle = fixture.settings, rays(fixture)
    even = torch.linspace(0, 1, s["N_samples"], dtype=torch.float64)
    distances = bundle.near[:, None] * (1 - even) + bundle.far[:, None] * even
    share = torch.linspace(0, 1, s["N_importance"], dtype=torch.float64).expand(len(distances), -1)
    middle = torch.full_like(distances, 0.5)
    middle[:, 0], middle[:, -1] = 0, 1  # the ends of the first and of the last stretch are the even distances
    torch.testing.assert_close(stratified(bundle, middle), distances)
    fine, coarse = hierarchical_march(fields, bundle, Draws(middle, share))
    fixture.check("det_rgb_coarse", over_white(coarse))
    fixture.check("det_rgb", over_white(fine))
    fixture.check("det_acc", fine.alpha)
    fixture.check("det_disparity", 1 / fine.distance)
