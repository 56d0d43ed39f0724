"""A roof of two slopes under clay tiles, its ridge along x: for the house and for the well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recon3d.synthesis import shapes
from recon3d.synthesis.surface import Surface, merged
from recon3d.synthesis.terrace import stuff


@dataclass(frozen=True)
class Roof:
    """Its length along the ridge, half its depth, and the heights of eave and ridge; overhangs included."""

    length: float
    half: float
    eave: float
    ridge: float

    def slope(self, spacing: float, lift: float = 0.0) -> Surface:
        """The slope towards -y as a flat sheet facing up, u along the eave and v up the slope."""
        high = float(np.hypot(self.half, self.ridge - self.eave))
        along = np.linspace(0, self.length, int(self.length / spacing) + 2)
        up = np.linspace(0, 1, int(high / spacing) + 2)[:, None]
        z = self.eave + lift + up * (self.ridge - self.eave)
        points = np.stack(np.broadcast_arrays(along - self.length / 2, -self.half * (1 - up), z), -1)
        return shapes.grid(points, np.stack(np.broadcast_arrays(along, high * up), -1))

    def tiles(self, spacing: float) -> Surface:
        """Displaced tiles on both slopes."""
        front = self.slope(spacing)
        front = front.displaced(stuff.roof_tiles().texture.height_at(front.uv, spacing))
        return merged([front, front.turned(180)])

    def ridge_tiles(self, count: int, radius: float, spacing: float) -> Surface:
        """A row of overlapping half-round tiles along the ridge."""
        long = self.length / count
        tiles = []
        for k in range(count):
            x = (k + 0.5) * long - self.length / 2
            start, end = (x - 0.56 * long, 0, self.ridge), (x + 0.56 * long, 0, self.ridge + 0.008)
            tile = shapes.rod(start, end, radius, spacing)
            tiles.append(tile.unrolled_at(0.33 * k, 0.1))
        return merged(tiles)
