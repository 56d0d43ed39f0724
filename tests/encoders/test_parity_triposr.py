"""TripoSR, stage by stage, against numbers computed with the published implementation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from parity import Fixture

from recon3d.encoders import triposr
from recon3d.encoders.networks.published import adopt
from recon3d.encoders.networks.vision_transformer import Positions, VisionTransformerConfig
from recon3d.renderers.march import Config, March
from recon3d.representations.triplane import DecoderConfig, Triplane
from recon3d.types import Cameras, Views


@pytest.fixture(params=[torch.float64, torch.float32], ids=["float64", "float32"])
def fixture(request: pytest.FixtureRequest, shared: Path) -> Iterator[Fixture]:
    with torch.no_grad():
        yield Fixture(shared, "triposr", request.param)


def config(fixture: Fixture, positions: Positions = "offset") -> triposr.Config:
    s, vit = fixture.settings, fixture.settings["vit"]
    vision = VisionTransformerConfig(
        width=vit["hidden_size"],
        layers=vit["num_hidden_layers"],
        heads=vit["num_attention_heads"],
        hidden=vit["intermediate_size"],
        patch=vit["patch_size"],
        grid=vit["image_size"] // vit["patch_size"],
        norm_epsilon=vit["layer_norm_eps"],
        positions=positions,
    )
    decoder = DecoderConfig(s["decoder_neurons"], s["decoder_hidden_layers"], density_bias=s["density_bias"])
    assert s["heads"] * s["head_dim"] == s["triplane_channels"]
    return triposr.Config(
        vision,
        s["cond_image_size"],
        s["triplane_channels"],
        s["backbone_layers"],
        s["heads"],
        s["plane_size"],
        s["out_channels"],
        decoder,
        s["radius"],
    )


def model(fixture: Fixture, positions: Positions = "offset") -> triposr.TripoSR:
    network = triposr.TripoSR(config(fixture, positions))
    adopt(network, fixture.weights(), triposr.PUBLISHED, fixture.folder)
    return network.to(fixture.dtype)


def photo(fixture: Fixture) -> Views:
    height, width = fixture["image"].shape[:2]
    size = torch.tensor([width]), torch.tensor([height])
    cameras = Cameras(torch.eye(4)[None].to(fixture.dtype), torch.eye(3)[None].to(fixture.dtype), *size)
    return Views(cameras, fixture["image"][None])


def field(fixture: Fixture) -> Triplane:
    return model(fixture)(photo(fixture))


def test_every_stage(fixture: Fixture) -> None:
    network = model(fixture)
    resized = network.resized(fixture["image"][None])
    fixture.check("image_resized", resized[0].permute(1, 2, 0))
    tokens = network.picture_tokens(resized)
    fixture.check("image_tokens", tokens)
    planes = network.backbone(tokens)
    fixture.check("backbone_out", planes.mT)
    fixture.check("scene_codes", network.triplanes(planes)[0].planes[None])
    fixture.check("scene_codes", network(photo(fixture)).planes[None])


def test_positions_of_newer_transformers(fixture: Fixture) -> None:
    network = model(fixture, "exact")
    tokens = network.picture_tokens(network.resized(fixture["image"][None]))
    fixture.check("image_tokens_explicit_size", tokens)
    fixture.check("scene_codes_explicit_size", network(photo(fixture)).planes[None])


def test_newer_names_of_the_vision_transformer(fixture: Fixture) -> None:
    renamed = fixture.weights()
    for old, new in fixture.config["key_map_transformers_5"]["pairs"]:
        for layer in range(fixture.settings["vit"]["num_hidden_layers"]):
            before, after = old.replace("N", str(layer)), new.replace("N", str(layer))
            renamed = {key.replace(before, after): tensor for key, tensor in renamed.items()}
    assert renamed.keys() != fixture.weights().keys()
    network = triposr.TripoSR(config(fixture))
    adopt(network, renamed, triposr.PUBLISHED, fixture.folder)
    fixture.check("scene_codes", network.to(fixture.dtype)(photo(fixture)).planes[None])


def test_query(fixture: Fixture) -> None:
    points = fixture["query_points"]
    raw = field(fixture).raw(points)
    fixture.check("point_density_raw", raw[:, :1])
    fixture.check("point_color_raw", raw[:, 1:])
    density, colour = field(fixture).query(points)
    fixture.check("point_density", density[:, None])
    fixture.check("point_color", colour)


def test_density_grid(fixture: Fixture) -> None:
    count, half = fixture.settings["grid"], fixture.settings["radius"]
    axis = torch.linspace(-half, half, count, dtype=fixture.dtype)
    points = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1)
    density, _ = field(fixture).query(points.flatten(0, 2))
    fixture.check("density_grid", density.unflatten(0, (count, count, count)))


@pytest.mark.parametrize("rays", ["", "_wide"])
def test_rendering_on_white(fixture: Fixture, rays: str) -> None:
    """In several bundles; some of the wide rays miss the box."""
    march = March(Config("chord", fixture.settings["num_samples_per_ray"], rays_at_once=50))
    origins, directions = fixture[f"rays_o{rays}"], fixture[f"rays_d{rays}"]
    (seen,) = march.rays(field(fixture), origins.flatten(0, 1), directions.flatten(0, 1))
    picture = seen.colour + (1 - seen.alpha)[:, None]
    fixture.check(f"rendered_image{rays}", picture.unflatten(0, origins.shape[:2]))
