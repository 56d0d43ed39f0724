"""TripoSR: one photo to a triplane, no camera needed.

Tochilkin et al., "TripoSR: Fast 3D Object Reconstruction from a Single Image" (2024), after Hong et al., "LRM" (2023).
Learnt tokens, one per cell of three coarse planes, look at each other and at the picture's tokens in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from recon3d.encoders.networks.attention import CrossAttention, SelfAttention
from recon3d.encoders.networks.published import VISION_TRANSFORMER, Section
from recon3d.encoders.networks.vision_transformer import VisionTransformer, VisionTransformerConfig
from recon3d.geometry.photo_frame import DISTANCE, FOCAL, HALF_SIZE
from recon3d.representations.triplane import Decoder, DecoderConfig, Triplane, laid_out
from recon3d.types import Cameras, RadianceField, Views

__all__ = ["Config", "TripoSR"]

PUBLISHED = (
    Section("image_tokenizer.model.", "vision.", VISION_TRANSFORMER),
    Section("tokenizer.embeddings", "tokens"),
    Section(
        "backbone.transformer_blocks.",
        "blocks.",
        (
            (r"attn1\.to_q\.", "self_attention.qkv#0."),
            (r"attn1\.to_k\.", "self_attention.qkv#1."),
            (r"attn1\.to_v\.", "self_attention.qkv#2."),
            (r"attn2\.to_q\.", "cross_attention.q."),
            (r"attn2\.to_k\.", "cross_attention.kv#0."),
            (r"attn2\.to_v\.", "cross_attention.kv#1."),
            (r"attn1\.to_out\.0\.", "self_attention.out."),
            (r"attn2\.to_out\.0\.", "cross_attention.out."),
            (r"ff\.net\.0\.proj\.", "gate."),
            (r"ff\.net\.2\.", "mix."),
        ),
    ),
    Section("backbone.proj_in.", "enter."),
    Section("backbone.proj_out.", "leave."),
    Section("backbone.", ""),
    Section("post_processor.", ""),
)
"""Where the tensors of the published checkpoint (stabilityai/TripoSR, model.ckpt) belong."""

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NORM_GROUPS = 32
BACKGROUND = (0.5, 0.5, 0.5)
"""Behind the object in a photo."""


@dataclass(frozen=True)
class Config:
    vision: VisionTransformerConfig = field(default_factory=VisionTransformerConfig)
    picture: int = 512
    """Photos are resized to so many pixels along both sides."""
    width: int = 1024
    """Channels of the triplane tokens."""
    layers: int = 16
    heads: int = 16
    plane: int = 32
    """Tokens along the side of a plane; the planes themselves are twice as fine."""
    channels: int = 40
    """Channels of the planes."""
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    half_size: float = HALF_SIZE
    """The object lies within so far from the origin along every axis."""


class TripoSR(nn.Module):
    """One photo to the triplane of the object in it."""

    produces = RadianceField
    published = PUBLISHED

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.vision = VisionTransformer(config.vision)
        self.tokens = nn.Parameter(torch.randn(3, config.width, config.plane, config.plane) / config.width**0.5)
        self.norm = nn.GroupNorm(NORM_GROUPS, config.width, eps=1e-6)
        self.enter = nn.Linear(config.width, config.width)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.layers))
        self.leave = nn.Linear(config.width, config.width)
        self.upsample = nn.ConvTranspose2d(config.width, config.channels, 2, 2)
        self.decoder = Decoder(config.decoder, 3 * config.channels)

    def forward(self, context: Views) -> Triplane:
        """`context` is one view of an object; its camera is not looked at."""
        (only,) = self.each([context])
        return only

    def each(self, contexts: Sequence[Views]) -> list[Triplane]:
        """The same for one view of each of many objects."""
        context = Views.stack(contexts)
        images = context.over(context.images.new_tensor(BACKGROUND))
        return self.triplanes(self.backbone(self.picture_tokens(self.resized(images))))

    @staticmethod
    def viewpoint() -> Cameras:
        """Where the photo is taken to be seen from, as a camera for a picture of one pixel: x points at it, z is up."""
        return Cameras.facing_origin(torch.tensor([[DISTANCE, 0.0, 0.0]]), FOCAL)

    def resized(self, images: Float[Tensor, "b h w 3"]) -> Float[Tensor, "b 3 s s"]:
        side = (self.config.picture, self.config.picture)
        return functional.interpolate(images.permute(0, 3, 1, 2), side, mode="bilinear", antialias=True)

    def picture_tokens(self, images: Float[Tensor, "b 3 s s"]) -> Float[Tensor, "b m d"]:
        mean, deviation = (images.new_tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_DEVIATION))
        return self.vision((images - mean) / deviation)

    def backbone(self, context: Float[Tensor, "b m d"]) -> Float[Tensor, "b n c"]:
        """Triplane tokens that have seen the picture: plane after plane, row after row."""
        start = self.tokens.transpose(0, 1).flatten(1)[None]  # 1 c n
        tokens = self.enter(self.norm(start).mT).to(start).expand(len(context), -1, -1)  # sums in full, under autocast
        for block in self.blocks:
            tokens = block(tokens, context)
        return self.leave(tokens) + start.mT

    def triplanes(self, tokens: Float[Tensor, "b n c"]) -> list[Triplane]:
        planes = self.upsample(laid_out(tokens, self.config.plane)).to(self.tokens)  # in full again, under autocast
        return [Triplane(three, self.decoder, self.config.half_size) for three in planes.split(3)]


class _Block(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.self_attention = SelfAttention(width, config.heads, bias=False)
        self.cross_attention = CrossAttention(width, config.vision.width, config.heads)
        self.gate = nn.Linear(width, 8 * width)
        self.mix = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor, context: Tensor) -> Tensor:
        tokens = tokens + self.self_attention(self.norm1(tokens))
        tokens = tokens + self.cross_attention(self.norm2(tokens), context)
        value, gate = self.gate(self.norm3(tokens)).chunk(2, dim=-1)  # GEGLU (Shazeer 2020)
        return tokens + self.mix(value * functional.gelu(gate))
