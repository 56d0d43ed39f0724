"""Rays as waves of their origins and directions (SRT, Sajjadi et al. 2022, section 3; NeRF's encoding)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class WavesConfig:
    octaves: int = 15
    """Of each coordinate of origins and of directions."""
    lowest: int = -5
    """The first octave of origins has half a wave in 2^-lowest units of length; that of directions, in 1."""

    @property
    def numbers(self) -> int:
        """That stand for a ray."""
        return 12 * self.octaves


def waves_of_rays(
    origins: Float[Tensor, "*n 3"], directions: Float[Tensor, "*n 3"], config: WavesConfig
) -> Float[Tensor, "*n k"]:
    """Sines of all octaves of x, y and z of the origin, then cosines; the same of the direction."""
    parts = (_waves(origins, config.octaves, config.lowest), _waves(directions, config.octaves, 0))
    return torch.cat(parts, -1)


def _waves(values: Float[Tensor, "*n 3"], octaves: int, lowest: int) -> Float[Tensor, "*n k"]:
    frequencies = math.pi * 2.0 ** torch.arange(lowest, lowest + octaves).to(values)
    phases = (values[..., None] * frequencies).flatten(-2)
    return torch.cat([phases.sin(), phases.cos()], -1)
