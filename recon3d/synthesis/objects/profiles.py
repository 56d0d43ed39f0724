"""Profiles to turn or draw solids along: (radius, z) from bottom to top."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.surface import Number

Array = np.ndarray
Profile = Float[Array, "k 2"]


def flowing(points: Profile | list[tuple[Number, Number]], count: int = 26) -> Float[Array, "m 2"]:
    """A smooth line through the points that does not swing beyond them."""
    knots = np.asarray(points, float)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=-1))])
    return np.asarray(PchipInterpolator(length, knots)(np.linspace(0, length[-1], count)))


def closed(profile: Profile) -> Float[Array, "m 2"]:
    """The profile with flat ends that reach the axis."""
    ends = profile[[0, -1]] * np.array([0.0, 1.0])
    return np.concatenate([ends[:1], profile, ends[1:]])


def hollow(profile: Profile, wall: Number, floor: Number) -> Float[Array, "m 2"]:
    """The inside of a vessel of that outer profile: cut this out of it. It reaches a little above the rim."""
    low, high = profile[0, 1] + floor, profile[-1, 1]
    inside = np.stack([np.maximum(profile[:, 0] - wall, 0.012), profile[:, 1]], -1)[profile[:, 1] > low]
    first = np.array([[np.interp(low, profile[:, 1], inside_radius(profile, wall)), low]])
    return closed(np.concatenate([first, inside, [[inside[-1, 0], high + 0.1]]]))


def inside_radius(profile: Profile, wall: Number) -> Float[Array, " k"]:
    return np.maximum(profile[:, 0] - wall, 0.012)


def pome(top: Number, bottom: Number, height: Number, shoulder: Number = 0.0, count: int = 34) -> Profile:
    """A round fruit of radius 1 with dents at its ends, a share of the radius deep; wider above if `shoulder` > 0."""
    t = np.linspace(-np.pi / 2, np.pi / 2, count)
    dents = top * np.exp(-(((t - np.pi / 2) / 0.35) ** 2)) + bottom * np.exp(-(((t + np.pi / 2) / 0.3) ** 2))
    radius = (1 - dents) * (1 + shoulder * np.sin(t))
    profile = np.stack([radius * np.cos(t), height * radius * np.sin(t)], -1)
    profile[[0, -1], 0] = 0.0
    return profile


def turned_wood(dice: Dice) -> Profile:
    """What a turner does to a post of length 1: beads, coves and steps. Its widest radius is 1."""
    levels = np.sort(dice.rng.uniform(0.05, 0.95, dice.count(2, 7)))
    radii = dice.rng.uniform(0.3, 1.0, len(levels) + 1)
    points: list[tuple[Number, Number]] = [(radii[0], -0.5)]
    for level, before, after in zip(levels, radii, radii[1:], strict=False):
        points += [(before, level - 0.512), (after, level - 0.488)]
    points.append((radii[-1], 0.5))
    steps = np.asarray(points) / np.array([radii.max(), 1.0])
    return closed(flowing(steps, 60) if dice.chance(0.6) else steps)


def vase(dice: Dice, height: Number) -> Profile:
    """Foot, belly, neck and lip of some vessel of that height that stands on 0; its widest radius is about 0.4."""
    shares = [0.0, dice.between(0.15, 0.35), dice.between(0.45, 0.7), dice.between(0.78, 0.92), 1.0]
    radii = [dice.between(0.14, 0.34), dice.between(0.28, 0.46), dice.between(0.2, 0.46), dice.between(0.08, 0.35)]
    radii.append(radii[-1] * dice.between(1.0, 1.5))
    return flowing([(r, s * height) for r, s in zip(radii, shares, strict=True)])
