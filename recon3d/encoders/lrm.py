"""LRM: one photo and its camera to a triplane.

Hong et al., "LRM: Large Reconstruction Model for Single Image to 3D" (ICLR 2024), at the sizes and with the vision
transformer of its open reimplementation, OpenLRM 1.1. Every layer norm is modulated by the camera (equation 4).
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
from recon3d.representations.triplane import Decoder, DecoderConfig, Triplane, laid_out
from recon3d.types import Cameras, RadianceField, Views

__all__ = ["Config", "Lrm"]

PUBLISHED = (
    Section("encoder.model.", "vision.", VISION_TRANSFORMER),
    Section("camera_embedder.mlp.", "camera."),
    Section("pos_embed", "tokens"),
    Section(
        "transformer.layers.",
        "blocks.",
        (
            (r"(norm\d)\.mlp\.1\.", r"\1.modulation."),
            (r"cross_attn\.q_proj_weight", "cross_attention.q.weight"),
            (r"cross_attn\.k_proj_weight", "cross_attention.kv#0.weight"),
            (r"cross_attn\.v_proj_weight", "cross_attention.kv#1.weight"),
            (r"self_attn\.in_proj_weight", "self_attention.qkv.weight"),
            (r"(cross|self)_attn\.out_proj\.", r"\1_attention.out."),
            (r"mlp\.0\.", "perceptron.0."),
            (r"mlp\.3\.", "perceptron.2."),
        ),
    ),
    Section("transformer.norm.", "norm."),
    Section("upsampler.", "upsample."),
    Section("synthesizer.decoder.net.", "decoder.layers."),
)
"""Where the tensors of the published checkpoints (zxhezexin/openlrm-*-1.1) belong."""

CAMERA_NUMBERS = 16
BACKGROUND = (1.0, 1.0, 1.0)
"""Behind the object in a photo."""
DISTANCE, FOCAL = 2.0, 0.75
"""Of the camera that OpenLRM takes photos to be seen by; the focal length in shares of the picture."""
NORM_EPSILON = 1e-6


@dataclass(frozen=True)
class Config:
    vision: VisionTransformerConfig = field(default_factory=VisionTransformerConfig)
    picture: int = 224
    """Photos are resized to so many pixels along both sides."""
    camera_width: int = 1024
    """Width of what the layer norms are told of the camera."""
    width: int = 512
    """Channels of the triplane tokens."""
    layers: int = 12
    heads: int = 8
    plane: int = 32
    """Tokens along the side of a plane; the planes themselves are twice as fine."""
    channels: int = 32
    """Channels of the planes."""
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    half_size: float = 1.0
    """The object lies within so far from the origin along every axis."""


class Lrm(nn.Module):
    """One photo and the camera that took it to the triplane of the object in it."""

    produces = RadianceField
    published = PUBLISHED

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.vision = VisionTransformer(config.vision)
        self.camera = nn.Sequential(
            nn.Linear(CAMERA_NUMBERS, config.camera_width),
            nn.SiLU(),
            nn.Linear(config.camera_width, config.camera_width),
        )
        self.tokens = nn.Parameter(torch.randn(1, 3 * config.plane**2, config.width) / config.width**0.5)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width, eps=NORM_EPSILON)
        self.upsample = nn.ConvTranspose2d(config.width, config.channels, 2, 2)
        self.decoder = Decoder(config.decoder, 3 * config.channels)

    def forward(self, context: Views) -> Triplane:
        """`context` is one view of an object, and the camera that saw it, in the object's frame."""
        (only,) = self.each([context])
        return only

    def each(self, contexts: Sequence[Views]) -> list[Triplane]:
        """The same for one view of each of many objects."""
        context = Views.stack(contexts)
        images = context.over(context.images.new_tensor(BACKGROUND))
        pictures = self.vision(self.resized(images))
        return self.triplanes(self.backbone(pictures, self.camera(camera_numbers(context.cameras))))

    @staticmethod
    def viewpoint() -> Cameras:
        """Where a photo is taken to be seen from, as a camera for a picture of one pixel: -y points at it, z is up."""
        return Cameras.facing_origin(torch.tensor([[0.0, -DISTANCE, 0.0]]), FOCAL)

    def resized(self, images: Float[Tensor, "b h w 3"]) -> Float[Tensor, "b 3 s s"]:
        """As OpenLRM resizes: corners stay corners. The vision transformer takes colours as they are."""
        side = (self.config.picture, self.config.picture)
        resized = functional.interpolate(images.permute(0, 3, 1, 2), side, mode="bicubic", align_corners=True)
        return resized.clamp(0, 1)

    def backbone(self, context: Float[Tensor, "b m d"], camera: Float[Tensor, "b e"]) -> Float[Tensor, "b n c"]:
        """Triplane tokens that have seen the picture: plane after plane, row after row."""
        tokens = self.tokens.expand(len(context), -1, -1)
        for block in self.blocks:
            tokens = block(tokens, context, camera)
        return self.norm(tokens)

    def triplanes(self, tokens: Float[Tensor, "b n c"]) -> list[Triplane]:
        planes = self.upsample(laid_out(tokens, self.config.plane)).to(self.tokens)  # in full again, under autocast
        return [Triplane(three, self.decoder, self.config.half_size) for three in planes.split(3)]


def camera_numbers(cameras: Cameras) -> Float[Tensor, "b 16"]:
    """What LRM is told of a camera: world from camera, with y up and looking along -z, row by row; then fx, fy, cx, cy
    in shares of the picture."""
    flip = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0])).to(cameras.world_from_camera)
    places = (cameras.world_from_camera @ flip)[:, :3].flatten(1)
    k = cameras.intrinsics
    size = torch.stack([cameras.width, cameras.height], -1).to(k)
    lens = torch.cat([k[:, [0, 1], [0, 1]] / size, k[:, :2, 2] / size], -1)
    return torch.cat([places, lens], -1)


class _ModulatedNorm(nn.Module):
    def __init__(self, width: int, camera_width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=NORM_EPSILON)
        self.modulation = nn.Linear(camera_width, 2 * width)

    def forward(self, tokens: Tensor, camera: Tensor) -> Tensor:
        shift, scale = self.modulation(functional.silu(camera))[:, None].chunk(2, dim=-1)
        return self.norm(tokens) * (1 + scale) + shift


class _Block(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.norm1, self.norm2, self.norm3 = (_ModulatedNorm(width, config.camera_width) for _ in range(3))
        self.cross_attention = CrossAttention(width, config.vision.width, config.heads, out_bias=False)
        self.self_attention = SelfAttention(width, config.heads, bias=False, out_bias=False)
        self.perceptron = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, tokens: Tensor, context: Tensor, camera: Tensor) -> Tensor:
        tokens = tokens + self.cross_attention(self.norm1(tokens, camera), context)
        tokens = tokens + self.self_attention(self.norm2(tokens, camera))
        return tokens + self.perceptron(self.norm3(tokens, camera))
