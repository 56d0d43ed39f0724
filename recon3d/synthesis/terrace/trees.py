"""Trees: olives and cypresses round the terrace, lemons in pots, and what dots the hills."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis import foliage, shapes
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Number, Point, Surface, merged
from recon3d.synthesis.terrace import garden, stuff
from recon3d.synthesis.terrace.ground import on_land

Array = np.ndarray

_OLIVES = ((-8.8, 1.6, 1.0), (8.6, -3.4, 1.1), (-9.5, -6.0, 0.9))  # x, y, size
_CYPRESSES = ((7.6, 8.2), (9.4, 7.2), (11.4, 6.4), (13.4, 5.2), (-6.2, 10.4), (-8.4, 11.6), (-20, 16), (-23, 14))
_UP = np.array([0.0, 0.0, 1.0])


def parts(spacing: float) -> list[Part]:
    """All trees."""
    return [
        Part(_trunks(1.5 * spacing), stuff.bark()),
        Part(_olive_crowns(), stuff.olive_leaf()),
        Part(_cypress_sprays(), stuff.cypress_leaf()),
        Part(_lemon_crowns(), stuff.green_leaf()),
        Part(_lemons(spacing), stuff.lemon_skin()),
        Part(_distant_trees(), stuff.cypress_leaf()),
    ]


def _trunks(spacing: float) -> Surface:
    pieces = []
    for k, (x, y, size) in enumerate(_OLIVES):
        for line, thick in _boughs(x, y, size, 200 + k):
            path = shapes.curve(line, spacing)
            share = np.linspace(0, 1, len(path))
            knots = 1 + 0.12 * np.sin(17 * share + k)
            pieces.append(shapes.tube(path, thick * (1 - 0.5 * share) * knots, spacing))
    for (x, y), _ in garden.LEMON_POTS:
        stem = shapes.curve([(x, y, 0.4), (x + 0.02, y - 0.01, 0.8), (x, y, 1.25)], 0.5 * spacing)
        pieces.append(shapes.tube(stem, 0.028, 0.5 * spacing))
    for x, y in _CYPRESSES:
        stump = shapes.rod((0, 0, -0.3), (0, 0, 1.0), 0.12, 2 * spacing)
        pieces.append(stump.at(*on_land(x, y)))
    return merged(pieces)


def _boughs(x: Number, y: Number, size: float, seed: int) -> list[tuple[list[Point], float]]:
    """Centre lines and thicknesses of a gnarled trunk and of the five boughs it forks into."""
    rng = np.random.default_rng(seed)
    foot, scale = np.array(on_land(x, y)), 1.25 * size
    fork = foot + scale * np.array([*rng.normal(0, 0.10, 2), 1.05])
    bend = foot + scale * np.array([*rng.normal(0, 0.16, 2), 0.5])
    lines = [([_point(foot - 0.3 * _UP), _point(bend), _point(fork)], 0.17 * scale)]
    for k in range(5):
        a = 2 * np.pi * (k + rng.uniform(-0.25, 0.25)) / 5
        reach = scale * rng.uniform(0.6, 1.0)
        out = np.array([np.cos(a), np.sin(a), 0])
        elbow = fork + 0.45 * reach * out + 0.35 * scale * _UP
        end = fork + reach * out + scale * rng.uniform(0.8, 1.2) * _UP
        lines.append(([_point(fork - 0.1 * _UP), _point(elbow), _point(end)], 0.075 * scale))
    return lines


def _point(place: Array) -> Point:
    x, y, z = place
    return float(x), float(y), float(z)


def _olive_crowns() -> Surface:
    """A ball of leaves at the end of every bough, one in the middle."""
    crowns = []
    for k, (x, y, size) in enumerate(_OLIVES):
        for j, (line, _) in enumerate(_boughs(x, y, size, 200 + k)):
            centre = np.array(line[-1]) + (0.25 if j else 0.9) * _UP
            places, ways = foliage.in_ball(700, (0.85 * size, 0.85 * size, 0.62 * size), 0.35, 10 * k + j)
            crowns.append(foliage.leaves(places + centre, ways, (0.15, 0.045), 10 * k + j))
    return merged(crowns)


def _cypress_sprays() -> Surface:
    """Slim columns of upright sprays."""
    trees = []
    count = 4600
    for k, (x, y) in enumerate(_CYPRESSES):
        rng = np.random.default_rng(300 + k)
        tall = rng.uniform(6.0, 8.0)
        share = rng.uniform(0, 1, count) ** 1.15
        wide = 0.78 * np.sin(np.pi * np.clip(share, 0.02, 1) ** 0.62) ** 0.85 * rng.uniform(0.2, 1.0, count) ** 0.5
        angle = rng.uniform(0, 2 * np.pi, count)
        out = np.stack([np.cos(angle), np.sin(angle), 0 * angle], -1)
        places = np.array(on_land(x, y)) + wide[:, None] * out + (0.35 + share * tall)[:, None] * _UP
        ways = 0.45 * out + _UP + 0.18 * rng.normal(size=(count, 3))
        trees.append(foliage.leaves(places, ways, (0.32, 0.11), 300 + k))
    return merged(trees)


def _lemon_crowns() -> Surface:
    crowns = []
    for k, ((x, y), _) in enumerate(garden.LEMON_POTS):
        places, ways = foliage.in_ball(620, (0.52, 0.52, 0.47), 0.45, 400 + k)
        crowns.append(foliage.leaves(places, ways, (0.12, 0.055), 400 + k).at(x, y, 1.58))
    return merged(crowns)


def _lemons(spacing: float) -> Surface:
    """Ripe fruit hanging in the outer part of the crowns."""
    fruit = []
    for k, ((x, y), _) in enumerate(garden.LEMON_POTS):
        places, _ = foliage.in_ball(26, (0.47, 0.47, 0.40), 0.85, 500 + k)
        fruit += [garden.lemon(spacing).at(*place).at(x, y, 1.54) for place in places]
    return merged(fruit)


def _distant_trees() -> Surface:
    """Round trees and cypresses on meadows and hills, out to half a kilometre; leaves grow with the distance."""
    rng = np.random.default_rng(970)
    trees = []
    for k in range(260):
        r, a = 30 * 17 ** rng.uniform(0, 1) ** 0.8, rng.uniform(0, 2 * np.pi)
        x, y = r * np.cos(a), r * np.sin(a)
        if r < 75 and (y < -0.5 * r or (y > 0 and -8 < x < 14)):
            continue  # an open view over the valley, and room for the house
        size = rng.uniform(1.6, 3.0) * (1 + r / 500)
        slim = rng.uniform() < 0.4
        radii = (0.28 * size, 0.28 * size, 1.5 * size) if slim else (size, size, 0.85 * size)
        leaf = float(np.clip(0.011 * r, 0.34, 3.0))
        places, ways = foliage.in_ball(int(np.clip(16000 / r, 70, 420)), radii, 0.6, 1000 + k)
        crown = foliage.leaves(places, ways, (leaf, 0.6 * leaf), 1000 + k).at(0, 0, 0.9 * radii[2] + 0.3)
        tone = rng.uniform(0.8, 1.35) * np.array([1.0 + 0.25 * rng.uniform(), 1.0, 0.8])
        trees.append(crown.at(*on_land(x, y)).tinted(tone))
    return merged(trees)
