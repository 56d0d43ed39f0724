"""Scene representation transformers: a few posed pictures to a set of latents, from which rays read their colours.

SRT (Sajjadi et al. 2022), the improved SRT of its open reimplementation (Stelzner), and RePAST (Safin et al. 2023), for
which a world has no frame: only how cameras stand to each other counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from recon3d.encoders.networks.posed_pictures import BACKGROUND, PixelRays
from recon3d.encoders.networks.published import Section
from recon3d.encoders.networks.ray_waves import WavesConfig, waves_of_rays
from recon3d.encoders.networks.set_latents import (
    DecoderConfig,
    Layer,
    RayDecoder,
    RelativeLayer,
    RelativeRayDecoder,
    SeenFrom,
    SetLatent,
    every_waves,
    own_waves,
)
from recon3d.geometry.capture import object_from_world
from recon3d.geometry.precision import in_full
from recon3d.types import LightField, Views

__all__ = ["Config", "SetLatentEncoder"]

LAYERS = (
    (r"^(\d+)\.0\.norm\.", r"\1.norm1."),
    (r"^(\d+)\.0\.fn\.to_(qkv|q|kv|k|v)\.", r"\1.attention.\2."),
    (r"^(\d+)\.0\.fn\.to_out\.0\.", r"\1.attention.out."),
    (r"^(\d+)\.1\.norm\.", r"\1.norm2."),
    (r"^(\d+)\.1\.fn\.net\.0\.", r"\1.perceptron.0."),
    (r"^(\d+)\.1\.fn\.net\.3\.", r"\1.perceptron.2."),
)
PUBLISHED = (
    Section("encoder.conv_blocks.", "stem.", ((r"^(\d+)\.layers\.", r"\1."),)),
    Section("encoder.per_patch_linear.", "enter."),
    Section("encoder.pixel_embedding", "positions"),
    Section("encoder.canonical_camera_embedding", "first"),
    Section("encoder.non_canonical_camera_embedding", "others"),
    Section("encoder.transformer.layers.", "layers.", LAYERS),
    Section("decoder.ray_predictor.transformer.layers.", "decoder.layers.", LAYERS),
    Section("decoder.allocation_transformer.transformer.layers.", "decoder.layers.", LAYERS),
    Section("decoder.allocation_transformer.input_mlp.", "decoder.enter."),
    Section("decoder.ray_predictor.output_mlp.", "decoder.leave."),
    Section("decoder.render_mlp.", "decoder.leave."),
)
"""Where the tensors of public checkpoints belong (stelzner/srt, autonomousvision/gta), whose two dictionaries are
joined under "encoder." and "decoder."."""

CHANNELS = 3


@dataclass(frozen=True)
class Config:
    kind: Literal["srt", "isrt", "repast"] = "srt"
    """SRT knows its first view from the others, and where in a picture a token lies; the improved one knows neither;
    RePAST's pictures come without rays."""
    picture: int = 128
    """Pictures are looked at with so many pixels along their longer side, or fewer where they have fewer."""
    stem: int = 96
    """Channels of the first convolution; every halving doubles them."""
    halvings: int = 4
    """Of the resolution, before tokens are made: 4 in SRT, 3 in the others."""
    rows: int = 15
    """Rows and columns of tokens that SRT has positions for."""
    columns: int = 20
    width: int = 768
    """Of the latents."""
    layers: int = 10
    heads: int = 12
    hidden: int = 1536
    """Width between the two products of a layer's perceptron."""
    waves: WavesConfig = field(default_factory=WavesConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    distance: float = 2.7
    """The world is moved so that what all cameras look at is at the origin, and they are so far from it, on average."""


class SetLatentEncoder(nn.Module):
    """A few posed pictures to what rays can be asked about, in the frame of their cameras."""

    produces = LightField
    published = PUBLISHED

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config, waves = config, config.waves
        self.relative = config.kind == "repast"
        grown = [config.stem << step for step in range(config.halvings + 1)]
        channels = [CHANNELS + (0 if self.relative else waves.numbers), *grown]
        pairs = [(channels[0], channels[1]), *((c, c) for c in channels[2:-1])]
        self.stem = nn.ModuleList(_halving(*pair, out) for pair, out in zip(pairs, channels[2:], strict=True))
        self.enter = nn.Conv2d(channels[-1], config.width, 1)
        if config.kind == "srt":
            self.positions = nn.Parameter(torch.randn(1, config.width, config.rows, config.columns))
            self.first, self.others = (nn.Parameter(torch.randn(1, 1, config.width)) for _ in range(2))
        sizes = (config.width, config.heads, config.hidden)
        layers = (RelativeLayer(*sizes, waves) if self.relative else Layer(*sizes) for _ in range(config.layers))
        self.layers = nn.ModuleList(layers)
        if self.relative:
            self.decoder: RayDecoder | RelativeRayDecoder = RelativeRayDecoder(config.width, config.decoder, waves)
        else:
            self.decoder = RayDecoder(config.width, config.decoder, waves, config.kind == "isrt")

    def forward(self, context: Views) -> SetLatent:
        """Of one scene; its pictures have one size."""
        (only,) = self.each([context])
        return only

    def each(self, contexts: Sequence[Views]) -> list[SetLatent]:
        """The same for many scenes of as many pictures, all of one size."""
        with in_full():
            frames = [object_from_world(c.cameras.world_from_camera, self.config.distance, False) for c in contexts]
            moved = [c.cameras.moved(frame) for c, frame in zip(contexts, frames, strict=True)]
            rays = [PixelRays.of(cameras) for cameras in moved]
            origins, directions = (torch.stack(parts) for parts in zip(*rays, strict=True))
            seen = self.seen_from(torch.stack([cameras.camera_from_world for cameras in moved]), origins, directions)
        images = torch.stack([c.over(c.images.new_tensor(BACKGROUND)) for c in contexts])
        latents = self.latents(images, origins, directions, seen)
        each = zip(latents[:, None], frames, *(part[:, None] for part in seen), strict=True)
        return [SetLatent(one, self.decoder, frame, SeenFrom(*of)) for one, frame, *of in each]

    def seen_from(
        self,
        camera_from_world: Float[Tensor, "b v 4 4"],
        origins: Float[Tensor, "b v h w 3"],
        directions: Float[Tensor, "b v h w 3"],
    ) -> SeenFrom:
        """The rays of tokens: those in the middles of what tokens stand for."""
        step = 2**self.config.halvings
        of_tokens = (part[:, :, step // 2 :: step, step // 2 :: step].flatten(2, 3) for part in (origins, directions))
        return SeenFrom(camera_from_world, *of_tokens)

    def latents(
        self,
        images: Float[Tensor, "b v h w 3"],
        origins: Float[Tensor, "b v h w 3"],
        directions: Float[Tensor, "b v h w 3"],
        seen: SeenFrom,
    ) -> Float[Tensor, "b m d"]:
        """Latents of all pictures, view after view, row after row."""
        tokens = self.tokens(self.features(images, origins, directions), len(images))
        if not self.relative:
            for layer in self.layers:
                tokens = layer(tokens)
            return tokens.to(images)
        with in_full():
            own = own_waves(seen, self.config.waves)
            every = every_waves(seen, seen.origins.flatten(1, 2), seen.directions.flatten(1, 2), self.config.waves)
        for layer in self.layers:
            tokens = layer(tokens, own, every)
        return tokens.to(images)

    def features(
        self,
        images: Float[Tensor, "b v h w 3"],
        origins: Float[Tensor, "b v h w 3"],
        directions: Float[Tensor, "b v h w 3"],
    ) -> Float[Tensor, "n c y x"]:
        """What the stem makes of pictures and, but for RePAST, their rays."""
        channels = images
        if not self.relative:
            with in_full():
                channels = torch.cat([images, waves_of_rays(origins, directions, self.config.waves)], -1)
        maps = channels.flatten(0, 1).permute(0, 3, 1, 2)
        for block in self.stem:
            maps = block(maps)
        return maps

    def tokens(self, maps: Float[Tensor, "n c y x"], count: int) -> Float[Tensor, "b m d"]:
        """Of so many scenes."""
        entered = self.enter(maps)
        if self.config.kind == "srt":
            height, width = entered.shape[-2:]
            entered = entered + self.positions[:, :, :height, :width]
        tokens = entered.flatten(2).mT.unflatten(0, (count, -1))
        if self.config.kind == "srt":
            tokens = torch.cat([tokens[:, :1] + self.first, tokens[:, 1:] + self.others], 1)
        return tokens.flatten(1, 2)


def _halving(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, hidden, 3, 1, 1, bias=False),
        nn.ReLU(),
        nn.Conv2d(hidden, outputs, 3, 2, 1, bias=False),
        nn.ReLU(),
    )
