"""Colours as they are stored and as light adds up."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def linear_from_srgb(colours: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """IEC 61966-2-1, both in [0, 1]."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(light: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """IEC 61966-2-1, both in [0, 1]."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)
