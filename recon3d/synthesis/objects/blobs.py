"""Flesh: round limbs that flow into one another, cut out of a field of distances by marching cubes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from skimage import measure

from recon3d.synthesis.objects.solids import Solid
from recon3d.synthesis.surface import Number, Point

Array = np.ndarray

CELLS = 44
"""Cells along the longest side of the field."""


Place = Point | Float[Array, "3"]


class Limb(NamedTuple):
    """A rod with round ends whose radius goes from one end to the other; a ball, if both ends are one."""

    start: Place
    end: Place
    radius: Number
    end_radius: Number


def knob(place: Place, radius: Number) -> Limb:
    """A limb that is a ball."""
    return Limb(place, place, radius, radius)


def flesh(limbs: list[Limb], blend: Number) -> Solid:
    """One skin around all limbs; where they come as close as `blend`, they melt together."""
    low = np.min([np.minimum(l.start, l.end) - max(l.radius, l.end_radius) for l in limbs], 0) - 1.5 * blend
    high = np.max([np.maximum(l.start, l.end) + max(l.radius, l.end_radius) for l in limbs], 0) + 1.5 * blend
    cell = float((high - low).max() / CELLS)
    low, high = low - cell, high + cell
    shape = np.ceil((high - low) / cell).astype(int) + 1
    axes = [(low[k] + cell * np.arange(shape[k])).astype(np.float32) for k in range(3)]
    near = np.zeros(tuple(shape), np.float32)
    for limb in limbs:
        near += np.exp(np.minimum(-_distance(axes, limb) / np.float32(blend), 60))
    field = -blend * np.log(np.maximum(near, 1e-30))
    vertices, faces, _, _ = measure.marching_cubes(field, 0.0, spacing=(cell,) * 3)
    return Solid.of(vertices.astype(np.float64) + low, faces.astype(np.int64))


def _distance(axes: list[Array], limb: Limb) -> Float[Array, "x y z"]:
    """Distance to a limb at the points of a grid, less than 0 inside; near enough for radii that change slowly."""
    start, along = np.asarray(limb.start, np.float32), np.subtract(limb.end, limb.start).astype(np.float32)
    square = max(float(along @ along), 1e-12)
    x, y, z = (axis - start[k] for k, axis in enumerate(axes))
    dot = (x * along[0])[:, None, None] + (y * along[1])[None, :, None] + (z * along[2])[None, None, :]
    share = np.clip(dot / np.float32(square), 0, 1)
    away = (x * x)[:, None, None] + (y * y)[None, :, None] + (z * z)[None, None, :]
    # |p - share * along|^2, written out so that no array of vectors is made.
    away = away - 2 * share * dot + share * share * np.float32(square)
    radius = np.float32(limb.radius) + share * np.float32(limb.end_radius - limb.radius)
    return np.sqrt(np.maximum(away, 0)) - radius
