"""The vision transformers that image encoders were published with: DINO (Caron et al. 2021, ViT-B/16) and DINOv2 with
registers (Oquab et al. 2023, Darcet et al. 2023), for pictures of any size that patches divide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from recon3d.encoders.networks.attention import SelfAttention

Positions = Literal["offset", "exact", "antialiased"]


@dataclass(frozen=True)
class BlockConfig:
    width: int = 768
    heads: int = 12
    hidden: int = 3072
    """Width between the two products of a block's perceptron."""
    layer_scale: bool = False
    """Whether each branch of a block is scaled, channel by channel, before it is added."""
    norm_epsilon: float = 1e-12


@dataclass(frozen=True)
class VisionTransformerConfig(BlockConfig):
    layers: int = 12
    patch: int = 16
    """Pixels along a patch's side."""
    grid: int = 14
    """Patches along the side of the picture that the position table was learnt for."""
    registers: int = 0
    """Tokens that stand for no patch and have no position."""
    positions: Positions = "offset"
    """How the position table is resized: `offset` as by transformers 4.35 (bicubic, by (size + 0.1) / grid), `exact` as
    by transformers 5 (bicubic, to the size), `antialiased` as by DINOv2 with registers."""


class VisionTransformer(nn.Module):
    """A picture to tokens: the class token, then those of the patches, row by row."""

    def __init__(self, config: VisionTransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.patches = nn.Conv2d(3, config.width, config.patch, config.patch)
        self.class_token = nn.Parameter(torch.zeros(1, 1, config.width))
        self.position_table = nn.Parameter(0.02 * torch.randn(1, 1 + config.grid**2, config.width))
        if config.registers:
            self.register_tokens = nn.Parameter(1e-6 * torch.randn(1, config.registers, config.width))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width, eps=config.norm_epsilon)

    def forward(self, images: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b n c"]:
        """`images` as the network was trained on them, normalised or not. ValueError where patches do not fit."""
        height, width = (size / self.config.patch for size in images.shape[-2:])
        if not (height.is_integer() and width.is_integer()):
            raise ValueError(f"pictures of {self.config.patch}-pixel patches only, not {tuple(images.shape[-2:])}")
        tokens = self.patches(images).flatten(2).mT
        tokens = torch.cat([self.class_token.expand(len(tokens), -1, -1), tokens], 1)
        tokens = tokens + self.positions(int(height), int(width))
        if self.config.registers:
            registers = self.register_tokens.expand(len(tokens), -1, -1)
            tokens = torch.cat([tokens[:, :1], registers, tokens[:, 1:]], 1)
        for block in self.blocks:
            tokens = block(tokens)
        tokens = self.norm(tokens)
        return torch.cat([tokens[:, :1], tokens[:, 1 + self.config.registers :]], 1)

    def positions(self, height: int, width: int) -> Float[Tensor, "1 n c"]:
        """The position table for height x width patches, the class token's first."""
        grid = self.config.grid
        if (height, width) == (grid, grid):
            return self.position_table
        table = self.position_table[:, 1:].mT.unflatten(-1, (grid, grid))
        if self.config.positions == "offset":
            scale = [(height + 0.1) / grid, (width + 0.1) / grid]
            table = functional.interpolate(table, scale_factor=scale, mode="bicubic", recompute_scale_factor=False)
        else:
            antialias = self.config.positions == "antialiased"
            table = functional.interpolate(table, (height, width), mode="bicubic", antialias=antialias)
        return torch.cat([self.position_table[:, :1], table.flatten(2).mT], 1)


class Block(nn.Module):
    """Tokens attend to each other, then each is changed by itself; with or without biases."""

    def __init__(self, config: BlockConfig, bias: bool = True) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width, eps=config.norm_epsilon, bias=bias)
        self.attention = SelfAttention(config.width, config.heads, bias=bias, out_bias=bias)
        self.scale1 = _LayerScale(config.width) if config.layer_scale else nn.Identity()
        self.norm2 = nn.LayerNorm(config.width, eps=config.norm_epsilon, bias=bias)
        self.perceptron = nn.Sequential(
            nn.Linear(config.width, config.hidden, bias=bias),
            nn.GELU(),
            nn.Linear(config.hidden, config.width, bias=bias),
        )
        self.scale2 = _LayerScale(config.width) if config.layer_scale else nn.Identity()

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """`mask`, b n n, tells which tokens each of them may see."""
        tokens = tokens + self.scale1(self.attention(self.norm1(tokens), mask))
        return tokens + self.scale2(self.perceptron(self.norm2(tokens)))


class _LayerScale(nn.Module):
    """Touvron et al. 2021, "Going deeper with image transformers"."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), 1e-5))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.gamma * tokens
