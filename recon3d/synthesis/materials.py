"""What a surface is made of: a tileable texture with relief, and how it shines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float

from recon3d.synthesis.sampling import bilinear

Array = np.ndarray


class _Level(NamedTuple):
    """A tile at one resolution; slope is (d height / d u, d height / d v)."""

    colour: Array
    height: Array
    slope: Array


@dataclass(frozen=True, eq=False)
class Texture:
    """A square tile: colour in linear light and height, both in the same grid; `size` and height in world units."""

    colour: Float[Array, "s s 3"]
    height: Float[Array, "s s"]
    size: float

    @cached_property
    def _pyramid(self) -> list[_Level]:
        """The tile at full, half, quarter, ... resolution."""
        levels = []
        colour: Array = self.colour.astype(np.float32)
        height: Array = self.height.astype(np.float32)
        while True:
            texel = self.size / len(colour)
            slope = [(np.roll(height, -1, axis) - np.roll(height, 1, axis)) / (2 * texel) for axis in (1, 0)]
            levels.append(_Level(*(np.ascontiguousarray(a) for a in (colour, height, np.stack(slope, -1)))))
            if len(colour) == 1:
                return levels
            half = (len(colour) // 2,) * 2
            colour, height = (np.asarray(cv2.resize(a, half, interpolation=cv2.INTER_AREA)) for a in (colour, height))

    def height_at(self, uv: Float[Array, "n 2"], spacing: float) -> Float[Array, " n"]:
        """Height at `uv`, for surfaces that are displaced and not only shaded; finer detail than `spacing` is left
        out, so that vertices so far apart do not alias it."""
        texel = self.size / len(self.colour)
        level = self._pyramid[int(np.clip(np.round(np.log2(spacing / texel)), 0, len(self._pyramid) - 1))]
        return bilinear(level.height, uv / self.size)[:, 0]

    def sampled(
        self, uv: Float[Array, "n 2"], footprint: Float[Array, " n"]
    ) -> tuple[Float[Array, "n 3"], Float[Array, "n 2"]]:
        """Colour and slope at `uv`, from the level whose texels are nearest to `footprint` (world units)."""
        texel = self.size / len(self.colour)
        chosen = np.round(np.log2(np.maximum(footprint / texel, 1e-6))).clip(0, len(self._pyramid) - 1).astype(int)
        colour, slope = np.empty((len(uv), 3), np.float32), np.empty((len(uv), 2), np.float32)
        for k in np.unique(chosen):
            here = np.flatnonzero(chosen == k)
            at, level = uv[here] / self.size, self._pyramid[k]
            colour[here], slope[here] = bilinear(level.colour, at), bilinear(level.slope, at)
        return colour, slope


@dataclass(frozen=True, eq=False)
class Material:
    """A texture and its gloss: `gloss` scales a Blinn-Phong highlight with exponent `shininess`.

    `thin` is for leaves and cloth: one sheet of triangles, lit through from behind.
    """

    texture: Texture
    gloss: float = 0.0
    shininess: float = 12.0
    thin: bool = False
