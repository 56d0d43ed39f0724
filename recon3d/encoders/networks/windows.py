"""Attention within square windows of a map of features, shifted by half of one every other time so that what is learnt
crosses their borders (Swin, Liu et al. 2021)."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from recon3d.encoders.networks.posed_pictures import patches, unpatched
from recon3d.encoders.networks.vision_transformer import Block, BlockConfig


class WindowedBlocks(nn.Module):
    """Two blocks without biases: in windows, and in windows shifted by half their side."""

    def __init__(self, config: BlockConfig, side: int) -> None:
        super().__init__()
        self.side = side
        self.blocks = nn.ModuleList(Block(config, bias=False) for _ in range(2))

    def forward(self, features: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        for block, shift in zip(self.blocks, (0, self.side // 2), strict=True):
            features = in_windows(block, features, self.side, shift)
        return features


def in_windows(block: nn.Module, features: Float[Tensor, "b h w c"], side: int, shift: int) -> Float[Tensor, "b h w c"]:
    """What the block makes of every window by itself. The first windows begin `shift` above and left of the map; those
    at its border see no farther than it."""
    height, width, channels = features.shape[1:]
    above, below = shift, -(height + shift) % side
    left, right = shift, -(width + shift) % side
    filled = functional.pad(features, (0, 0, left, right, above, below))
    tokens = patches(filled, side).unflatten(-1, (side**2, channels))
    mask = None
    if above or below or left or right:
        inside = functional.pad(torch.ones_like(features[:1, ..., :1]), (0, 0, left, right, above, below))
        mask = visible(patches(inside, side)[0] > 0).repeat(len(features), 1, 1)
    seen = block(tokens.flatten(0, 1), mask).unflatten(0, tokens.shape[:2])
    size = (filled.shape[2], filled.shape[1])
    return unpatched(seen.flatten(-2), side, size)[:, above : above + height, left : left + width]


def visible(inside: Bool[Tensor, "n t"]) -> Bool[Tensor, "n t t"]:
    """What the tokens of every window may see: those that are inside the map, and themselves."""
    return inside[:, None, :] | torch.eye(inside.shape[1], dtype=torch.bool, device=inside.device)
