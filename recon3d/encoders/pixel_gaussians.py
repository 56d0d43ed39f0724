"""GS-LRM: a few posed pictures to Gaussians, one for every pixel, in one pass.

Zhang et al., "GS-LRM: Large Reconstruction Model for 3D Gaussian Splatting" (ECCV 2024). Patches of all pictures, with
the rays of their pixels, are one sequence of tokens; a plain transformer without positions, whose layers have no
biases, makes the Gaussians of its pixels of each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from recon3d.encoders.networks.pixel_splats import Posed, SplatsConfig, free_splats, kept, pixel_splats, swept_distances
from recon3d.encoders.networks.posed_pictures import (
    CHANNELS,
    RayCode,
    finer,
    patches,
    posed_pictures,
    unpatched,
)
from recon3d.encoders.networks.published import Section
from recon3d.encoders.networks.sweep import differences
from recon3d.encoders.networks.vision_transformer import Block, BlockConfig
from recon3d.geometry.capture import object_from_world
from recon3d.geometry.precision import in_full
from recon3d.types import Gaussians, Views

__all__ = ["Config", "PixelGaussians"]

PUBLISHED = (
    Section("patch_embedder.1.", "patches."),
    Section("gaussian_position_embeddings", "extra"),
    Section("input_layer_norm.", "enter."),
    Section(
        "transformer_layers.",
        "blocks.",
        ((r"attn\.to_qkv\.", "attention.qkv."), (r"attn\.fc\.", "attention.out."), (r"mlp\.mlp\.", "perceptron.")),
    ),
    Section("gaussian_upsampler.layernorm.", "extra_head.0."),
    Section("gaussian_upsampler.linear.", "extra_head.1."),
    Section("pixel_gaussian_decoder.", "head."),
)
"""Where the tensors of the public code's checkpoints (weijielyu/FaceLift, gslrm) belong."""


@dataclass(frozen=True)
class Config:
    block: BlockConfig = field(default_factory=BlockConfig)
    picture: int = 256
    """Pictures are looked at with so many pixels along their longer side, or fewer where they have fewer."""
    patch: int = 8
    """Pixels along a patch's side."""
    cells: int = 8
    """Along a patch's side, of whose Gaussians the network tells; those of pixels lie between (bilinear). As many as
    there are pixels, as published, leave nothing between."""
    layers: int = 24
    extra: int = 0
    """Gaussians that belong to no pixel."""
    rays: RayCode = "moment"
    """What tells a ray beside its direction."""
    sweep: int = 0
    """At so many places on the ray of a pixel, the network is told how differently the pictures show them."""
    distance: float = 2.7
    """The world is moved so that what all cameras look at is at the origin, and they are so far from it, on average."""
    splats: SplatsConfig = field(default_factory=SplatsConfig)
    faintest: float = 0.005
    """Gaussians of less opacity are left out; while the network learns, none is."""
    most: int = 1_000_000
    """No more than so many Gaussians, the most opaque, are made of a scene."""


