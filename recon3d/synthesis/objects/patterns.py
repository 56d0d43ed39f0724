"""Fields of numbers from 0 to 1 that fill space, for two colours to follow; and ways to lay a picture on a solid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.colours import smoothstep
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.solids import noise
from recon3d.synthesis.surface import Number

Array = np.ndarray
Field = Callable[[Float[Array, "n 3"]], Float[Array, " n"]]
Lay = Callable[[Float[Array, "n 3"]], Float[Array, "n 2"]]
"""From places to (u, v) on a picture that repeats with period 1."""

SOFT = 0.012
"""Half the width over which one colour passes into the other: about half of what lies between vertices."""


def stripes(dice: Dice) -> Field:
    """Even stripes along an axis, or around it, or askew; straight or wavy."""
    period, share, shift = dice.between(0.09, 0.35), dice.between(0.25, 0.75), dice.between(0, 1)
    along = _axis(dice)
    wave, seed = (dice.between(0.02, 0.1) if dice.chance(0.3) else 0.0), dice.seed()

    def field(p: Array) -> Array:
        bend = wave * noise(p, 0.5, seed) if wave else 0.0
        return _tooth((p @ along + bend) / period + shift, share, SOFT / period)

    return field


def segments(dice: Dice) -> Field:
    """Stripes from pole to pole, as a beach ball or a melon has them."""
    count, share, twist = dice.count(2, 9), dice.between(0.3, 0.7), dice.pick([0.0, 0.0, dice.between(-1, 1)])

    def field(p: Array) -> Array:
        turns = np.arctan2(p[:, 1], p[:, 0]) / (2 * np.pi) + twist * p[:, 2]
        radius = np.maximum(np.hypot(p[:, 0], p[:, 1]), 0.02)
        return _tooth(turns * count, share, SOFT * count / (6 * radius))

    return field


def bands(dice: Dice) -> Field:
    """A few bands at odd heights."""
    edges = np.sort(dice.rng.uniform(-0.6, 0.6, 2 * dice.count(1, 3)))
    return lambda p: sum(
        smoothstep(a - SOFT, a + SOFT, p[:, 2]) - smoothstep(b - SOFT, b + SOFT, p[:, 2])
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    )


def checks(dice: Dice) -> Field:
    """A chessboard, in cubes."""
    period, shift = dice.between(0.12, 0.4), dice.rng.uniform(0, 1, 3)

    def field(p: Array) -> Array:
        sides = [2 * _tooth(p[:, k] / period + shift[k], 0.5, SOFT / period) - 1 for k in range(3)]
        return np.asarray(0.5 + 0.5 * sides[0] * sides[1] * sides[2])

    return field


def spots(dice: Dice) -> Field:
    """Round spots of one size, strewn."""
    return _strewn(dice, dice.between(0.14, 0.4), dice.between(0.25, 0.42))


def freckles(dice: Dice) -> Field:
    """Small spots, thinly strewn."""
    return _strewn(dice, dice.between(0.06, 0.13), dice.between(0.12, 0.25))


def bricks(dice: Dice) -> Field:
    """1 in the joints of a wall of bricks; upright sides show it best."""
    height, ratio = dice.between(0.06, 0.16), dice.between(1.5, 2.6)
    joint = dice.between(0.06, 0.14)

    def field(p: Array) -> Array:
        row = p[:, 2] / height
        turn = (p[:, 0] + p[:, 1]) / (height * ratio) + 0.5 * (np.floor(row) % 2)
        return np.maximum(_tooth(row, joint, SOFT / height), _tooth(turn, joint / ratio, SOFT / height / ratio))

    return field


def gradient(dice: Dice) -> Field:
    """From one side to the other."""
    along, middle, width = _axis(dice), dice.between(-0.3, 0.3), dice.between(0.1, 0.7)
    return lambda p: smoothstep(middle - width, middle + width, p @ along)


def mottle(dice: Dice) -> Field:
    """Clouds with soft or hard edges."""
    wavelength, seed, hard, level = dice.between(0.2, 0.9), dice.seed(), dice.between(0.1, 1.2), dice.between(-0.7, 0.7)
    return lambda p: smoothstep(level - hard, level + hard, noise(p, wavelength, seed))


def marble(dice: Dice) -> Field:
    """Veins."""
    along, period, seed, sharp = dice.direction(), dice.between(0.2, 0.7), dice.seed(), dice.between(0.6, 4.0)
    strength = dice.between(0.4, 1.6)
    return lambda p: np.abs(np.sin(np.pi * (p @ along) / period + strength * noise(p, 0.7, seed))) ** sharp


def rings(dice: Dice) -> Field:
    """Year rings of a trunk along some axis, with grain along it."""
    axis, period, seed = dice.count(0, 2), dice.between(0.03, 0.12), dice.seed()
    centre = dice.rng.uniform(-0.6, 0.6, 3)
    stretch = np.where(np.arange(3) == axis, 0.15, 1.0)

    def field(p: Array) -> Array:
        q = (p - centre) * np.where(np.arange(3) == axis, 0.05, 1.0)
        wobble = noise(p * stretch, 0.35, seed)
        radius = np.linalg.norm(q, axis=-1) + 0.02 * wobble
        return np.clip(0.25 + 0.35 * np.sin(2 * np.pi * radius / period) + 0.2 * wobble, 0, 1)

    return field


def any_pattern(dice: Dice) -> Field:
    """One of the patterns that are made, not grown."""
    patterns = [stripes, segments, bands, checks, spots, bricks, gradient, mottle]
    return dice.pick(patterns, [4, 2, 4, 2, 3, 1, 4, 2])(dice)


def around_axis(dice: Dice) -> Lay:
    """Rolled around z."""
    copies, scale, shift = dice.count(1, 4), dice.between(0.6, 2.0), dice.rng.uniform(0, 1, 2)
    return lambda p: np.stack(
        [np.arctan2(p[:, 1], p[:, 0]) / (2 * np.pi) * copies + shift[0], p[:, 2] * scale + shift[1]], -1
    )


def on_box(dice: Dice) -> Lay:
    """Flat on the six sides of the box around the solid: every place belongs to the side it is nearest to."""
    scale, shift = dice.between(0.6, 1.6), dice.rng.uniform(0, 1, (3, 2))

    def lay(p: Array) -> Array:
        half = np.maximum(np.ptp(p, axis=0) / 2, 1e-6)
        middle = (p.min(0) + p.max(0)) / 2
        axis = np.abs((p - middle) / half).argmax(-1)
        others = np.array([[1, 2], [0, 2], [0, 1]])[axis]
        return np.take_along_axis(p, others, 1) * scale + shift[axis]

    return lay


def _strewn(dice: Dice, cell: Number, radius: Number) -> Field:
    """One ball in every cell of a grid, shifted by chance as far as its cell allows; `radius` in cells."""
    table = dice.rng.uniform(-1, 1, (256, 3)) * (0.5 - radius)

    def field(p: Array) -> Array:
        at = p / cell + 0.37
        index = np.floor(at).astype(np.int64)
        centre = table[(index @ np.array([73856093, 19349663, 83492791])) & 255] + 0.5
        return smoothstep(radius + SOFT / cell, radius - SOFT / cell, np.linalg.norm(at - index - centre, axis=-1))

    return field


def _tooth(x: Array, share: Number, soft: Number | Array) -> Array:
    """1 over the first `share` of every period of 1, 0 over the rest, with soft edges."""
    from_middle = np.abs((x - share / 2 + 0.5) % 1 - 0.5)
    soft = np.minimum(soft, 0.2)
    return np.clip((share / 2 - from_middle) / (2 * soft) + 0.5, 0, 1)


def _axis(dice: Dice) -> Array:
    """z more often than not."""
    return dice.direction() if dice.chance(0.2) else np.eye(3)[dice.pick([0, 1, 2], [1, 1, 3])]
