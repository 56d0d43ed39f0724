"""Cakes, doughnuts, ice cream and biscuits."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes, patterns, profiles
from recon3d.synthesis.objects.arranging import around
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.kinds.food import crust, slab
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, capsule, cylinder, prism, torus, turned
from recon3d.synthesis.objects.solids import rough

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    kinds = [cupcake, cake, doughnut, ice_lolly, ice_cream, biscuit]
    return dice.pick(kinds, [1, 2, 3, 1, 2, 1])(dice)


def icing(dice: Dice) -> Material:
    return materials.one_of(dice, palettes.PASTEL if dice.chance(0.6) else palettes.FOOD)


def sprinkle(dice: Dice, place: Array) -> Piece:
    """One of those small bright things."""
    one = capsule(0.014, 0.05).turned("x", 90).turned("z", dice.between(0, 180))
    return Piece(one.at(*place), materials.one_of(dice, palettes.LOUD))


def cupcake(dice: Dice) -> list[Piece]:
    paper = prism(outlines.star(20, 0.08, True, 80), [(0, 0), (0.22, 0), (0.32, 0.34), (0, 0.34)])
    swirl = [(0, 0.3), (0.36, 0.32), (0.36, 0.42), (0.28, 0.46), (0.27, 0.56), (0.16, 0.6), (0.14, 0.68), (0, 0.76)]
    return [
        Piece(paper, materials.patterned(dice, Palette(dice))),
        Piece(turned(profiles.flowing(swirl, 50)), icing(dice)),
        Piece(ball(0.07).at(0, 0, 0.78), materials.one_of(dice, palettes.FRUIT)),
    ]


def cake(dice: Dice) -> list[Piece]:
    """Tiers with cream between them, whole or cut."""
    cream, dough, z, radius = icing(dice), icing(dice), 0.0, dice.between(0.4, 0.5)
    pieces = []
    for _ in range(dice.count(1, 3)):
        high, waves = dice.between(0.12, 0.3), outlines.star(dice.count(6, 14), 0.1, True)
        pieces.append(Piece(slab(outlines.circle(), radius, high).at(0, 0, z), dough))
        pieces.append(Piece(slab(waves, 1.03 * radius, 0.06).at(0, 0, z + high - 0.02), cream))
        z, radius = z + high + 0.03, radius * dice.between(0.6, 1.0)
    berry = Piece(ball(0.05).at(0.8 * radius, 0, z + 0.02), materials.one_of(dice, palettes.FRUIT))
    pieces += around(berry, dice.count(4, 9))
    if dice.chance(0.4):
        dark, light = palettes.one_of(dice, palettes.FOOD), palettes.one_of(dice, palettes.PASTEL)
        inside = materials.two(dark, light, patterns.bands(dice))
        pieces.append(Piece(box(1, 1, 2, 0.004).at(0.5, 0.5, 0.3), inside, cut=True))
    elif dice.chance(0.5):
        candle = Piece(cylinder(0.02, 0.2).at(0.4 * radius, 0, z + 0.1), materials.one_of(dice, palettes.LOUD))
        pieces += around(candle, dice.count(1, 6))
    return pieces


def doughnut(dice: Dice) -> list[Piece]:
    wide, thick = dice.between(0.28, 0.36), dice.between(0.13, 0.2)
    edge, drops = dice.between(-0.02, 0.03), dice.count(4, 9)

    def dripping(p: Array) -> Array:
        """Everything below a wavy line pressed up into the dough."""
        line = edge + 0.025 * np.sin(drops * np.arctan2(p[:, 1], p[:, 0]))
        return np.stack([p[:, 0], p[:, 1], np.maximum(p[:, 2], line + 0.15 * (p[:, 2] - line))], -1)

    pieces = [Piece(rough(torus(wide, thick, 0.8 * thick), 0.006, 0.3, dice.seed()), crust(dice))]
    if dice.chance(0.85):
        pieces.append(Piece(torus(wide, thick * 1.04, 0.84 * thick).warped(dripping), icing(dice)))
        for _ in range(dice.pick([0, dice.count(10, 26)])):
            angle, radius = dice.between(0, 2 * np.pi), wide + dice.between(-0.4, 0.4) * thick
            place = np.array([radius * np.cos(angle), radius * np.sin(angle), 0.8 * thick])
            pieces.append(sprinkle(dice, place))
    return pieces


def ice_lolly(dice: Dice) -> list[Piece]:
    outline = outlines.rectangle(0.22, 0.4, 0.9)
    edge = [(0, -0.09), (0.85, -0.09), (1, -0.04), (1, 0.04), (0.85, 0.09), (0, 0.09)]
    flavour = materials.patterned(dice, Palette(dice)) if dice.chance(0.4) else icing(dice)
    pieces = [Piece(prism(outline, edge).turned("x", 90), flavour)]
    if dice.chance(0.4):
        pieces.append(Piece(ball(0.14).at(0.2, 0, 0.38), icing(dice), cut=True))
    return [*pieces, Piece(box(0.09, 0.03, 0.4, 0.012).at(0, 0, -0.55), materials.one_of(dice, palettes.WOOD))]


def ice_cream(dice: Dice) -> list[Piece]:
    """One to three scoops in a cone."""
    high, wide = dice.between(0.5, 0.75), dice.between(0.2, 0.27)
    brown = palettes.one_of(dice, ("#d9a35b", "#c98a45", "#e0b070"))

    def ridges(p: Array) -> Array:
        return np.asarray(np.sin(26 * p[:, 2] + 7 * np.arctan2(p[:, 1], p[:, 0])) > 0.75, float)

    cone = turned([(0, -high), (0.03, -high), (wide, 0), (0, 0)])
    pieces, z = [Piece(cone, materials.two(brown, 0.6 * brown, ridges))], 0.06
    for _ in range(dice.count(1, 3)):
        scoop = rough(ball(wide * 1.12), 0.014, 0.2, dice.seed()).turned("z", dice.between(0, 90))
        pieces.append(Piece(scoop.at(*dice.rng.normal(0, 0.02, 2), z + 0.6 * wide), icing(dice)))
        z += 1.3 * wide
    places = np.array([0, 0, z + 0.3 * wide]) + dice.rng.uniform(-0.1, 0.1, (dice.pick([0, 12]), 3)) * [1, 1, 0]
    return [*pieces, *(sprinkle(dice, place) for place in places)]


def biscuit(dice: Dice) -> list[Piece]:
    body = rough(slab(outlines.wobbly(dice, 0.03, False), 0.45, 0.14), 0.012, 0.25, dice.seed())
    chip = materials.one_of(dice, ("#3a2418", "#5a2f1a", "#f3e3c0"))
    spots = dice.rng.uniform(-0.3, 0.3, (dice.count(4, 12), 2))
    return [Piece(body, crust(dice)), *(Piece(ball(0.05).at(*spot, 0.135), chip) for spot in spots)]
