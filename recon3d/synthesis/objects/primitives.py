"""Solids made of closed rings: prisms, lathe work, tubes, boxes and balls. The main axis is z, the middle is 0."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.objects import outlines
from recon3d.synthesis.objects.outlines import Outline
from recon3d.synthesis.objects.solids import Solid, aimed
from recon3d.synthesis.surface import Number

Array = np.ndarray
Profile = Float[Array, "k 2"]  # (radius, z) from bottom to top

STEP = 0.05
"""Greatest distance between the rings of a solid. Objects measure 1 to 2, and are refined once they are whole."""


def lofted(rings: Float[Array, "k m 3"], loop: bool = False) -> Solid:
    """A skin through closed rings. The ends are closed flat, or by a loop from the last ring to the first."""
    middles = rings[[0, -1]].mean(1)
    if not loop:
        flat = np.linalg.norm(rings[[0, -1]] - middles[:, None], axis=-1).max(1) < 1e-6
        rings = rings[int(flat[0]) : len(rings) - int(flat[1])]
    count, around = rings.shape[:2]
    a = np.arange(count * around).reshape(count, around)
    b = np.roll(a, -1, 1)
    up_a, up_b = np.roll(a, -1, 0), np.roll(b, -1, 0)
    if not loop:
        a, b, up_a, up_b = a[:-1], b[:-1], up_a[:-1], up_b[:-1]
    faces = [np.stack([a, b, up_b], -1).reshape(-1, 3), np.stack([a, up_b, up_a], -1).reshape(-1, 3)]
    vertices = rings.reshape(-1, 3)
    if not loop:
        low, high = np.arange(around), np.arange(around) + (count - 1) * around
        start, end = np.full(around, count * around), np.full(around, count * around + 1)
        faces += [np.stack([np.roll(low, -1), low, start], -1), np.stack([high, np.roll(high, -1), end], -1)]
        vertices = np.concatenate([vertices, middles])
    return Solid.of(vertices, np.concatenate(faces))


def prism(outline: Outline, profile: Profile | list[tuple[Number, Number]], step: Number = STEP) -> Solid:
    """An outline drawn up along a profile: (scale of the outline, z) from bottom to top.

    With a circle this is lathe work. A profile that comes back down inside makes a hollow vessel.
    """
    knots = np.asarray(profile, float)
    length = np.linalg.norm(np.diff(knots, axis=0), axis=-1)
    # Around the axis triangles are slivers: there, few rings will do.
    axial = np.minimum(knots[1:, 0], knots[:-1, 0]) < 1e-6
    path = subdivided(knots, np.where(axial, np.maximum(step, length / 3), step))
    flat = path[:, None, :1] * outline
    return lofted(np.concatenate([flat, np.broadcast_to(path[:, None, 1:], (*flat.shape[:2], 1))], -1))


def turned(profile: Profile | list[tuple[Number, Number]], step: Number = STEP) -> Solid:
    """Lathe work: (radius, z) from bottom to top, turned about z."""
    radius = float(np.asarray(profile, float)[:, 0].max())
    return prism(outlines.circle(around(radius)), profile, step)


def around(radius: Number) -> int:
    """Points on a circle of that radius."""
    return int(np.clip(2 * np.pi * radius / STEP, 14, 56))


def cylinder(radius: Number, height: Number, bevel: Number = 0.0, top: Number | None = None) -> Solid:
    """A round rod, or a cone if the radius at its `top` differs; its edges may be rounded."""
    upper = radius if top is None else top
    bevel = min(bevel, 0.45 * height, 0.9 * max(radius, 1e-3), 0.9 * max(upper, 1e-3))
    half = height / 2
    if bevel <= 0:
        return turned([(0, -half), (radius, -half), (upper, half), (0, half)])
    turn = np.linspace(0, np.pi / 2, 5)
    s, c = np.sin(turn), np.cos(turn)
    low = np.stack([radius - bevel + bevel * s, -half + bevel - bevel * c], -1)
    high = np.stack([upper - bevel + bevel * c, half - bevel + bevel * s], -1)
    return turned(np.concatenate([[[0, -half]], low, high, [[0, half]]]))


def box(x: Number, y: Number, z: Number, rounding: Number = 0.03) -> Solid:
    """A box with those sides; its edges are rounded by `rounding` in units of the world, at most half a side."""
    half = np.array([x, y, z], float) / 2
    radius = float(np.clip(rounding, 0.002, 0.98 * half.min()))
    steps = 5 if radius > 0.01 else 2
    turn = np.linspace(0, np.pi / 2, steps)
    rings = []
    heights = subdivided(np.array([[-half[2] + radius], [half[2] - radius]]), STEP)[:, 0]
    inner = half[:2] - radius
    levels = [(radius * np.sin(t), -half[2] + radius - radius * np.cos(t)) for t in turn[:-1]]
    levels += [(radius, h) for h in heights]
    levels += [(radius * np.cos(t), half[2] - radius + radius * np.sin(t)) for t in turn[1:]]
    for offset, height in levels:
        rings.append(_rounded_ring(inner, max(offset, 1e-4), height, steps))
    return lofted(np.stack(rings))


def _rounded_ring(inner: Array, radius: Number, height: Number, steps: int) -> Array:
    """A rectangle of half sides `inner` grown by a radius, with the same number of points whatever the radius."""
    turn = np.linspace(0, np.pi / 2, steps)
    corners = []
    for k, (sx, sy) in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        angle = turn + k * np.pi / 2
        corners.append(inner * [sx, sy] + radius * np.stack([np.cos(angle), np.sin(angle)], -1))
    sides = []
    for k, corner in enumerate(corners):
        start, end = corner[-1], corners[(k + 1) % 4][0]
        count = max(1, int(np.ceil(2 * inner[k % 2] / STEP)))
        between = np.arange(1, count)[:, None] / count
        sides += [corner, start + between * (end - start)]
    ring = np.concatenate(sides)
    return np.concatenate([ring, np.full((len(ring), 1), height)], -1)


def ball(x: Number, y: Number | None = None, z: Number | None = None) -> Solid:
    """An ellipsoid of those radii; of one radius, a sphere."""
    return superquadric(x, x if y is None else y, x if z is None else z, 2.0, 2.0)


def superquadric(x: Number, y: Number, z: Number, level: Number, upright: Number) -> Solid:
    """Barr, "Superquadrics and Angle-Preserving Transformations" (1981), in the implicit form: `level` is the exponent
    of its horizontal outline, `upright` that of its silhouette; 2 is round, 1 a double cone, 6 nearly a box."""
    count = max(10, around(max(x, y, z)) // 2)
    latitude = np.linspace(-np.pi / 2, np.pi / 2, count + 1)
    c, s = np.cos(latitude), np.sin(latitude)
    length = (np.abs(c) ** upright + np.abs(s) ** upright) ** (-1 / upright)
    profile = np.stack([np.maximum(c, 0) * length, s * length], -1)
    profile[[0, -1], 0] = 0.0
    flat = profile[:, None, :1] * outlines.superellipse(level, around(max(x, y)))
    rings = np.concatenate([flat, np.broadcast_to(profile[:, None, 1:], (*flat.shape[:2], 1))], -1)
    return lofted(rings * np.array([x, y, z], float)).rested()


def capsule(radius: Number, length: Number, top: Number | None = None) -> Solid:
    """A rod with round ends; `length` is between the middles of the ends, the radius at the `top` may differ."""
    upper = radius if top is None else top
    turn = np.linspace(0, np.pi / 2, 7)
    low = np.stack([radius * np.sin(turn), -length / 2 - radius * np.cos(turn)], -1)
    high = np.stack([upper * np.cos(turn), length / 2 + upper * np.sin(turn)], -1)
    return turned(np.concatenate([low, high]))


def torus(radius: Number, thickness: Number, height: Number | None = None) -> Solid:
    """A ring about z; `thickness` is half its width, `height` half its height (by default the same)."""
    tall = thickness if height is None else height
    angle = outlines.angles(around(radius + thickness))
    section = outlines.circle(max(12, around(thickness))) * np.array([thickness, tall])
    out = radius + section[None, :, :1]
    turn = np.stack([np.cos(angle), np.sin(angle)], -1)[:, None]
    upright = np.broadcast_to(section[None, :, 1:], (len(angle), len(section), 1))
    return lofted(np.concatenate([out * turn, upright], -1), loop=True)


def tube(
    path: Float[Array, "k 3"], radius: Number | Float[Array, " k"], flat: Number = 1.0, loop: bool = False
) -> Solid:
    """A rod along a path, or round a closed one; the radius may change. `flat` squeezes it across its second axis."""
    radii = np.broadcast_to(np.asarray(radius, float), (len(path),))
    across, up = carried_frames(path, loop)
    angle = outlines.angles(max(10, min(28, around(float(radii.max())))))
    ring = np.cos(angle)[:, None] * across[:, None] + flat * np.sin(angle)[:, None] * up[:, None]
    solid = lofted(path[:, None] + radii[:, None, None] * ring, loop)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=-1))])
    rest = radii[:, None, None] * np.stack([np.cos(angle), flat * np.sin(angle), 0 * angle], -1)
    rest = (rest + np.array([0, 0, 1]) * length[:, None, None]).reshape(-1, 3)
    ends = np.array([[0, 0, 0], [0, 0, length[-1]]])[: len(solid.vertices) - len(rest)]
    return Solid(solid.vertices, solid.faces, np.concatenate([rest, ends]))


def bow(half: Number, reach: Number, radius: Number, flat: Number = 1.0) -> Solid:
    """A handle: half a ring from (0, -half, 0) over (0, 0, reach) to (0, half, 0)."""
    t = np.linspace(0, np.pi, 22)
    return tube(np.stack([0 * t, half * np.cos(t), reach * np.sin(t)], -1), radius, flat)


def rod(start: Float[Array, "3"], end: Float[Array, "3"], radius: Number, top: Number | None = None) -> Solid:
    """A straight round rod between two points."""
    solid = cylinder(radius, float(np.linalg.norm(end - start)), 0.3 * radius, top)
    return solid.moved(aimed(end - start)).at(*((start + end) / 2))


def carried_frames(path: Float[Array, "k 3"], loop: bool = False) -> tuple[Float[Array, "k 3"], Float[Array, "k 3"]]:
    """Two unit vectors across a path at each point, carried along it without twist; round a loop, they meet again."""
    tangent = _unit(np.roll(path, -1, 0) - np.roll(path, 1, 0) if loop else np.gradient(path, axis=0))
    across = np.empty_like(path)
    guess = np.eye(3)[np.argmin(np.abs(tangent[0]))]
    for i, along in enumerate(tangent):
        guess = across[i] = _unit(guess - (guess @ along) * along)
    up = np.cross(tangent, across)
    if loop:  # what is left of a twist after one round is spread over the whole of it
        guess = _unit(guess - (guess @ tangent[0]) * tangent[0])
        left = np.arctan2(guess @ up[0], guess @ across[0])
        angle = (-left * np.arange(len(path)) / len(path))[:, None]
        across, up = np.cos(angle) * across + np.sin(angle) * up, np.cos(angle) * up - np.sin(angle) * across
    return across, up


def subdivided(path: Float[Array, "k d"], step: Number | Float[Array, " k-1"]) -> Float[Array, "m d"]:
    """A polyline with points at most `step` (of its whole, or of every segment) apart; it keeps all points it has."""
    counts = np.maximum(1, np.ceil(np.linalg.norm(np.diff(path, axis=0), axis=-1) / step - 1e-9)).astype(int)
    pieces = [path[i] + np.arange(n)[:, None] / n * (path[i + 1] - path[i]) for i, n in enumerate(counts)]
    return np.concatenate([*pieces, path[-1:]])


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))
