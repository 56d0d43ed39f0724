"""Flowers and grass: in the pots, on the wall of the house, in rows on the slope, on the meadow."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis import foliage
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Surface, merged
from recon3d.synthesis.terrace import garden, house, stuff
from recon3d.synthesis.terrace.ground import PAVED, height, on_land

Array = np.ndarray


def parts(spacing: float) -> list[Part]:
    """All flowers and grass; their triangles are leaves, so `spacing` does not matter."""
    return [
        Part(_lavender_leaves(), stuff.olive_leaf()),
        Part(_lavender_spikes(), stuff.petal("#8a76b8")),
        Part(merged([_geranium_leaves(), _creeper_leaves(), _grass()]), stuff.green_leaf()),
        Part(_geranium_heads(), stuff.petal("#c8373a")),
        Part(_creeper_flowers(), stuff.petal("#b5508c")),
        Part(_meadow_flowers(420, 16, 0.036, 920), stuff.petal("#d0402c")),
        Part(_meadow_flowers(700, 22, 0.022, 930), stuff.petal("#f2ead2")),
    ]


def _lavender_bushes() -> list[tuple[Array, float]]:
    """Places and sizes: in pots, and in rows down the slope beyond the wall."""
    bushes = []
    for (x, y), radius in garden.LAVENDER_POTS:
        bushes.append((np.array([x, y, 0.9 * garden.pot_height(radius)]), 1.5 * radius))
    rng = np.random.default_rng(600)
    for row in range(6):
        for k in range(22):
            x, y = -15.0 + 1.05 * k + rng.normal(0, 0.06), -9.6 - 1.5 * row + rng.normal(0, 0.06) + 0.06 * k
            if abs(x - 1.0) > 1.0:  # the path
                bushes.append((np.array(on_land(x, y)), 0.55 * rng.uniform(0.85, 1.15)))
    return bushes


def _lavender_leaves() -> Surface:
    pieces = []
    for k, (place, size) in enumerate(_lavender_bushes()):
        rng = np.random.default_rng(610 + k)
        roots = place + 0.35 * size * rng.uniform(-1, 1, (14, 3)) * np.array([1, 1, 0])
        pieces.append(foliage.tufts(roots, 0.75 * size, 6, 610 + k))
    return merged(pieces).tinted(np.array([0.85, 0.95, 0.85]))


def _lavender_spikes() -> Surface:
    """Flowers at the ends of stalks that spread from the root."""
    pieces = []
    for k, (place, size) in enumerate(_lavender_bushes()):
        rng = np.random.default_rng(760 + k)
        out = rng.normal(size=(75, 3)) * np.array([1, 1, 0.25]) + np.array([0, 0, 1.15])
        out /= np.linalg.norm(out, axis=-1, keepdims=True)
        tips = place + 0.92 * size * out * rng.uniform(0.75, 1.08, (75, 1))
        ways = out + 0.15 * rng.normal(size=(75, 3))
        pieces.append(foliage.leaves(tips, ways, (0.30 * size, 0.09 * size), 760 + k))
    return merged(pieces)


def _geranium_leaves() -> Surface:
    pieces = []
    for k, ((x, y), radius) in enumerate(garden.GERANIUM_POTS):
        places, ways = foliage.in_ball(230, (1.25 * radius, 1.25 * radius, 0.85 * radius), 0.3, 800 + k)
        bush = foliage.leaves(places, ways, (0.34 * radius, 0.30 * radius), 800 + k)
        pieces.append(bush.at(x, y, garden.pot_height(radius) + 0.45 * radius))
    return merged(pieces)


def _geranium_heads() -> Surface:
    """Balls of petals on the outside of the leaves."""
    pieces = []
    for k, ((x, y), radius) in enumerate(garden.GERANIUM_POTS):
        heads, _ = foliage.in_ball(11, (1.25 * radius, 1.25 * radius, radius), 0.9, 820 + k)
        for j, head in enumerate(np.abs(heads) * np.sign(heads * np.array([1, 1, 0]) + np.array([0, 0, 1]))):
            places, ways = foliage.in_ball(22, (0.20 * radius,) * 3, 0.6, 830 + 20 * k + j)
            ball = foliage.leaves(places + head, ways, (0.16 * radius, 0.15 * radius), 830 + j)
            pieces.append(ball.at(x, y, garden.pot_height(radius) + 0.55 * radius))
    return merged(pieces)


def _grass() -> Surface:
    """Tufts where the paving meets the meadow, and scattered beyond; straw-coloured against the meadow's green."""
    rng = np.random.default_rng(900)
    rim = PAVED - 0.15 + np.abs(rng.normal(0, 0.30, 1100))
    meadow = PAVED + 8.0 * rng.uniform(0, 1, 1500) ** 1.3
    r = np.concatenate([rim, meadow])
    angle = rng.uniform(0, 2 * np.pi, len(r))
    x, y = r * np.cos(angle), r * np.sin(angle)
    z = np.where(r < PAVED + 0.1, -0.03, height(x, y) - 0.02)
    return foliage.tufts(np.stack([x, y, z], -1), 0.19, 9, 900).tinted(np.array([1.75, 1.4, 1.0]))


def _meadow_flowers(count: int, patches: int, size: float, seed: int) -> Surface:
    """Open cups of five petals, in loose patches."""
    rng = np.random.default_rng(seed)
    angle, r = rng.uniform(0, 2 * np.pi, patches), PAVED + 0.8 + 7 * rng.uniform(0, 1, patches)
    patch = np.stack([r * np.cos(angle), r * np.sin(angle)], -1)
    x, y = (patch[rng.integers(patches, size=count)] + rng.normal(0, 0.7, (count, 2))).T
    grown = np.hypot(x, y) > PAVED + 0.1
    x, y = x[grown], y[grown]
    cups = np.stack([x, y, height(x, y) + rng.uniform(0.14, 0.30, len(x))], -1)
    petals = []
    for k in range(5):
        turn = 2 * np.pi * k / 5 + rng.uniform(0, 1, len(x))
        ways = np.stack([np.cos(turn), np.sin(turn), 0.5 + 0 * turn], -1)
        petals.append(foliage.leaves(cups, ways, (size, size), seed + k))
    return merged(petals)


def _creeper() -> Array:
    """Where the creeper beside the door has grown, in the frame of the house: a stem that fans out under the roof."""
    rng = np.random.default_rng(950)
    up = rng.uniform(0, 1, 2600)
    x = 0.55 + 0.35 * rng.normal(size=2600) * (0.3 + up) + 1.5 * up**2 * rng.uniform(-0.25, 0.75, 2600)
    return np.stack([x, house.FRONT - 0.06 - 0.16 * rng.uniform(0, 1, 2600), 0.1 + 4.1 * up], -1)


def _creeper_leaves() -> Surface:
    places = _creeper()
    ways = np.random.default_rng(951).normal(size=places.shape) + np.array([0, -0.9, -0.2])
    return house.placed(foliage.leaves(places, ways, (0.17, 0.12), 951))


def _creeper_flowers() -> Surface:
    places = _creeper()[::3]
    ways = np.random.default_rng(952).normal(size=places.shape) + np.array([0, -1.2, 0.2])
    return house.placed(foliage.leaves(places, ways, (0.11, 0.11), 952).at(0, -0.09, 0))
