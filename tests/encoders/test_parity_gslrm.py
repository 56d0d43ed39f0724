"""GS-LRM, stage by stage, against numbers computed with public code of it (FaceLift's)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from parity import Fixture
from torch import Tensor

from recon3d.encoders.networks.pixel_splats import Posed, SplatsConfig, free_splats, pixel_splats
from recon3d.encoders.networks.posed_pictures import PixelRays, patches, posed_pictures
from recon3d.encoders.networks.published import adopt
from recon3d.encoders.networks.vision_transformer import BlockConfig
from recon3d.encoders.pixel_gaussians import PUBLISHED, Config, PixelGaussians
from recon3d.types import Cameras, Gaussians, Views

HALF_RANGE, HALF_RANGE_OF_MOMENTS = 1.8, 1.5
"""By which depths differ from those of the points nearest the origin, and from the cameras' distance."""


@pytest.fixture(params=[torch.float64, torch.float32], ids=["float64", "float32"])
def fixture(request: pytest.FixtureRequest, shared: Path) -> Iterator[Fixture]:
    with torch.no_grad():
        yield Fixture(shared, "gslrm", request.param)


def config(fixture: Fixture, moment: bool = False) -> Config:
    s = fixture.settings
    block = BlockConfig(s["d"], s["d"] // s["d_head"], 4 * s["d"], norm_epsilon=1e-5)
    depth = SplatsConfig(s["sh_degree"], "nearest", -HALF_RANGE, HALF_RANGE, bounds=1.0)
    if moment:
        near, far = s["distance"] - HALF_RANGE_OF_MOMENTS, s["distance"] + HALF_RANGE_OF_MOMENTS
        depth = SplatsConfig(s["sh_degree"], "camera", near, far)
    return Config(
        block,
        s["image_size"],
        s["patch_size"],
        s["patch_size"],
        s["n_layer"],
        s["n_gaussians"],
        "moment" if moment else "nearest",
        splats=depth,
    )


def model(fixture: Fixture, moment: bool = False) -> PixelGaussians:
    network = PixelGaussians(config(fixture, moment))
    adopt(network, fixture.weights(), PUBLISHED, fixture.folder)
    return network.to(fixture.dtype)


def contexts(fixture: Fixture) -> list[Views]:
    return [
        Views(cameras(places, lenses, fixture.settings["image_size"]), images.permute(0, 2, 3, 1))
        for places, lenses, images in zip(fixture["c2w"], fixture["fxfycxcy"], fixture["image"], strict=True)
    ]


def cameras(places: Tensor, lenses: Tensor, size: int) -> Cameras:
    intrinsics = torch.eye(3).to(lenses).repeat(len(lenses), 1, 1)
    intrinsics[:, [0, 1, 0, 1], [0, 1, 2, 2]] = lenses
    sizes = torch.full((len(lenses),), size)
    return Cameras(places, intrinsics, sizes, sizes)


def posed(fixture: Fixture, moment: bool = False) -> Tensor:
    code = "moment" if moment else "nearest"
    return torch.stack([posed_pictures(v, PixelRays.of(v.cameras), code) for v in contexts(fixture)])


def patchwise(fixture: Fixture, of_pixels: Tensor) -> Tensor:
    """v h w c in the order of the reference: patch by patch."""
    return patches(of_pixels, fixture.settings["patch_size"]).reshape(-1, of_pixels.shape[-1])


def test_every_stage(fixture: Fixture) -> None:
    network, pictures = model(fixture), posed(fixture)
    fixture.check("posed_images", pictures.permute(0, 1, 4, 2, 3))
    side = fixture.settings["patch_size"]
    fixture.check("patch_tokens", network.patches(patches(pictures, side)).flatten(0, 1))
    tokens = network.tokens(pictures)
    fixture.check("transformer_out", tokens)
    extra = network.extra.expand(len(pictures), -1, -1)
    start = torch.cat([extra, network.patches(patches(pictures, side)).flatten(1, 2)], 1)
    fixture.check("block0_out", network.blocks[0](network.enter(start)))
    size = fixture.settings["image_size"]
    raw, raw_extra = network.raw(tokens, (size, size))
    fixture.check("raw_gaussians_extra", raw_extra)
    theirs = fixture["raw_gaussians_pixel"]
    fixture.close(patches(raw, side).flatten(1, 2).reshape(theirs.shape), theirs)
    fixture.check("posed_images_moment", posed(fixture, moment=True).permute(0, 1, 4, 2, 3))
    fixture.check("transformer_out_moment", model(fixture, moment=True).tokens(posed(fixture, moment=True)))


def in_reference_order(fixture: Fixture, moment: bool = False) -> list[Gaussians]:
    """The Gaussians of every scene, the extra ones first, then patch by patch."""
    network, size = model(fixture, moment), fixture.settings["image_size"]
    of_pixels, of_extra = network.raw(network.tokens(posed(fixture, moment)), (size, size))
    made = []
    for raw, extra, views in zip(of_pixels, of_extra, contexts(fixture), strict=True):
        splats = network.config.splats
        pixels = pixel_splats(raw, Posed.of(views, network.config.patch, splats), splats)
        grid = torch.arange(len(pixels), dtype=torch.float64).reshape(len(views), size, size, 1)
        order = patchwise(fixture, grid).squeeze(-1).long()
        fields = (pixels.means, pixels.quaternions, pixels.scales, pixels.opacities, pixels.sh)
        ordered = Gaussians(*(tensor[order] for tensor in fields))
        made.append(Gaussians.joined([free_splats(extra, network.config.splats), ordered]))
    return made


def test_gaussians(fixture: Fixture) -> None:
    made = in_reference_order(fixture)
    fixture.check("xyz", torch.stack([g.means for g in made]))
    fixture.check("sh", torch.stack([g.sh for g in made]))
    fixture.check("log_scale", torch.stack([g.scales.log() for g in made]))
    fixture.check("quaternion", torch.stack([g.quaternions for g in made]))
    fixture.check("opacity", torch.stack([g.opacities for g in made])[..., None])
    fixture.check("opacity_logit", torch.stack([g.opacities.logit() for g in made])[..., None])
    fixture.check("xyz_moment", torch.stack([g.means for g in in_reference_order(fixture, moment=True)]))


def test_gaussians_are_kept_within_bounds_while_it_learns(fixture: Fixture) -> None:
    with torch.enable_grad():
        made = in_reference_order(fixture)
    fixture.check("xyz_training_clip", torch.stack([g.means.detach() for g in made]))
