"""The ground, from flagstones underfoot to hills a kilometre away."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from recon3d.synthesis import shapes
from recon3d.synthesis.colours import linear, smoothstep
from recon3d.synthesis.materials import Material
from recon3d.synthesis.model import Part
from recon3d.synthesis.noise import solid_noise
from recon3d.synthesis.surface import Number, Point, Surface
from recon3d.synthesis.terrace import stuff

Array = np.ndarray

PAVED = 6.6  # radius of the flagstones
EDGE = 950.0  # where the world ends, behind the last hills


def height(x: Float[Array, "..."], y: Float[Array, "..."]) -> Float[Array, "..."]:
    """Height of the land: level around the terrace, a valley to the south, hills on all sides, higher far away."""
    r = np.hypot(x, y)
    south = np.clip(-y / np.maximum(r, 1e-6), -1, 1)
    valley = -0.075 * np.clip(r - 8.5, 0, 140) * smoothstep(-0.35, 0.5, south)
    flat = np.stack([x, y, 0 * x], -1).reshape(-1, 3)
    swell, hills, range_ = (solid_noise(flat, 60 + k, w).reshape(x.shape) for k, w in enumerate((45.0, 330.0, 900.0)))
    far = smoothstep(250, 850, r)
    return np.asarray(
        valley
        + 0.5 * smoothstep(9, 40, r) * swell
        + smoothstep(40, 260, r) * (5 + 9 * hills + 7)
        + far * (30 + 24 * np.abs(range_) + 6 * hills)
    )


def on_land(x: Number, y: Number) -> Point:
    """The point of the land at (x, y)."""
    return x, y, float(height(np.array([float(x)]), np.array([float(y)]))[0])


def parts(spacing: float) -> list[Part]:
    """Terrace, meadow and land."""
    flagstones = stuff.flagstones()
    return [
        Part(_paving(1.25 * spacing, flagstones), flagstones),
        Part(_land(PAVED - 0.05, 34.0, spacing * 3), stuff.meadow()),
        Part(_land(33.8, 130.0, spacing * 6), stuff.pasture()),
        Part(_land(129.0, EDGE, spacing * 4), stuff.farmland()),
    ]


def _paving(spacing: float, material: Material) -> Surface:
    """A round terrace whose stones stand out of their joints; its rim sinks into the grass."""
    side = np.linspace(-PAVED, PAVED, int(2 * PAVED / spacing))
    x, y = np.meshgrid(side, side, indexing="xy")
    points = np.stack([x, y, np.zeros_like(x)], -1)
    sheet = shapes.grid(points, points[..., :2])
    relief = material.texture.height_at(sheet.uv, spacing)
    r = np.hypot(sheet.vertices[:, 0], sheet.vertices[:, 1])
    edge = PAVED - 0.29 + 0.16 * solid_noise(sheet.vertices, 70, 1.5)
    sheet = sheet.displaced(relief - 0.02 - 0.22 * smoothstep(0, 0.10, r - edge))
    worn = 1 + 0.10 * solid_noise(sheet.vertices, 71, 2.5) + 0.08 * smoothstep(4, 1, r)
    return _without(sheet.tinted(worn[:, None] * np.ones(3)), r > PAVED + 0.02)


def _without(surface: Surface, gone: Array) -> Surface:
    """The surface less the triangles that touch marked vertices, and less the vertices that none uses then."""
    faces = surface.faces[~gone[surface.faces].any(1)]
    used, compact = np.unique(faces, return_inverse=True)
    return Surface(
        surface.vertices[used], surface.normals[used], surface.uv[used], compact.reshape(-1, 3), surface.tint[used]
    )


def _land(inner: float, outer: float, step: float) -> Surface:
    """A ring of land; the distance between vertices grows with the distance from the terrace."""
    growth = 1 + 1.1 * step / 6.0
    rings = inner * growth ** np.arange(np.ceil(np.log(outer / inner) / np.log(growth)) + 1)
    rings[-1] = outer
    angle = np.linspace(0, 2 * np.pi, int(2 * np.pi / (growth - 1)) + 1)
    angle[-1] = 0.0
    r = rings[:, None]
    x, y = r * np.cos(angle), r * np.sin(angle)
    z = height(x, y) - 0.03 * smoothstep(PAVED + 0.4, PAVED, r)
    points = np.stack([x, y, z], -1)[::-1]
    sheet = shapes.grid(points, points[..., :2])
    return sheet.tinted(_season(sheet.vertices))


def _season(vertices: Array) -> Array:
    """Drier on the swells, greener in the hollows; everything varies over a few metres."""
    patches, wide = solid_noise(vertices, 72, 7.0), solid_noise(vertices, 73, 60.0)
    dry = np.clip(0.5 + 0.25 * patches + 0.25 * wide, 0, 1)[:, None]
    green, straw = linear("#dfe6c4"), linear("#fff0cf")
    return np.asarray((green + dry * (straw - green)) * (1 + 0.06 * patches[:, None]))
