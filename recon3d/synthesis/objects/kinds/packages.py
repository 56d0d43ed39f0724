"""Cartons, tins, books, gifts, bags and crates: plain shapes, much print."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, palettes
from recon3d.synthesis.objects.arranging import row
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, cylinder, superquadric, torus, tube
from recon3d.synthesis.objects.solids import bent, rough, tapered

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    kinds = [carton, tin, books, gift, bag, crate, milk]
    return dice.pick(kinds, [4, 3, 3, 2, 2, 2, 2])(dice, Palette(dice))


def carton(dice: Dice, palette: Palette) -> list[Piece]:
    """Printed, or brown with tape over it; now and then a few of them, heaped."""
    pieces, z = [], 0.0
    for _ in range(dice.pick([1, 2, 3], [6, 1, 1])):
        x, y, high = (dice.between(0.3, 0.9) for _ in range(3))
        brown = materials.worn(dice, materials.one_of(dice, ("#b98a5a", "#c7a27c", "#a5825b")), 0.05)
        skin = materials.printed(dice, palette) if dice.chance(0.6) else brown
        spin, shift = dice.between(-25, 25), dice.rng.uniform(-0.1, 0.1, 2)
        place = (*shift, z + high / 2)
        pieces.append(Piece(box(x, y, high, 0.006).turned("z", spin).at(*place), skin))
        if dice.chance(0.4):
            tape = box(0.08, y + 0.008, high + 0.008, 0.003).turned("z", spin).at(*place)
            pieces.append(Piece(tape, materials.one_of(dice, palettes.PASTEL)))
        z += high + 0.001
    return pieces


def tin(dice: Dice, palette: Palette) -> list[Piece]:
    """Tins, drink cans, cardboard tubes, batteries."""
    radius, height = dice.between(0.2, 0.5), dice.between(0.4, 1.1)
    label = (
        materials.labelled(dice, palette, 0.0, height) if dice.chance(0.7) else materials.any_material(dice, palette)
    )
    steel = materials.metal(dice)
    body = cylinder(radius, height, dice.between(0.0, 0.06)).at(0, 0, height / 2)
    rim = torus(radius - 0.015, 0.02)
    lid = cylinder(radius - 0.02, 0.02).at(0, 0, height)
    pieces = [Piece(body.rested(), label), Piece(lid, steel), *(Piece(rim.at(0, 0, z), steel) for z in (0.01, height))]
    if dice.chance(0.3):
        pieces.append(Piece(torus(0.07, 0.015).at(0.06, 0, height + 0.015), steel))
    return pieces


def books(dice: Dice, palette: Palette) -> list[Piece]:
    """A book, or a stack of books."""
    pieces, z = [], 0.0
    for _ in range(dice.pick([1, 2, 3, 4, 5], [5, 2, 2, 1, 1])):
        x, y, thick = dice.between(0.35, 0.5), dice.between(0.5, 0.75), dice.between(0.06, 0.2)
        cover, page = Palette(dice), materials.one_of(dice, ("#f3ead6", "#eee8dc", "#e0d6bc"))
        skin = materials.printed(dice, cover) if dice.chance(0.6) else materials.plain(cover.main)
        spin = dice.between(-30, 30)
        inner = box(x - 0.03, y - 0.04, thick - 0.03, 0.004).at(0.01, 0, 0)
        boards = [box(x, y, 0.02, 0.006).at(0, 0, s * (thick / 2 - 0.01)) for s in (-1, 1)]
        spine = box(0.025, y, thick, 0.01).at(-x / 2 + 0.01, 0, 0)
        one = [Piece(inner, page), *(Piece(solid, skin) for solid in (*boards, spine))]
        pieces += [p.turned("z", spin).at(0, 0, z + thick / 2) for p in one]
        z += thick + 0.002
    if len(pieces) == 4 and dice.chance(0.6):  # a single book may stand
        pieces = [p.turned("x", 90) for p in pieces]
    return pieces


def gift(dice: Dice, palette: Palette) -> list[Piece]:
    x, y, high = (dice.between(0.4, 0.8) for _ in range(3))
    paper, ribbon = materials.any_material(dice, palette), materials.one_of(dice, palettes.LOUD)
    wide = dice.between(0.05, 0.12)
    straps = [box(wide, y + 0.014, high + 0.014, 0.006), box(x + 0.014, wide, high + 0.014, 0.006)]
    t = np.linspace(0, 2 * np.pi, 30)[:-1]
    loop = np.stack([0.16 + 0.16 * np.cos(t), 0 * t, 0.1 + 0.08 * np.sin(t)], -1)
    bow = tube(loop, 0.035, 1.8, loop=True)
    loops = [bow.turned("z", angle).at(0, 0, high / 2) for angle in (20, 110, 200, 290)]
    return [
        Piece(box(x, y, high, 0.01), paper),
        *(Piece(s, ribbon) for s in (*straps, *loops, ball(0.06).at(0, 0, high / 2 + 0.06))),
    ]


def bag(dice: Dice, palette: Palette) -> list[Piece]:
    """Bags of crisps, sacks and pillows."""
    x, y, z = dice.between(0.1, 0.3), dice.between(0.35, 0.55), dice.between(0.35, 0.6)
    body = superquadric(y, z, x, dice.between(2.5, 5), dice.between(1.2, 2.2)).turned("x", 90).turned("z", 90)
    body = rough(body.rested(), dice.between(0.004, 0.02), 0.3, dice.seed())
    pieces = [
        Piece(body, materials.printed(dice, palette) if dice.chance(0.6) else materials.any_material(dice, palette))
    ]
    if dice.chance(0.3):
        t = np.linspace(0, np.pi, 20)
        strap = tube(np.stack([0 * t, 0.6 * y * np.cos(t), 0.85 * z + 0.35 * np.sin(t)], -1), 0.025)
        pieces.append(Piece(strap, materials.plain(palette.odd)))
    return pieces


def crate(dice: Dice, palette: Palette) -> list[Piece]:
    """A crate of boards, a treasure chest, or an open box."""
    x, y, high, stuff = dice.between(0.4, 0.8), dice.between(0.4, 0.8), dice.between(0.3, 0.6), materials.wood(dice)
    pieces = [Piece(box(x, y, high, 0.005), stuff)]
    if dice.chance(0.5):
        pieces.append(Piece(box(x - 0.06, y - 0.06, high, 0.004).at(0, 0, 0.04), stuff, cut=True))
    else:
        lid = cylinder(x / 2, y, 0.005).turned("x", 90)
        half = box(2 * x, 2 * y, x, 0.004).at(0, 0, -x / 2)
        pieces = [
            Piece(lid, stuff),
            Piece(half, stuff, cut=True),
            Piece(box(x, y, high, 0.005).at(0, 0, -high / 2), stuff),
        ]
    iron = materials.metal(dice) if dice.chance(0.6) else stuff
    middle = float(np.mean([pieces[-1].solid.vertices[:, 2].min(), pieces[-1].solid.vertices[:, 2].max()]))
    strip = box(x + 0.03, 0.07, high + 0.01, 0.006).at(0, 0, middle)
    if len(pieces) == 2:
        gap = box(x + 0.05, y + 0.05, 0.02, 0.002)
        return pieces + row(Piece(gap, materials.plain(np.full(3, 0.05)), cut=True), 3, (0, 0, high / 3.5))
    return pieces + row(Piece(strip, iron), 2, (0, 0.6 * y, 0))


def milk(dice: Dice, palette: Palette) -> list[Piece]:
    """A drink in a carton with a gable, or a tube of toothpaste."""
    x, high = dice.between(0.2, 0.3), dice.between(0.6, 0.9)
    skin = materials.printed(dice, palette)
    if dice.chance(0.35):
        tube_body = superquadric(0.2, 0.2, 0.55, 2, 6)
        squeezed = tube_body.warped(
            lambda p: p * np.stack([1 + 0 * p[:, 0], np.clip(0.6 - p[:, 2], 0.06, 1), 1 + 0 * p[:, 0]], -1)
        )
        cap = cylinder(0.09, 0.16, 0.02, 0.07).turned("x", 180).at(0, 0, -0.6)
        return [Piece(bent(squeezed, 0), skin), Piece(cap, materials.plain(palette.odd))]
    roof = tapered(box(2 * x, 2 * x, 0.22, 0.004), 1.0).at(0, 0, high / 2 + 0.1)
    roof = roof.warped(
        lambda p: (
            p * np.stack([np.clip(1 - (p[:, 2] - high / 2) / 0.22, 0.08, 1), 1 + 0 * p[:, 0], 1 + 0 * p[:, 0]], -1)
        )
    )
    crest = box(0.03, 2 * x, 0.1, 0.004).at(0, 0, high / 2 + 0.24)
    pieces = [
        Piece(box(2 * x, 2 * x, high, 0.008), skin),
        Piece(roof, materials.plain(palette.main)),
        Piece(crest, materials.plain(palette.main)),
    ]
    if dice.chance(0.5):
        cap = cylinder(0.08, 0.1, 0.01).turned("y", 45).at(0.62 * x, 0, high / 2 + 0.1)
        pieces.append(Piece(cap, materials.plain(palette.odd)))
    return pieces
