"""LRM, stage by stage, against numbers computed with its open reimplementation, OpenLRM."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from parity import Fixture
from torch import Tensor

from recon3d.encoders import lrm
from recon3d.encoders.networks.published import adopt
from recon3d.encoders.networks.vision_transformer import VisionTransformerConfig
from recon3d.geometry.rays import meet_box
from recon3d.renderers.marching.importance import Draws
from recon3d.renderers.marching.midpoints import midpoint_march
from recon3d.renderers.marching.rays import Rays
from recon3d.representations.triplane import DecoderConfig, Triplane
from recon3d.types import Cameras, Views


@pytest.fixture(params=[torch.float64, torch.float32], ids=["float64", "float32"])
def fixture(request: pytest.FixtureRequest, shared: Path) -> Iterator[Fixture]:
    with torch.no_grad():
        yield Fixture(shared, "openlrm", request.param)


def model(fixture: Fixture) -> lrm.Lrm:
    s, vit = fixture.settings, fixture.settings["vit"]
    assert vit["interpolate_antialias"]
    assert vit["interpolate_offset"] == 0
    vision = VisionTransformerConfig(
        width=vit["embed_dim"],
        layers=vit["depth"],
        heads=vit["num_heads"],
        hidden=int(vit["embed_dim"] * vit["mlp_ratio"]),
        patch=vit["patch_size"],
        grid=vit["img_size"] // vit["patch_size"],
        registers=vit["num_register_tokens"],
        layer_scale=True,
        norm_epsilon=1e-6,
        positions="antialiased",
    )
    network = lrm.Lrm(
        lrm.Config(
            vision,
            s["image_size"],
            s["camera_embed_dim"],
            s["transformer_dim"],
            s["transformer_layers"],
            s["transformer_heads"],
            s["triplane_low_res"],
            s["triplane_dim"],
            DecoderConfig(layers=3, activation="relu", density="softplus", colour_stretch=0.001, axes="openlrm"),
        )
    )
    adopt(network, fixture.weights(), lrm.PUBLISHED, fixture.folder)
    return network.to(fixture.dtype)


def fields(fixture: Fixture) -> list[Triplane]:
    """One per picture."""
    network = model(fixture)
    tokens = network.backbone(network.vision(fixture["image"]), network.camera(fixture["source_camera"]))
    return network.triplanes(tokens)


def test_every_stage(fixture: Fixture) -> None:
    network = model(fixture)
    pictures = network.vision(fixture["image"])
    fixture.check("image_feats", pictures)
    camera = network.camera(fixture["source_camera"])
    fixture.check("camera_embedding", camera)
    start = network.tokens.expand(len(pictures), -1, -1)
    fixture.check("block0_out", network.blocks[0](start, pictures, camera))
    tokens = network.backbone(pictures, camera)
    fixture.check("transformer_out", tokens)
    fixture.check("planes", torch.stack([field.planes for field in fields(fixture)]))


def test_query(fixture: Fixture) -> None:
    seen = [field.query(points) for field, points in zip(fields(fixture), fixture["query_points"], strict=True)]
    fixture.check("point_sigma", torch.stack([density for density, _ in seen])[..., None])
    fixture.check("point_rgb", torch.stack([colour for _, colour in seen]))


def opencv_cameras(place: Tensor, lens: Tensor, size: int) -> Cameras:
    """Of places with y up, looking along -z, and lenses in shares of the picture."""
    flip = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0])).to(place)
    scale = torch.tensor([size, size, 1.0]).to(lens)
    sizes = torch.full((len(place),), size)
    return Cameras(place @ flip, lens * scale[:, None], sizes, sizes)


def test_camera_numbers_and_the_whole_forward_pass(fixture: Fixture) -> None:
    numbers = fixture["source_camera"]
    place = torch.eye(4, dtype=fixture.dtype).repeat(len(numbers), 1, 1)
    place[:, :3] = numbers[:, :12].unflatten(1, (3, 4))
    lens = torch.eye(3, dtype=fixture.dtype).repeat(len(numbers), 1, 1)
    lens[:, [0, 1, 0, 1], [0, 1, 2, 2]] = numbers[:, 12:]
    cameras = opencv_cameras(place, lens, fixture.settings["image_size"])
    fixture.close(lrm.camera_numbers(cameras), numbers)
    images = fixture["image"].permute(0, 2, 3, 1)
    planes = [model(fixture)(Views(cameras[i], images[i : i + 1])).planes for i in range(len(images))]
    fixture.check("planes", torch.stack(planes))


def test_rays_of_crops(fixture: Fixture) -> None:
    """The reference computes its rays in float32."""
    region, count = fixture.settings["region"], 0
    for i, cameras in enumerate(fixture["render_cameras"]):
        for j, numbers in enumerate(cameras):
            place, lens = numbers[:16].view(1, 4, 4), numbers[16:].view(1, 3, 3)
            whole = opencv_cameras(place, lens, int(fixture["render_resolutions"][i, j]))
            row, column = (int(value) for value in fixture["render_anchors"][i, j])
            origins, directions = whole.cropped(column, row, region, region).rays()
            torch.testing.assert_close(origins.flatten(0, 2), fixture["ray_origins"][count], atol=1e-6, rtol=1e-6)
            unit = torch.nn.functional.normalize(directions.flatten(0, 2), dim=-1)
            torch.testing.assert_close(unit, fixture["ray_directions"][count], atol=1e-6, rtol=1e-6)
            count += 1
    assert count == len(fixture["ray_origins"])


def test_rendering_at_given_draws(fixture: Fixture) -> None:
    half = fixture.settings["samples_per_ray"] // 2
    views = fixture.settings["n_views"]
    fine = fixture["u_fine"].unflatten(0, (len(fixture["u_coarse"]), -1))
    colours, distances, alphas = [], [], []
    for i, field in enumerate(fields(fixture)):
        for j in range(views):
            bundle = i * views + j
            origins, directions = fixture["ray_origins"][bundle], fixture["ray_directions"][bundle]
            near, far = meet_box(origins, directions, field.half_size)
            assert bool((far > near).all())
            draws = Draws(fixture["u_coarse"][bundle, ..., 0], fine[bundle])
            assert draws.coarse.shape[1] == draws.fine.shape[1] == half
            seen = midpoint_march(field, Rays(origins, directions, near, far), draws)
            background = fixture["render_bg_colors"][i, j]
            colours.append(seen.colour + (1 - seen.alpha)[:, None] * background)
            distances.append(seen.distance[:, None])
            alphas.append(seen.alpha[:, None])
    for name, values in (("images_rgb", colours), ("images_depth", distances), ("images_weight", alphas)):
        size = fixture[name].shape
        fixture.check(name, torch.stack(values).mT.reshape(size))
