"""Light that is fixed to the world and baked into the colours of vertices: one key light, the sky and the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.casting import Caster
from recon3d.synthesis.colours import srgb
from recon3d.synthesis.lighting import fibonacci_sphere
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Fused
from recon3d.synthesis.surface import Number

Array = np.ndarray

RAYS = 16
"""Directions, over the whole sphere, in which every vertex looks for what hides the sky from it."""
LIFT = 0.004
"""How far off the surface rays start, in shares of the object's size."""
MIDDLE = 0.3
"""The mean reflectance of a thing that is exposed as it is."""
SPREAD = 0.07 * np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
"""Where on the lamp shadow rays go, so that shadows have soft edges."""


@dataclass(frozen=True)
class Light:
    """`key` comes from the unit vector `direction`; `sky` is the irradiance of a surface that looks up, `ground` of one
    that looks down. All three are linear light; `soft` (0 to 1) wraps the key light around, as a wide lamp does."""

    direction: Float[Array, "3"]
    key: Float[Array, "3"]
    sky: Float[Array, "3"]
    ground: Float[Array, "3"]
    soft: float

    def irradiance(
        self, normals: Float[Array, "n 3"], open_sky: Float[Array, " n"], sunlit: Float[Array, " n"]
    ) -> Float[Array, "n 3"]:
        """Light on surfaces of which these shares of the surroundings and of the key light are not hidden."""
        up = (0.5 + 0.5 * normals[:, 2:]) * open_sky[:, None]
        around = self.ground * open_sky[:, None] + (self.sky - self.ground) * up
        cosine = np.maximum((normals @ self.direction + self.soft) / (1 + self.soft), 0)
        return np.asarray(around + self.key * (cosine * sunlit)[:, None])


def any_light(dice: Dice) -> Light:
    """Daylight, a lamp, or only the grey of an overcast sky; white paper turned to the light comes out near white."""
    elevation, azimuth = np.radians(dice.between(15, 80)), dice.between(0, 2 * np.pi)
    direction = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    key = 0.0 if dice.chance(0.15) else dice.between(0.25, 0.75)
    ground = (1 - key) * dice.between(0.45, 0.95)
    warm, cold = warmth(dice.rng.normal() * 0.12), warmth(dice.rng.normal() * 0.05)
    light = Light(direction, key * warm, (1 - key) * cold, ground * warmth(0.06), dice.between(0.0, 0.5))
    brightest = light.irradiance(fibonacci_sphere(64), np.ones(64), np.ones(64)).mean(-1).max()
    exposure = dice.between(0.9, 1.45) / brightest
    return Light(direction, light.key * exposure, light.sky * exposure, light.ground * exposure, light.soft)


def warmth(amount: Number) -> Float[Array, "3"]:
    """A white that leans to orange above 0 and to blue below."""
    return np.asarray(np.exp(amount * np.array([1.0, 0.1, -1.1])))


def lit(whole: Fused, colours: Float[Array, "n 3"], light: Light) -> Float[Array, "n 3"]:
    """sRGB in [0, 1] of surfaces of those colours (linear light) that shadow one another."""
    open_sky, sunlit = _seen(whole, light)
    # As cameras do, dark things are exposed for longer, though not so long that they come out grey.
    exposure = np.clip((MIDDLE / max(float(colours.mean()), 1e-3)) ** 0.3, 0.85, 1.7)
    return np.clip(srgb(exposure * colours * light.irradiance(whole.normals, open_sky, sunlit)), 0, 1)


def _seen(whole: Fused, light: Light) -> tuple[Array, Array]:
    """Shares of the surroundings, and of the key light, that every vertex sees."""
    caster, normals = Caster(*whole.coarse), whole.normals
    origins = whole.vertices + LIFT * np.ptp(whole.vertices, axis=0).max() * normals
    open_sky, weight = np.zeros(len(origins)), np.full(len(origins), 1e-6)
    for direction in fibonacci_sphere(RAYS):
        cosine = normals @ direction
        here = np.flatnonzero(cosine > 0)
        free = ~caster.blocked(origins[here], np.broadcast_to(direction, (len(here), 3)))
        open_sky[here] += cosine[here] * free
        weight[here] += cosine[here]
    return 0.15 + 0.85 * open_sky / weight, _sunlit(caster, origins, normals, light)


def _sunlit(caster: Caster, origins: Array, normals: Array, light: Light) -> Array:
    """Only what faces the key light can be in another's shadow: beyond, the light wraps around and fades."""
    share = np.ones(len(origins))
    if light.key.any():
        facing = np.flatnonzero(normals @ light.direction > 0)
        share[facing] = 0.0
        for direction in light.direction + SPREAD:
            free = ~caster.blocked(origins[facing], np.broadcast_to(direction, (len(facing), 3)))
            share[facing] += free / len(SPREAD)
    return share
