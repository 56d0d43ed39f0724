"""Parametric triangle meshes. `spacing` is the wanted distance between vertices: light is baked there."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from recon3d.synthesis.surface import Number, Point, Surface, merged

Array = np.ndarray


def grid(points: Float[Array, "h w 3"], uv: Float[Array, "h w 2"] | None = None) -> Surface:
    """A sheet through a grid of points, its front where (along a row) x (along a column) points.

    Without `uv` the texture follows arc length: u along the rows, v along the columns. The first and last row or
    column may coincide (a tube), or a whole row may shrink to a point (a pole).
    """
    height, width = points.shape[:2]
    if uv is None:
        u, v = _arc_length(points, 1), _arc_length(points, 0)
        uv = np.stack(np.broadcast_arrays(u.mean(0)[None, :], v.mean(1)[:, None]), -1)
    index = np.arange(height * width).reshape(height, width)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2).reshape(-1, 3)
    vertices = points.reshape(-1, 3)
    corners = vertices[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=-1)
    return Surface.of(vertices, uv.reshape(-1, 2), faces[area > 1e-14])


def curve(points: list[Point], spacing: float) -> Float[Array, "k 3"]:
    """A smooth curve through the points, sampled evenly."""
    knots = np.asarray(points, float)
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=-1))])
    fine = CubicSpline(chord, knots)(np.linspace(0, chord[-1], 20 * len(knots))) if len(knots) > 2 else knots
    return resampled(fine, spacing)


def resampled(path: Float[Array, "m d"], spacing: float) -> Float[Array, "k d"]:
    """A polyline with vertices at most `spacing` apart; its own corners are kept."""
    counts = np.maximum(1, np.ceil(np.linalg.norm(np.diff(path, axis=0), axis=-1) / spacing - 1e-9)).astype(int)
    if counts.max() == 1:  # finer than wanted already: even steps instead
        length = _arc_length(path[None], 1)[0]
        steps = np.linspace(0, length[-1], max(2, int(np.ceil(length[-1] / spacing)) + 1))
        return np.stack([np.interp(steps, length, path[:, k]) for k in range(path.shape[1])], -1)
    pieces = [path[i] + np.arange(n)[:, None] / n * (path[i + 1] - path[i]) for i, n in enumerate(counts)]
    return np.concatenate([*pieces, path[-1:]])


def lathe(profile: list[tuple[Number, Number]], spacing: float, around: float | None = None) -> Surface:
    """A profile of (radius, z), from bottom to top, turned about the z axis; outside is away from the axis.

    `around` is the length of texture that one turn takes, for textures that must meet at the seam.
    """
    outline = resampled(np.asarray(profile, float), spacing)
    count = max(12, int(np.ceil(2 * np.pi * outline[:, 0].max() / spacing)))
    angle = np.linspace(0, 2 * np.pi, count + 1)
    angle[-1] = 0.0  # the seam closes exactly
    radius, z = outline[:, :1], outline[:, 1:]
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), z + 0 * angle], -1)
    if around is None:
        return grid(points)
    u = np.linspace(0, around, count + 1)[None, :]
    return grid(points, np.stack(np.broadcast_arrays(u, _arc_length(outline[:, None], 0)), -1))


def tube(path: Float[Array, "k 3"], radius: float | Float[Array, " k"], spacing: float) -> Surface:
    """A round rod along a path, with closed ends; the radius may change along it. Grain (u) runs along the path."""
    radii = np.broadcast_to(np.asarray(radius, float), (len(path),))
    count = max(6, int(np.ceil(2 * np.pi * radii.max() / spacing)))
    angle = np.linspace(0, 2 * np.pi, count + 1)
    angle[-1] = 0.0
    across, up = _frames(path)
    ring = np.cos(angle)[:, None, None] * across - np.sin(angle)[:, None, None] * up
    points = path + radii[:, None] * ring
    # The ends shrink to points, so the rod is closed.
    first, last = (np.broadcast_to(path[i], (count + 1, 1, 3)) for i in (0, -1))
    return grid(np.concatenate([first, points, last], 1))


def circle(radius: float, axis: int, count: int = 32) -> Float[Array, "k 3"]:
    """A closed path around a coordinate axis (0 to 2)."""
    angle = np.linspace(0, 2 * np.pi, count + 1)
    path = np.zeros((count + 1, 3))
    path[:, (axis + 1) % 3], path[:, (axis + 2) % 3] = radius * np.cos(angle), radius * np.sin(angle)
    path[-1] = path[0]
    return path


def rod(start: Point, end: Point, radius: float, spacing: float) -> Surface:
    """A straight tube."""
    return tube(resampled(np.array([start, end], float), spacing), radius, spacing)


def plate(
    lower: Float[Array, "k 3"], upper: Float[Array, "k 3"], thickness: Float[Array, "3"], spacing: float
) -> Surface:
    """A board between two edges, closed all round; `thickness` is a vector across it. Grain (u) follows the edges."""
    if np.cross(lower[-1] - lower[0], (upper - lower).mean(0)) @ thickness > 0:
        thickness = -thickness  # the front must look away from the back
    rows = max(2, int(np.ceil(np.linalg.norm(upper - lower, axis=-1).max() / spacing)) + 1)
    share = np.linspace(0, 1, rows)[:, None, None]
    middle = lower + share * (upper - lower)
    front, back = middle - thickness / 2, middle + thickness / 2
    depth = np.linspace(0, 1, max(2, int(np.ceil(np.linalg.norm(thickness) / spacing)) + 1))[:, None, None]
    edges = (lower, upper, middle[:, 0], middle[:, -1])
    below, above, left, right = (edge - thickness / 2 + depth * thickness for edge in edges)
    sides = (front, back[::-1], below[::-1], above, left, right[::-1])
    return merged([grid(side) for side in sides])


def box(size: Point, spacing: float, bevel: float = 0.0) -> Surface:
    """A box about the origin with rounded edges; the grain (u) runs along each face's longer side."""
    half = np.asarray(size, float) / 2
    bevel = min(bevel, 0.999 * half.min())
    sides = []
    for axis in range(3):
        i, j = [k for k in range(3) if k != axis]
        if size[i] < size[j]:
            i, j = j, i
        for sign in (-1.0, 1.0):
            sides.append(_box_side(half, bevel, spacing, (axis, i, j), sign))
    whole = merged(sides)
    return Surface.of(whole.vertices, whole.uv, whole.faces)


