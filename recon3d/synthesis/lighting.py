"""Daylight: a sun with a soft edge and a sky, gathered once at every vertex with their shadows and reflections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.model import Model

Array = np.ndarray


@runtime_checkable
class Sky(Protocol):
    """Where light comes from besides the sun."""

    def radiance(self, directions: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
        """Linear light that arrives from unit directions (world, +z up)."""
        ...


@dataclass(frozen=True)
class Sun:
    """`direction` leads towards the sun; `colour` is the irradiance it gives; `radius` in radians softens shadows."""

    direction: Float[Array, "3"]
    colour: Float[Array, "3"]
    radius: float

    @staticmethod
    def at(azimuth: float, elevation: float, colour: Float[Array, "3"], radius: float) -> Sun:
        """A sun at angles in degrees; azimuth counts from +x towards +y."""
        a, e = np.radians([azimuth, elevation])
        return Sun(np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)]), colour, radius)

    def directions(self, count: int) -> Float[Array, "n 3"]:
        """Unit directions spread evenly over the disc of the sun (a sunflower spiral)."""
        k = np.arange(count) + 0.5
        radius, angle = self.radius * np.sqrt(k / count), k * np.pi * (3 - 5**0.5)
        across = np.cross(self.direction, [0.0, 0.0, 1.0] if abs(self.direction[2]) < 0.9 else [1.0, 0.0, 0.0])
        across /= np.linalg.norm(across)
        up = np.cross(across, self.direction)
        spread = (radius * np.cos(angle))[:, None] * across + (radius * np.sin(angle))[:, None] * up
        directions = self.direction + spread
        return np.asarray(directions / np.linalg.norm(directions, axis=-1, keepdims=True))


@dataclass(frozen=True)
class Light:
    """The sun, the sky, and how far haze lets one see (world units; infinity for none)."""

    sun: Sun
    sky: Sky
    haze: float = np.inf


@dataclass(frozen=True)
class Baked:
    """At every vertex the share of the sun that is seen, and the irradiance from the sky and lit surfaces."""

    sun: Float[Array, " n"]
    ambient: Float[Array, "n 3"]


def bake(model: Model, light: Light, directions: int = 512, sun_directions: int = 48) -> Baked:
    """Light at the vertices: direct sun, then the sky and one bounce off everything the sky and the sun light.

    The same directions serve all vertices, so there is no noise, only a sum of very faint shadow edges.
    """
    sun = _sun_share(model, light.sun, sun_directions)
    albedo = model.vertex_colours()
    # A coarse first pass lights the surfaces that the second pass then sees.
    first = _gathered(model, light, fibonacci_sphere(directions // 4), np.zeros_like(albedo))
    cosine = model.cosines(light.sun.direction)
    glow = albedo * (first + (sun * cosine)[:, None] * light.sun.colour) / np.pi
    return Baked(sun, _gathered(model, light, fibonacci_sphere(directions), glow))


def fibonacci_sphere(count: int) -> Float[Array, "n 3"]:
    """Unit directions spread evenly over the sphere."""
    k = np.arange(count) + 0.5
    z, angle = 1 - 2 * k / count, k * np.pi * (3 - 5**0.5)
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], -1)


def _sun_share(model: Model, sun: Sun, count: int) -> Array:
    seen = np.zeros(len(model.vertices), np.float32)
    for direction in sun.directions(count):
        index = np.flatnonzero(model.cosines(direction) > 0)
        rays = np.broadcast_to(direction, (len(index), 3))
        seen[index] += ~model.caster.blocked(model.lifted(index, direction), rays)
    return seen / count


def _gathered(model: Model, light: Light, directions: Array, glow: Array) -> Array:
    """Irradiance from `directions`: the sky where nothing is in the way, `glow` (radiance at vertices) elsewhere."""
    total = np.zeros((len(model.vertices), 3), np.float32)
    face_glow = glow[model.faces].mean(1).astype(np.float32)
    radiance = light.sky.radiance(directions).astype(np.float32)
    # Leaves are many and small: every third direction will do for them.
    weight = np.where(model.thin, np.float32(3), np.float32(1))
    for k, (direction, sky) in enumerate(zip(directions, radiance, strict=True)):
        cosine = model.cosines(direction) * weight
        index = np.flatnonzero((cosine > 0) & ~model.thin if k % 3 else cosine > 0)
        faces = model.caster.first_faces(model.lifted(index, direction), np.broadcast_to(direction, (len(index), 3)))
        arriving = np.where(faces[:, None] < 0, sky, face_glow[faces])
        total[index] += cosine[index, None] * arriving
    return total * np.float32(4 * np.pi / len(directions))
