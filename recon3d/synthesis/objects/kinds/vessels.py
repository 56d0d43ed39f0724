"""Mugs, bowls, vases, bottles, jugs, jars, pots and pans."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, palettes, profiles
from recon3d.synthesis.objects.arranging import both
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.outlines import circle, rectangle
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, cylinder, prism, rod, torus, tube, turned
from recon3d.synthesis.objects.solids import Solid
from recon3d.synthesis.surface import Number

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    kinds = [mug, bowl, vase, bottle, jug, teapot, pan, jar, bucket]
    return dice.pick(kinds, [5, 2, 4, 4, 3, 2, 2, 2, 1])(dice, Palette(dice))


def glaze(dice: Dice, palette: Palette) -> Material:
    """What is on the outside of a vessel."""
    if dice.chance(0.4):
        return materials.plain(palette.main)
    return materials.any_material(dice, palette)


def lining(dice: Dice, palette: Palette) -> Material:
    return materials.plain(palettes.grey(dice) if dice.chance(0.5) else palette.pick())


def handle(dice: Dice, radius: Number, low: Number, high: Number, reach: Number) -> Solid:
    """A bow on the +x side of something round, from height `low` to `high`."""
    t = np.linspace(0, np.pi, 22)
    square = dice.between(0.6, 1.1)
    x = radius - 0.02 + reach * np.sin(t) ** square
    z = (low + high) / 2 - (high - low) / 2 * np.cos(t)
    return tube(np.stack([x, 0 * t, z], -1), dice.between(0.03, 0.06), dice.between(0.7, 1.6))


def mug(dice: Dice, palette: Palette) -> list[Piece]:
    radius, height, flare = dice.between(0.3, 0.48), dice.between(0.65, 1.1), dice.about(1.0, 0.1)
    body = profiles.flowing([(radius * 0.94, 0), (radius, 0.04), (radius, 0.5 * height), (radius * flare, height)], 20)
    inside = turned(profiles.hollow(body, dice.between(0.03, 0.06), 0.06))
    outside = glaze(dice, palette)
    grip = handle(
        dice, radius * min(flare, 1.0), dice.between(0.1, 0.3) * height, 0.85 * height, dice.between(0.2, 0.34)
    )
    pieces = [Piece(turned(profiles.closed(body)), outside)]
    if dice.chance(0.85):
        pieces.append(Piece(grip, outside if dice.chance(0.7) else materials.plain(palette.odd)))
    pieces.append(Piece(inside, outside if dice.chance(0.3) else lining(dice, palette), cut=True))
    if dice.chance(0.35):
        drink = cylinder(radius * min(flare, 1.0) - 0.015, 0.7 * height).at(0, 0, 0.4 * height)
        pieces.append(Piece(drink, materials.one_of(dice, palettes.FOOD)))
    return pieces


def bowl(dice: Dice, palette: Palette) -> list[Piece]:
    height, foot, belly = dice.between(0.15, 0.5), dice.between(0.15, 0.3), dice.between(0.5, 0.9)
    body = profiles.flowing([(foot, 0), (0.55 * belly + 0.1, 0.25 * height), (0.5 * belly + 0.2, height)])
    pieces = [Piece(turned(profiles.closed(body)), glaze(dice, palette))]
    pieces.append(Piece(turned(profiles.hollow(body, 0.035, 0.05)), lining(dice, palette), cut=True))
    if dice.chance(0.4):
        skin = materials.skin(dice, palettes.FRUIT)
        for _ in range(dice.count(2, 5)):
            size = dice.between(0.1, 0.18)
            spot = dice.rng.uniform(-0.2, 0.2, 2)
            pieces.append(Piece(ball(size).at(*spot, height - 0.02 + dice.between(-0.05, 0.08)), skin))
    return pieces


def vase(dice: Dice, palette: Palette) -> list[Piece]:
    height = dice.between(0.7, 1.4)
    body = profiles.vase(dice, height)
    outside = glaze(dice, palette)
    pieces = [Piece(turned(profiles.closed(body)), outside)]
    if dice.chance(0.35):
        grip = handle(dice, 0.2, 0.35 * height, 0.8 * height, dice.between(0.2, 0.35))
        pieces += both(Piece(grip, outside), "x")
    pieces.append(Piece(turned(profiles.hollow(body, 0.03, 0.06)), lining(dice, palette), cut=True))
    if dice.chance(0.25):
        pieces += _stems(dice, body[-1, 0], height)
    return pieces


def _stems(dice: Dice, radius: Number, height: Number) -> list[Piece]:
    green = materials.one_of(dice, palettes.GREEN)
    bloom = materials.one_of(dice, palettes.LOUD)
    pieces = []
    for _ in range(dice.count(2, 6)):
        lean = dice.rng.normal(size=2) * 0.18
        top = np.array([*lean, height + dice.between(0.2, 0.5)])
        pieces.append(Piece(rod(np.array([0.2 * lean[0], 0.2 * lean[1], 0.05]), top, 0.014), green))
        size = dice.between(0.06, 0.12)
        pieces.append(Piece(ball(size, size, size * dice.between(0.5, 1.0)).at(*top), bloom))
    return pieces


def bottle(dice: Dice, palette: Palette) -> list[Piece]:
    radius, height, neck = dice.between(0.18, 0.32), dice.between(0.9, 1.4), dice.between(0.06, 0.12)
    shoulder = dice.between(0.5, 0.72) * height
    points = [
        (radius * 0.93, 0),
        (radius, 0.04),
        (radius * dice.between(0.85, 1.0), 0.5 * shoulder),
        (radius, shoulder),
    ]
    points += [(neck * 1.1, shoulder + dice.between(0.1, 0.3) * height), (neck, height)]
    body = profiles.closed(profiles.flowing(points, 34))
    label = materials.labelled(dice, palette, dice.between(0.1, 0.2) * height, dice.between(0.75, 0.95) * shoulder)
    pieces = [Piece(turned(body), label if dice.chance(0.7) else glaze(dice, palette))]
    lid = cylinder(neck * dice.between(1.05, 1.4), dice.between(0.06, 0.2), 0.01).at(0, 0, height)
    return [*pieces, Piece(lid, materials.plain(palette.odd))]


def jug(dice: Dice, palette: Palette) -> list[Piece]:
    height = dice.between(0.8, 1.2)
    body = profiles.vase(dice, height)
    outside = glaze(dice, palette)

    def beaked(p: Array) -> Array:
        """The lip drawn out towards -x."""
        pull = np.clip((p[:, 2] / height - 0.8) / 0.2, 0, 1) ** 2 * np.clip(-p[:, 0] / 0.2, 0, 1) ** 2
        return p - np.array([0.14, 0, 0]) * pull[:, None]

    waist = float(np.interp(0.55 * height, body[:, 1], body[:, 0]))
    grip = handle(dice, min(waist, body[-1, 0] + 0.03), 0.3 * height, 0.92 * height, dice.between(0.25, 0.4))
    inside = turned(profiles.hollow(body, 0.03, 0.06)).warped(beaked)
    return [
        Piece(turned(profiles.closed(body)).warped(beaked), outside),
        Piece(grip, outside),
        Piece(inside, lining(dice, palette), cut=True),
    ]


def teapot(dice: Dice, palette: Palette) -> list[Piece]:
    wide, tall = dice.between(0.42, 0.55), dice.between(0.3, 0.5)
    outside = glaze(dice, palette)
    body = profiles.flowing([(0.6 * wide, -tall), (wide, 0), (0.45 * wide, tall)], 30)
    t = np.linspace(0, 1, 16)
    spout = np.stack([-wide * 0.8 - 0.42 * t, 0 * t, -0.15 + 0.6 * t**1.6], -1)
    pieces = [Piece(turned(profiles.closed(body)), outside)]
    pieces.append(Piece(tube(spout, 0.1 - 0.05 * t), outside))
    pieces.append(Piece(handle(dice, 0.82 * wide, -0.6 * tall, 0.7 * tall, 0.35), outside))
    lid = ball(0.44 * wide, 0.44 * wide, 0.1).at(0, 0, tall)
    knob = ball(0.055).at(0, 0, tall + 0.13)
    return [*pieces, Piece(lid, outside), Piece(knob, materials.plain(palette.odd))]


def pan(dice: Dice, palette: Palette) -> list[Piece]:
    radius, height = dice.between(0.4, 0.6), dice.between(0.1, 0.55)
    body = profiles.flowing([(radius * 0.9, 0), (radius, 0.08), (radius * dice.between(1.0, 1.15), height)], 14)
    metal = materials.metal(dice) if dice.chance(0.6) else materials.plain(palette.main)
    pieces = [Piece(turned(profiles.closed(body)), metal)]
    black = materials.plastic(dice) if dice.chance(0.3) else materials.wood(dice)
    if dice.chance(0.6):
        reach = dice.between(0.5, 0.9)
        path = np.linspace([radius * 0.98, 0, height * 0.85], [radius + reach, 0, height * 0.85 + 0.1], 12)
        pieces.append(Piece(tube(path, dice.between(0.03, 0.05), 1.5), black))
    else:
        grip = handle(dice, 0, -0.13, 0.13, 0.14).turned("x", 90).at(radius, 0, 0.8 * height)
        pieces += both(Piece(grip, black), "x")
    return [*pieces, Piece(turned(profiles.hollow(body, 0.03, 0.03)), metal, cut=True)]


def jar(dice: Dice, palette: Palette) -> list[Piece]:
    radius, height = dice.between(0.3, 0.45), dice.between(0.5, 1.0)
    outline = radius * (circle() if dice.chance(0.5) else rectangle(1, 1, 0.3))
    path = [(0, 0), (0.92, 0), (1, 0.05), (1, 0.85 * height), (0.85, 0.95 * height), (0.8, height), (0, height)]
    body = prism(outline, [(s, z) for s, z in path])
    lid = cylinder(radius * dice.between(0.8, 1.0), dice.between(0.08, 0.2), 0.02).at(0, 0, height)
    label = materials.labelled(dice, palette, 0.15 * height, 0.7 * height)
    return [Piece(body, label), Piece(lid, materials.any_material(dice, palette))]


def bucket(dice: Dice, palette: Palette) -> list[Piece]:
    low, high, height = dice.between(0.28, 0.4), dice.between(0.4, 0.5), dice.between(0.6, 0.9)
    body = np.array([[low, 0], [high, height]])
    outside = glaze(dice, palette)
    t = np.linspace(0, np.pi, 24)
    lift = dice.between(0.25, 0.5)
    bow = np.stack([high * np.cos(t), 0 * t, height - 0.06 + lift * np.sin(t)], -1)
    return [
        Piece(turned(profiles.closed(body)), outside),
        Piece(torus(high, 0.03).at(0, 0, height), outside),
        Piece(turned(profiles.hollow(np.linspace(body[0], body[1], 8), 0.03, 0.04)), outside, cut=True),
        Piece(tube(bow, 0.018), materials.metal(dice)),
    ]
