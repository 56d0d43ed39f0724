"""Closed outlines in the plane, counter-clockwise, with radius about 1: what solids are turned or drawn out of."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.surface import Number

Array = np.ndarray
Outline = Float[Array, "m 2"]

COUNT = 44
"""Points on an outline, unless it is for something small."""


def angles(count: int = COUNT) -> Float[Array, " m"]:
    return np.arange(count) * (2 * np.pi / count)


def circle(count: int = COUNT) -> Outline:
    return polar(np.ones(count))


def polar(radius: Float[Array, " m"]) -> Outline:
    """An outline by its radius at evenly spaced angles."""
    angle = angles(len(radius))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)


def superellipse(exponent: Number, count: int = COUNT) -> Outline:
    """|x|^n + |y|^n = 1: a diamond for n = 1, a circle for 2, nearly a square from 6 on."""
    c, s = np.cos(angles(count)), np.sin(angles(count))
    return np.stack([c, s], -1) / ((np.abs(c) ** exponent + np.abs(s) ** exponent) ** (1 / exponent))[:, None]


def rectangle(x: Number, y: Number, rounding: Number = 0.1, count: int = COUNT) -> Outline:
    """A rectangle of half sides x and y, its corners rounded with a share of the shorter side."""
    radius = max(rounding, 0.01) * min(x, y)
    corner = np.linspace(0, np.pi / 2, 5)
    arc = radius * np.stack([np.cos(corner), np.sin(corner)], -1)
    quarter = arc + np.array([x - radius, y - radius])
    left = quarter[::-1] * np.array([-1, 1])
    whole = np.concatenate([quarter, left, -quarter, -left])
    return evenly(whole, count)


def polygon(corners: int, count: int = COUNT) -> Outline:
    """A regular polygon."""
    return evenly(circle(corners), count)


def star(points: int, depth: Number, round_tips: bool, count: int = 72) -> Outline:
    """Points or petals around a circle; `depth` is the share of the radius between them that is cut away."""
    wave = 0.5 + 0.5 * np.cos(points * angles(count))
    if not round_tips:
        wave = np.abs(1 - (points * angles(count) / np.pi) % 2)
    return polar(1 - depth * (1 - wave))


def wobbly(dice: Dice, depth: Number, mirror: bool, count: int = 60) -> Outline:
    """A smooth random outline, symmetric across the x axis if wanted."""
    radius = np.ones(count)
    for k in range(1, 6):
        shift = 0.0 if mirror else dice.between(0, 2 * np.pi)
        radius += depth * dice.rng.normal() / k * np.cos(k * angles(count) + shift)
    return polar(np.clip(radius, 0.35, 1.8) / np.clip(radius, 0.35, 1.8).max())


def heart(count: int = 60) -> Outline:
    t = angles(count)
    x, y = 16 * np.sin(t) ** 3, 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, y + 2], -1)[::-1] / 16


def leaf(width: Number, count: int = COUNT) -> Outline:
    """Pointed at both ends of the y axis."""
    t = angles(count)
    return np.stack([width * np.cos(t) * np.abs(np.cos(t)) ** 0.5, np.sin(t)], -1)


def evenly(corners: Outline, count: int) -> Float[Array, "n 2"]:
    """`count` or more points along a closed outline; its corners are kept."""
    closed = np.concatenate([corners, corners[:1]])
    sides = np.linalg.norm(np.diff(closed, axis=0), axis=-1)
    steps = np.maximum(1, np.round(sides / sides.sum() * count)).astype(int)
    pieces = [closed[i] + np.arange(n)[:, None] / n * (closed[i + 1] - closed[i]) for i, n in enumerate(steps)]
    return np.concatenate(pieces)


def any_outline(dice: Dice) -> Outline:
    """One of all of them."""
    kind = dice.pick(["circle", "super", "box", "polygon", "star", "petals", "wobbly", "heart", "leaf"])
    if kind == "super":
        return superellipse(dice.between(1.0, 6.0))
    if kind == "box":
        return rectangle(1.0, dice.between(0.3, 1.0), dice.between(0.02, 0.6))
    if kind == "polygon":
        return polygon(dice.count(3, 8))
    if kind in ("star", "petals"):
        return star(dice.count(3, 9), dice.between(0.1, 0.5), kind == "petals")
    if kind == "wobbly":
        return wobbly(dice, 0.18, dice.chance(0.5))
    return {"circle": circle(), "heart": heart(), "leaf": leaf(dice.between(0.3, 0.7))}[kind]
