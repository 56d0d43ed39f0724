"""Colours: written as sRGB hex, computed in linear light, stored as sRGB."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from recon3d.geometry.colours import linear_from_srgb, srgb_from_linear

Array = np.ndarray


def linear(code: str) -> Float[Array, "3"]:
    """Linear light of an sRGB colour such as "#8a5a3c"."""
    return linear_from_srgb(np.array([int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)]))


def srgb(light: Float[Array, "... 3"]) -> Float[Array, "... 3"]:
    """sRGB in [0, 1] of linear light; above 0.7 a soft shoulder bends highlights to white instead of clipping them."""
    knee = 0.7
    over = np.maximum(light - knee, 0) / (1 - knee)
    light = np.clip(np.where(light > knee, knee + (1 - knee) * over / (1 + over), light), 0, 1)
    return srgb_from_linear(light)


def mix(a: Float[Array, "... 3"], b: Float[Array, "... 3"], amount: Float[Array, "..."]) -> Float[Array, "... 3"]:
    """Colour a where amount is 0, colour b where it is 1."""
    return np.asarray(a + (b - a) * amount[..., None])


def smoothstep(low: int | float, high: int | float, x: Array) -> Array:
    """0 below low, 1 above high, smooth between; low may exceed high."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
