"""A clear late afternoon: the sun in the south-west, a few soft clouds, haze over the hills."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.colours import linear, mix, smoothstep
from recon3d.synthesis.lighting import Light, Sun
from recon3d.synthesis.noise import fractal_image
from recon3d.synthesis.sampling import bilinear

Array = np.ndarray


class CloudySky:
    """A blue dome, paler at the horizon, with clouds on a plane far above; below the horizon the light of the land."""

    def radiance(self, directions: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
        """Linear light from unit directions."""
        z = np.clip(directions[:, 2], 0.0, 1.0)
        blue = mix(linear("#c9dcea"), linear("#5f97cf"), z**0.55)
        warm = np.exp(-8 * z) * (0.5 + 0.5 * np.clip(directions @ _SUN.direction, 0, 1))
        clear = mix(blue, linear("#f3e6cf"), 0.55 * warm)
        cover, shade = self._clouds(directions)
        cloudy = mix(clear, mix(linear("#ffffff"), linear("#c3cad6"), shade) * 1.02, cover)
        ground = linear("#8c8060")[None, :] * 0.55
        return np.asarray(np.where(directions[:, 2:] < -0.02, ground, 1.12 * cloudy), np.float32)

    def _clouds(self, directions: Array) -> tuple[Array, Array]:
        """How much cloud there is and how grey it is."""
        height = np.maximum(directions[:, 2:], 0.04) + 0.10
        at = directions[:, :2] / height * 0.11 + 0.5
        cover, shade = bilinear(self._dome, at).T
        return cover * smoothstep(0.0, 0.10, directions[:, 2]), shade

    @cached_property
    def _dome(self) -> Array:
        billows = fractal_image(2048, 80, 1.55, stretch=(1, 1.6), coarsest=3)
        lower = fractal_image(2048, 81, 1.3, coarsest=5)
        cover = smoothstep(0.25, 1.7, billows + 0.25 * lower) * 0.92
        shade = smoothstep(0.9, 2.6, billows) * 0.7
        return np.stack([cover, shade], -1).astype(np.float32)


_SUN = Sun.at(-138.0, 31.0, np.array([4.1, 3.35, 2.38]), 0.02)


def light() -> Light:
    """Sun, sky and haze."""
    return Light(_SUN, CloudySky(), haze=1500.0)
