"""SRT, its improved version and RePAST, stage by stage, against numbers computed with public code of them. Their
highest octaves make float32 noisy, so all of it is compared in float64."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from parity import Fixture
from torch import Tensor

from recon3d.encoders.networks.published import adopt
from recon3d.encoders.networks.ray_waves import WavesConfig, waves_of_rays
from recon3d.encoders.networks.set_latents import DecoderConfig, SeenFrom, every_waves, own_waves
from recon3d.encoders.set_latent import PUBLISHED, Config, SetLatentEncoder


@pytest.fixture(params=["srt", "isrt", "repast"])
def fixture(request: pytest.FixtureRequest, shared: Path) -> Iterator[Fixture]:
    with torch.no_grad():
        yield Fixture(shared, request.param, torch.float64)


def kind_of(fixture: Fixture) -> str:
    return str(fixture.config["system"])


def model(fixture: Fixture) -> SetLatentEncoder:
    s, kind = fixture.settings, kind_of(fixture)
    weights = fixture.weights()
    hidden = weights["encoder.transformer.layers.0.1.fn.net.0.weight"].shape[0]
    leave = "decoder.ray_predictor.output_mlp.0.weight" if kind == "srt" else "decoder.render_mlp.0.weight"
    relative = kind == "repast"
    decoder_layers = s["decoder_att_blocks"] if relative else s["decoder_layers"]
    rows, columns = s.get("pixel_embedding", (0, 0))
    config = Config(
        kind,
        stem=weights["encoder.conv_blocks.0.layers.0.weight"].shape[0],
        halvings=s["num_conv_blocks"] if relative else (4 if kind == "srt" else 3),
        rows=rows,
        columns=columns,
        width=s["attdim"] if relative else s["width_latent"],
        layers=s["num_att_blocks"] if relative else s["encoder_layers"],
        heads=s["heads"],
        hidden=hidden,
        waves=WavesConfig(lowest=s["pos_start_octave"]),
        decoder=DecoderConfig(decoder_layers, s["heads"], hidden, weights[leave].shape[0]),
    )
    network = SetLatentEncoder(config)
    adopt(network, weights, PUBLISHED, fixture.folder)
    return network.double()


def rays(fixture: Fixture) -> tuple[Tensor, Tensor]:
    directions = fixture["rays"]
    return fixture["camera_pos"][:, :, None, None].expand_as(directions), directions


def seen(fixture: Fixture, network: SetLatentEncoder) -> SeenFrom:
    """Where the frames do not count, they are those of the world."""
    here = torch.eye(4).double().expand(*fixture["camera_pos"].shape[:2], 4, 4)
    return network.seen_from(fixture.tensors.get("input_transforms", here), *rays(fixture))


def test_encoder(fixture: Fixture) -> None:
    network, images = model(fixture), fixture["images"].permute(0, 1, 3, 4, 2)
    if kind_of(fixture) != "repast":
        waves = waves_of_rays(*rays(fixture), network.config.waves).flatten(0, 1).permute(0, 3, 1, 2)
        fixture.check("ray_code", waves[:, :, ::8, ::8])
    maps = network.features(images, *rays(fixture))
    fixture.check("conv_out", maps)
    fixture.check("patch_linear_out", network.enter(maps))
    tokens, where = network.tokens(maps, len(images)), seen(fixture, network)
    first = network.layers[0]
    if kind_of(fixture) == "repast":
        own = own_waves(where, network.config.waves)
        every = every_waves(where, where.origins.flatten(1, 2), where.directions.flatten(1, 2), network.config.waves)
        fixture.check("key_ray_code", own)
        fixture.check("query_ray_code", every[:, ::7])
        fixture.check("encoder_attn0_out", first.attended(tokens, own, every))
    else:
        fixture.check("encoder_attn0_out", first.attention(first.norm1(tokens)))
    fixture.check("latents", network.latents(images, *rays(fixture), where))


def test_decoder(fixture: Fixture) -> None:
    network, query = model(fixture), (fixture["query_pos"], fixture["query_rays"])
    where, latents = seen(fixture, network), fixture["latents"]
    if kind_of(fixture) == "repast":
        every = every_waves(where, *query, network.config.waves)
        fixture.check("target_code", every[:, : fixture["target_code"].shape[1]])
        fixture.check("query_out", network.decoder.known(latents, *query, where))
    else:
        fixture.check("query_out", network.decoder.known(latents, *query))
    fixture.check("pixels", network.decoder(latents, *query, where))