class PixelGaussians(nn.Module):
    """A few posed pictures to the Gaussians of what they show, in the frame of their cameras."""

    produces = Gaussians
    published = PUBLISHED

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width = config.block.width
        channels = CHANNELS + (config.splats.depth == "hull") + config.sweep
        self.patches = nn.Linear(channels * config.patch**2, width, bias=False)
        self.enter = _norm(width)
        self.blocks = nn.ModuleList(Block(config.block, bias=False) for _ in range(config.layers))
        self.head = self.new_head(width, config.splats.numbers * config.cells**2)
        if config.extra:
            self.extra = nn.Parameter(torch.randn(config.extra, width))
            self.extra_head = nn.Sequential(_norm(width), nn.Linear(width, config.splats.numbers, bias=False))

    def new_head(self, width: int, numbers: int) -> nn.Sequential:
        """What tells of Gaussians, so many numbers of every feature."""
        told = nn.Linear(width, numbers, bias=False)
        if self.config.splats.rules == "anchored":
            nn.init.zeros_(told.weight)  # begin as the pixels
        return nn.Sequential(_norm(width), told)

    def forward(self, context: Views) -> Gaussians:
        """Of one scene; its pictures have one size."""
        (only,) = self.each([context])
        return only

    def each(self, contexts: Sequence[Views]) -> list[Gaussians]:
        """The same for many scenes of as many pictures, all of one size."""
        with in_full():
            frames = [self.frame(context) for context in contexts]
            posed = [self.posed(context, frame) for context, frame in zip(contexts, frames, strict=True)]
            pictures = torch.stack([self.seen(one) for one in posed])
        raw, extra = self.raw(self.tokens(pictures), posed[0].views.cameras.size)
        with in_full():
            made = [self.gaussians(*one) for one in zip(raw, extra, posed, strict=True)]
            return [some.moved(torch.linalg.inv(frame)) for some, frame in zip(made, frames, strict=True)]

    def memory(self, count: int, size: tuple[int, int]) -> int:
        """About so many bytes are held at once for so many pictures of (width, height), weights included, while nothing
        is learnt: the widest layer of a block for all tokens, or what there is to say of all pixels."""
        config, width = self.config, self.config.block.width
        pixels = count * size[0] * size[1]
        tokens = pixels / config.patch**2 + config.extra
        in_blocks = tokens * (6 * width + 2 * config.block.hidden)
        seen = self.patches.in_features // config.patch**2
        of_pixels = pixels * (4 * seen + 4 * config.splats.numbers)
        return int(4 * (sum(weight.numel() for weight in self.parameters()) + max(in_blocks, of_pixels)))

    def frame(self, context: Views) -> Float[Tensor, "4 4"]:
        """From the world of a context to that which the network knows."""
        places, upright = context.cameras.world_from_camera, self.config.splats.sh_degree == 0
        return object_from_world(places, self.config.distance, upright)

    def posed(self, context: Views, frame: Float[Tensor, "4 4"]) -> Posed:
        """A context in that frame, filled up to whole patches."""
        views = dataclasses.replace(context, cameras=context.cameras.moved(frame))
        return Posed.of(views, self.config.patch, self.config.splats)

    def seen(self, posed: Posed) -> Float[Tensor, "v h w c"]:
        """Pictures as the network sees them."""
        config = self.config
        pictures = [posed_pictures(posed.views, posed.rays, config.rays)]
        if config.splats.depth == "hull":
            pictures.append((posed.starts - posed.rays.nearest)[..., None])
        if config.sweep:
            pictures.append(differences(posed.views, swept_distances(posed, config.splats, config.sweep)))
        return torch.cat(pictures, -1)

    def tokens(self, pictures: Float[Tensor, "b v h w p"]) -> Float[Tensor, "b n c"]:
        """What the transformer makes of posed pictures: first the tokens of extra Gaussians, then those of patches,
        view by view and row by row."""
        tokens = self.patches(patches(pictures, self.config.patch)).flatten(1, 2).to(pictures)
        if self.config.extra:
            tokens = torch.cat([self.extra.expand(len(tokens), -1, -1), tokens], 1)
        tokens = self.enter(tokens)
        for block in self.blocks:
            tokens = block(tokens)
        return tokens

    def raw(
        self, tokens: Float[Tensor, "b n c"], size: tuple[int, int]
    ) -> tuple[Float[Tensor, "b v h w k"], Float[Tensor, "b e k"]]:
        """What is told of the Gaussians of all pixels, of pictures of (width, height), and of the extra ones."""
        config = self.config
        columns, rows = (side // config.patch for side in size)
        of_patches = self.head(tokens[:, config.extra :]).to(tokens).unflatten(1, (-1, rows * columns))
        pixels = finer(unpatched(of_patches, config.cells, (columns * config.cells, rows * config.cells)), size)
        return pixels, self.of_extra(tokens)

    def of_extra(self, tokens: Float[Tensor, "b n c"]) -> Float[Tensor, "b e k"]:
        """What is told of the extra Gaussians alone."""
        if not self.config.extra:
            return tokens.new_zeros(len(tokens), 0, self.config.splats.numbers)
        return self.extra_head(tokens[:, : self.config.extra]).to(tokens)

    def gaussians(self, raw: Float[Tensor, "v h w k"], extra: Float[Tensor, "e k"], posed: Posed) -> Gaussians:
        """The extra Gaussians, then those of pixels. While nothing is learnt, only those that can be seen."""
        of_pixels = pixel_splats(raw, posed, self.config.splats)
        made = Gaussians.joined([free_splats(extra, self.config.splats), of_pixels])
        return made if torch.is_grad_enabled() else kept(made, self.config.faintest, self.config.most)


def _norm(width: int) -> nn.LayerNorm:
    return nn.LayerNorm(width, bias=False)
