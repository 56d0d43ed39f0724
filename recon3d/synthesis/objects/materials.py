"""Materials: functions from places on a solid at rest to colours in linear light. Solids measure about 1."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.colours import mix, smoothstep
from recon3d.synthesis.objects import palettes, patterns, prints
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material
from recon3d.synthesis.objects.palettes import Colour, Palette
from recon3d.synthesis.objects.patterns import Field
from recon3d.synthesis.objects.solids import noise
from recon3d.synthesis.sampling import bilinear
from recon3d.synthesis.surface import Number

Array = np.ndarray


def plain(colour: Colour) -> Material:
    """One colour all over."""
    return lambda p: np.broadcast_to(colour, p.shape)


def one_of(dice: Dice, codes: tuple[str, ...]) -> Material:
    """One colour all over, near one of a list."""
    return plain(palettes.one_of(dice, codes))


def two(first: Colour, second: Colour, amount: Field) -> Material:
    """The first colour where the field is 0, the second where it is 1."""
    return lambda p: mix(np.broadcast_to(first, p.shape), np.broadcast_to(second, p.shape), amount(p))


def layered(below: Material, above: Material, amount: Field) -> Material:
    """One material over another, to be seen where the field is 1."""
    return lambda p: mix(below(p), above(p), amount(p))


def worn(dice: Dice, material: Material, strength: Number = 0.08) -> Material:
    """Unevenly lighter and darker."""
    seed, wavelength = dice.seed(), dice.between(0.2, 0.8)
    return lambda p: np.clip(material(p) * np.exp(strength * noise(p, wavelength, seed))[:, None], 0, 0.92)


def wood(dice: Dice) -> Material:
    """Year rings about an axis that is not quite in the middle, and their dark lines."""
    light = palettes.one_of(dice, palettes.WOOD)
    return worn(dice, two(light, light * dice.between(0.35, 0.75), patterns.rings(dice)), 0.1)


def metal(dice: Dice) -> Material:
    """Bare metal: grey or brass, hardly uneven."""
    return worn(dice, one_of(dice, palettes.METAL), 0.05)


def plastic(dice: Dice) -> Material:
    """One clear colour."""
    grey = dice.chance(0.35)
    return plain(palettes.grey(dice) if grey else palettes.one_of(dice, palettes.LOUD))


def skin(dice: Dice, codes: tuple[str, ...]) -> Material:
    """What grows: one colour passing into another from below, mottled or freckled."""
    first, second = (palettes.one_of(dice, codes) for _ in range(2))
    second = mix(first, second, np.array(dice.between(0.1, 1.0)))
    whole = two(first, second, patterns.gradient(dice) if dice.chance(0.6) else patterns.mottle(dice))
    if dice.chance(0.35):
        whole = layered(whole, plain(palettes.jittered(dice, first * dice.pick([0.35, 1.6]))), patterns.freckles(dice))
    return worn(dice, whole)


def printed(dice: Dice, palette: Palette) -> Material:
    """A picture laid over the solid: round it, or flat on the side of a box that is nearest."""
    picture = prints.any_print(dice, palette)
    lay = patterns.around_axis(dice) if dice.chance(0.5) else patterns.on_box(dice)
    return lambda p: np.asarray(bilinear(picture, lay(p)), np.float64)


def labelled(dice: Dice, palette: Palette, low: Number, high: Number) -> Material:
    """A plain body with a label from height `low` to `high` around it, or around a part of it."""
    body = plain(palette.main) if dice.chance(0.7) else plain(palettes.grey(dice))
    picture, copies, start = prints.label(dice, palette)[::-1].copy(), dice.count(1, 3), dice.between(0, 1)
    share = 1.0 if dice.chance(0.6) else dice.between(0.35, 0.7)

    def paper(p: Array) -> Array:
        u = (np.arctan2(p[:, 1], p[:, 0]) / (2 * np.pi) + start) % 1
        at = np.stack([u * copies / share, (p[:, 2] - low) / (high - low)], -1)
        return np.asarray(bilinear(picture, at), np.float64)

    def there(p: Array) -> Array:
        u = (np.arctan2(p[:, 1], p[:, 0]) / (2 * np.pi) + start) % 1
        return np.asarray((p[:, 2] > low) & (p[:, 2] < high) & (u < share), float)

    return layered(body, paper, there)


def patterned(dice: Dice, palette: Palette) -> Material:
    """Two colours of the palette in some pattern."""
    return two(palette.main, palette.pick(), patterns.any_pattern(dice))


def any_material(dice: Dice, palette: Palette, plain_share: Number = 0.36) -> Material:
    """Whatever things are made of; that share of it has one colour all over."""
    kinds = {"patterned": 22, "printed": 14, "wood": 8, "metal": 6, "skin": 8, "marble": 6}
    kind = "plain" if dice.chance(plain_share) else dice.pick(list(kinds), list(kinds.values()))
    if kind == "plain":
        colour = palette.pick()
        return plain(colour) if dice.chance(0.6) else worn(dice, plain(colour), dice.between(0.03, 0.25))
    if kind == "skin":
        return skin(dice, dice.pick([palettes.FRUIT, palettes.FUR, palettes.FOOD, palettes.GREEN, palettes.EARTH]))
    if kind == "marble":
        return two(palette.pick(), palette.pick(), patterns.marble(dice))
    if kind in ("wood", "metal"):
        return wood(dice) if kind == "wood" else metal(dice)
    made = patterned(dice, palette) if kind == "patterned" else printed(dice, palette)
    return worn(dice, made, 0.06) if dice.chance(0.4) else made


def step(axis: str, at: Number, width: Number = 0.01) -> Field:
    """1 above a height on an axis, 0 below."""
    k = "xyz".index(axis)
    return lambda p: smoothstep(at - width, at + width, p[:, k])
