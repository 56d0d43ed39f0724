"""GRM: GS-LRM's Gaussians of pixels from features that are made finer step by step.

Xu et al., "GRM: Large Gaussian Reconstruction Model for Efficient 3D Reconstruction and Generation" (ECCV 2024). There
is no public code; its figures that the paper does not tell are ours. Every step doubles the resolution (pixel shuffle,
Shi et al. 2016), then features look at their neighbours in windows, across the borders of patches.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from recon3d.encoders import pixel_gaussians
from recon3d.encoders.networks.posed_pictures import finer
from recon3d.encoders.networks.windows import WindowedBlocks
from recon3d.encoders.pixel_gaussians import PixelGaussians

__all__ = ["Config", "WindowedGaussians"]


@dataclass(frozen=True)
class Config(pixel_gaussians.Config):
    window: int = 8
    """Side of the windows, in features. `cells` must be a power of two."""
    narrowest: int = 64
    """Every step halves the channels, but never leaves fewer."""


class WindowedGaussians(PixelGaussians):
    """As PixelGaussians, but for how features of patches become those of pixels."""

    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        steps = int(math.log2(config.cells))
        if 2**steps != config.cells:
            raise ValueError(f"cells double step by step: {config.cells} is no power of two")
        width = config.block.width
        widths = [min(width, max(config.narrowest, width >> step)) for step in range(steps + 1)]
        self.upsampler = nn.ModuleList(Finer(config, *pair) for pair in itertools.pairwise(widths))
        self.channels = widths[-1]
        self.head = self.new_head(self.channels, config.splats.numbers)

    def raw(
        self, tokens: Float[Tensor, "b n c"], size: tuple[int, int]
    ) -> tuple[Float[Tensor, "b v h w k"], Float[Tensor, "b e k"]]:
        """What is told of the Gaussians of all pixels, of pictures of (width, height), and of the extra ones."""
        config = self.config
        columns, rows = (side // config.patch for side in size)
        features = tokens[:, config.extra :].unflatten(1, (-1, rows, columns))
        maps = features.flatten(0, 1)
        for step in self.upsampler:
            maps = step(maps)
        told = self.head(maps).to(tokens).unflatten(0, features.shape[:2])
        return finer(told, size), self.of_extra(tokens)

    def memory(self, count: int, size: tuple[int, int]) -> int:
        """As for all such encoders, or what the last step holds of all pixels."""
        config, channels = self.config, self.channels
        hidden = channels * config.block.hidden // config.block.width
        cells = count * size[0] * size[1] * (config.cells / config.patch) ** 2
        masks = cells * config.window**2 / 4
        weights = sum(weight.numel() for weight in self.parameters())
        return max(super().memory(count, size), int(4 * (weights + cells * (6 * channels + 2 * hidden) + masks)))


class Finer(nn.Module):
    """Features of twice the resolution that have looked at their neighbours."""

    def __init__(self, config: Config, coarse: int, fine: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(coarse, bias=False)
        self.spread = nn.Linear(coarse, 4 * fine, bias=False)
        heads = max(1, fine * config.block.heads // config.block.width)
        hidden = fine * config.block.hidden // config.block.width
        block = dataclasses.replace(config.block, width=fine, heads=heads, hidden=hidden)
        self.windows = WindowedBlocks(block, config.window)

    def forward(self, maps: Float[Tensor, "b h w c"]) -> Float[Tensor, "b y x d"]:
        spread = self.spread(self.norm(maps)).to(maps).permute(0, 3, 1, 2)  # sums in full, under autocast
        return self.windows(functional.pixel_shuffle(spread, 2).permute(0, 2, 3, 1))
