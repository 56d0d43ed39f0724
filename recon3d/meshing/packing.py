"""Rectangles packed into a square."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.ndimage import maximum_filter1d

Array = np.ndarray

SHRINK = 0.9
"""Factor by which all are made smaller until they fit."""
REFINEMENTS = 4
"""How often the last such step is halved."""


class Packing(NamedTuple):
    """Left and lower sides of rectangles in texels, and texels per unit of their sizes."""

    corners: Int[Array, "n 2"]
    scale: float


def packed(sizes: Float[Array, "n 2"], side: int, padding: int) -> Packing | None:
    """Rectangles of those widths and heights, as large as they fit, in a square of `side` texels, with `padding` texels
    around each. None where even points would not fit."""
    scale = _scale_that_fills(sizes, side, padding)
    corners = None
    while corners is None:
        if (_texels(sizes, scale, padding) <= 1 + 2 * padding).all():
            return None
        fits = scale = scale * SHRINK
        corners = _placed(_texels(sizes, scale, padding), side)
    step = 1 / SHRINK
    for _ in range(REFINEMENTS):
        step = step**0.5
        larger = _placed(_texels(sizes, fits * step, padding), side)
        if larger is not None:
            fits, corners = fits * step, larger
    return Packing(corners + padding, fits)


def _texels(sizes: Float[Array, "n 2"], scale: float, padding: int) -> Int[Array, "n 2"]:
    return np.ceil(sizes * scale).astype(np.int64) + 2 * padding


def _scale_that_fills(sizes: Float[Array, "n 2"], side: int, padding: int) -> float:
    """At which the rectangles with their padding would fill the square if none of it were lost."""
    area, around = max(float(sizes.prod(1).sum()), 1e-30), padding * float(sizes.sum())
    left = side**2 - 4 * padding**2 * len(sizes)
    filling = (float(np.sqrt(max(around**2 + area * left, 0.0))) - around) / area
    return min(filling, side / max(float(sizes.max()), 1e-30)) / SHRINK


def _placed(sizes: Int[Array, "n 2"], side: int) -> Int[Array, "n 2"] | None:
    """The higher ones first, each as low as it can lie on those before it (the skyline heuristic of Burke et al. 2004,
    "A New Placement Heuristic for the Orthogonal Stock-Cutting Problem", without its search for the best fit)."""
    if sizes.max() > side:
        return None
    skyline, corners = np.zeros(side, np.int64), np.zeros_like(sizes)
    for i in np.argsort(-sizes[:, 1], kind="stable"):
        width, height = sizes[i]
        resting = maximum_filter1d(skyline, width, origin=-(width // 2))[: side + 1 - width]
        left = int(resting.argmin())
        top = resting[left] + height
        if top > side:
            return None
        skyline[left : left + width] = top
        corners[i] = left, resting[left]
    return corners
