"""Colours that go together, as things in a house have them: many quiet, some loud, and much black, white and grey."""

from __future__ import annotations

import colorsys

import numpy as np
from jaxtyping import Float

from recon3d.geometry.colours import linear_from_srgb
from recon3d.synthesis.colours import linear
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.surface import Number

Array = np.ndarray
Colour = Float[Array, "3"]  # linear light

WOOD = ("#8a5a3c", "#b98a5a", "#d9b68a", "#5f3f2a", "#a5723f", "#e3cba4", "#7a4a2b", "#3f2a1e", "#c79a62")
METAL = ("#b8bcc0", "#8c9094", "#5b5f63", "#d8dadc", "#3a3c3f", "#c9a24a", "#b5713f", "#e6e6e4", "#70777d")
EARTH = ("#b5653b", "#a84b32", "#cdbca4", "#9c8f7d", "#7d6a55", "#d8c9ae", "#6e5a46", "#c6a27c", "#8d8478")
GREEN = ("#4c6b2f", "#6f8f3a", "#2f4f2b", "#8fae5a", "#5d7f4a", "#3d6b45", "#a5b56a", "#27401f")
FRUIT = ("#c5281c", "#e8a317", "#f2c83a", "#9fbf3a", "#d9502e", "#8c1c2f", "#e87f1e", "#6a2a4f", "#f0dc82", "#5c8f2f")
FUR = ("#8b6a4a", "#c39b6d", "#5a4433", "#d9c4a3", "#2e2722", "#eee6d8", "#b0653a", "#7f7a74", "#e0a86a", "#4a4a4c")
FOOD = ("#d9a35b", "#b8733a", "#e8cf9a", "#7a4526", "#f3e3c0", "#c94f3a", "#5a2f1a", "#edb84f", "#e3959c", "#8a9a44")
CLOTH = ("#2f4a6d", "#7d8fa3", "#a33b3b", "#d8d2c4", "#50545a", "#6b4f6b", "#b9a27c", "#2d3436", "#6f8b83", "#c98f8f")
SKIN = ("#e8beac", "#c68642", "#8d5524", "#f1c9a5", "#5c3a21", "#ffdbc4")
LOUD = ("#e02020", "#1f5fd0", "#f5c400", "#18a04a", "#f06a10", "#8b2fc9", "#e83e8c", "#10b0c0", "#ff4d4d", "#2ec4b6")
PASTEL = ("#f4c6c6", "#c6dff4", "#d6f0cf", "#f7ebc1", "#dccff0", "#f9d8b8", "#bfe3df", "#eadfd3")


def one_of(dice: Dice, codes: tuple[str, ...]) -> Colour:
    """A colour near one of a list."""
    return jittered(dice, linear(dice.pick(codes)))


def jittered(dice: Dice, colour: Colour, spread: Number = 0.12) -> Colour:
    """A colour near another: a little lighter or darker, a little off in hue."""
    shift = np.exp(spread * dice.rng.normal() + 0.4 * spread * dice.rng.normal(size=3))
    return np.asarray(np.clip(colour * shift, 0.004, 0.88))


def grey(dice: Dice) -> Colour:
    """White, black or something between; white and black are the most frequent."""
    level = dice.pick([dice.between(0.85, 0.97), dice.between(0.08, 0.22), dice.between(0.25, 0.8)], [4, 3, 3])
    tint = 1 + dice.between(0, 0.05) * np.array([1.0, 0.2, -1.0]) * dice.sign()
    return np.asarray(np.clip(linear_from_srgb(np.clip(level * tint, 0, 1)), 0.005, 0.9))


def hued(dice: Dice, hue: Number, loud: bool) -> Colour:
    """A colour of that hue (0 to 1)."""
    saturation = dice.between(0.6, 0.95) if loud else dice.between(0.12, 0.5)
    value = dice.between(0.5, 0.95) if loud else dice.between(0.25, 0.9)
    return np.asarray(np.maximum(linear_from_srgb(np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))), 0.004))


def any_colour(dice: Dice) -> Colour:
    """A colour of some thing or other."""
    kind = dice.pick(["grey", "quiet", "loud", "listed"], [24, 22, 20, 34])
    if kind == "grey":
        return grey(dice)
    if kind == "listed":
        return one_of(dice, dice.pick([WOOD, METAL, EARTH, GREEN, FRUIT, FUR, FOOD, CLOTH, LOUD, PASTEL]))
    return hued(dice, dice.between(0, 1), kind == "loud")


class Palette:
    """The few colours of one object: the first is the main one, the last the odd one out."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        scheme = dice.pick(["mixed", "one hue", "neighbours", "opposites", "grey and one", "list"], [3, 2, 2, 2, 3, 4])
        hue, loud = dice.between(0, 1), dice.chance(0.4)
        if scheme == "mixed":
            self.colours = [any_colour(dice) for _ in range(4)]
        elif scheme == "list":
            codes = dice.pick([WOOD, METAL, EARTH, GREEN, FRUIT, FUR, FOOD, CLOTH, LOUD, PASTEL])
            self.colours = [*(one_of(dice, codes) for _ in range(3)), any_colour(dice)]
        elif scheme == "grey and one":
            self.colours = [grey(dice), grey(dice), hued(dice, hue, dice.chance(0.7)), grey(dice)]
        else:
            steps = {"one hue": (0, 0.01, 0.02), "neighbours": (0, 0.08, -0.09), "opposites": (0, 0.5, 0.03)}[scheme]
            self.colours = [*(hued(dice, hue + step, loud) for step in steps), grey(dice)]

    @property
    def main(self) -> Colour:
        return self.colours[0]

    @property
    def odd(self) -> Colour:
        return self.colours[-1]

    def pick(self) -> Colour:
        """One of them; the main one is the most frequent."""
        return jittered(self._dice, self._dice.pick(self.colours, [4, 3, 2, 2]), 0.05)