def _box_side(half: Array, bevel: float, spacing: float, axes: tuple[int, int, int], sign: float) -> Surface:
    axis, i, j = axes
    u, v = _box_steps(half[i], bevel, spacing), _box_steps(half[j], bevel, spacing)
    outer = np.empty((len(v), len(u), 3))
    outer[..., axis], outer[..., i], outer[..., j] = sign * half[axis], u[None, :], v[:, None]
    inner = np.clip(outer, -(half - bevel), half - bevel)
    offset = outer - inner
    length = np.linalg.norm(offset, axis=-1, keepdims=True)
    points = inner + bevel * offset / np.maximum(length, 1e-12)
    uv = np.stack(np.broadcast_arrays(u[None, :], v[:, None] + 0.37 * axis + 0.11 * sign), -1)
    return grid(points, uv).facing(sign * np.eye(3)[axis])


def _box_steps(half: float, bevel: float, spacing: float) -> Array:
    """Positions along one side: even on the flat part, three over each rounding."""
    flat = np.linspace(-(half - bevel), half - bevel, max(2, int(np.ceil(2 * (half - bevel) / spacing)) + 1))
    if bevel <= 0:
        return flat
    corner = half - bevel + bevel * np.array([0.41, 1.0])
    return np.concatenate([-corner[::-1], flat, corner])


def sphere(radius: float, spacing: float) -> Surface:
    """A sphere with nearly equal triangles: the faces of a cube blown up."""
    count = max(3, int(np.ceil(np.pi / 2 * radius / spacing)))
    cube = box((2.0, 2.0, 2.0), 2.0 / count)
    directions = np.tan(cube.vertices * np.pi / 4)
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    return Surface.of(radius * directions, cube.uv * radius * np.pi / 4, cube.faces)


def _arc_length(points: Array, axis: int) -> Array:
    steps = np.linalg.norm(np.diff(points, axis=axis), axis=-1)
    start = np.zeros_like(np.take(steps, [0], axis))
    return np.concatenate([start, np.cumsum(steps, axis)], axis)


def _frames(path: Array) -> tuple[Array, Array]:
    """Two unit vectors across the path at each point, carried along without twist."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True)
    across = np.empty_like(path)
    guess = np.eye(3)[np.argmin(np.abs(tangent[0]))]
    for i, along in enumerate(tangent):
        guess = guess - (guess @ along) * along
        guess /= np.linalg.norm(guess)
        across[i] = guess
    return across, np.cross(tangent, across)
