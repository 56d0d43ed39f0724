"""Plants: leaves by the hundred, the crowns they make, grass in tufts."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.surface import Point, Surface

Array = np.ndarray


def leaves(
    places: Float[Array, "k 3"], directions: Float[Array, "k 3"], size: tuple[float, float], seed: int
) -> Surface:
    """One folded leaf, `size` = (length, width), at each place, growing along its direction.

    `uv` spans the unit tile of `greenery.leaf`, u = 0 on the rib. Tints vary from leaf to leaf.
    """
    rng = np.random.default_rng(seed)
    count = len(places)
    along = _unit(directions)
    across = _unit(np.cross(along, rng.normal(size=(count, 3))))
    above = np.cross(across, along)
    length, width = (s * rng.uniform(0.75, 1.25, (count, 1)) for s in size)
    fold = 0.22 * width * above
    droop = 0.18 * length * above
    corners = np.stack(
        [
            places,
            places + 0.45 * length * along + 0.5 * width * across + fold,
            places + 0.45 * length * along,
            places + 0.45 * length * along - 0.5 * width * across + fold,
            places + length * along - droop,
        ],
        1,
    )
    uv = np.tile(np.array([[0, 0], [0.5, 0.45], [0, 0.45], [-0.5, 0.45], [0, 1.0]]), (count, 1))
    triangles = np.array([[0, 2, 1], [0, 3, 2], [1, 2, 4], [2, 3, 4]])
    faces = (5 * np.arange(count)[:, None, None] + triangles).reshape(-1, 3)
    shade = rng.normal(1.0, 0.16, (count, 1)).clip(0.55, 1.5)
    tint = shade * np.stack([rng.normal(1, 0.10, count), np.ones(count), rng.normal(0.95, 0.12, count)], -1)
    sheet = Surface.of(corners.reshape(-1, 3), uv, faces)
    return sheet.tinted(np.repeat(tint.clip(0.2, 1.8), 5, axis=0))


def tufts(places: Float[Array, "k 3"], height: float, blades: int, seed: int) -> Surface:
    """Grass: `blades` narrow curved blades spreading from each place; v runs up the blade."""
    rng = np.random.default_rng(seed)
    root = np.repeat(places, blades, axis=0)
    count = len(root)
    angle, lean = rng.uniform(0, 2 * np.pi, count), np.abs(rng.normal(0.35, 0.25, count))
    tall = height * rng.uniform(0.5, 1.2, count) * np.repeat(rng.uniform(0.6, 1.3, len(places)), blades)
    out = np.stack([np.cos(angle), np.sin(angle), 0 * angle], -1)
    across = 0.045 * height * np.stack([-out[:, 1], out[:, 0], 0 * angle], -1)
    root = root + 0.12 * height * rng.normal(size=(count, 1)) * out
    up = np.array([0, 0, 1.0])
    middle = root + (0.55 * tall)[:, None] * (up + 0.5 * lean[:, None] * out)
    tip = root + tall[:, None] * (up * (1 - 0.25 * lean[:, None]) + 1.1 * lean[:, None] * out)
    corners = np.stack([root - across, root + across, middle + 0.7 * across, middle - 0.7 * across, tip], 1)
    uv = np.tile(np.array([[-0.2, 0], [0.2, 0], [0.2, 0.5], [-0.2, 0.5], [0, 1.0]]), (count, 1))
    triangles = np.array([[0, 1, 2], [0, 2, 3], [3, 2, 4]])
    faces = (5 * np.arange(count)[:, None, None] + triangles).reshape(-1, 3)
    tint = (
        np.repeat(rng.normal(1.0, 0.15, (count, 1)).clip(0.5, 1.5), 5, axis=0)
        * np.tile([0.6, 0.6, 1, 1, 1.15], count)[:, None]
    )
    return Surface.of(corners.reshape(-1, 3), uv, faces).tinted(tint * np.ones(3))


def in_ball(count: int, radii: Point, hollow: float, seed: int) -> tuple[Array, Array]:
    """Places for leaves in an ellipsoid whose inner part (share `hollow` of the radius) is empty, and which way they
    grow: outwards, loosely."""
    rng = np.random.default_rng(seed)
    outward = _unit(rng.normal(size=(count, 3)))
    depth = rng.uniform(hollow**3, 1, (count, 1)) ** (1 / 3)
    return outward * depth * np.array(radii), _unit(outward + 0.7 * rng.normal(size=(count, 3)))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))
