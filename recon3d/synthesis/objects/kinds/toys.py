"""Balls, blocks, rings on poles, tops, dice, ducks and puzzles."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes, patterns, profiles
from recon3d.synthesis.objects.arranging import both, corners
from recon3d.synthesis.objects.blobs import Limb, flesh, knob
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, cylinder, prism, superquadric, torus, turned
from recon3d.synthesis.objects.solids import Solid
from recon3d.synthesis.surface import Number

Array = np.ndarray

PIPS = {
    ("z", 0): [(0, 0)],
    ("x", 180): [(-1, -1), (-1, 0), (-1, 1), (1, -1), (1, 0), (1, 1)],
    ("x", 90): [(-1, -1), (1, 1)],
    ("x", -90): [(-1, -1), (-1, 1), (0, 0), (1, -1), (1, 1)],
    ("y", 90): [(-1, -1), (0, 0), (1, 1)],
    ("y", -90): [(-1, -1), (-1, 1), (1, -1), (1, 1)],
}
"""On the sides of a die, by the turn that brings the upper side there."""


def make(dice: Dice) -> list[Piece]:
    kinds = [play_ball, blocks, rings, top, die, duck, puzzle]
    return dice.pick(kinds, [2, 3, 2, 1, 1, 2, 1])(dice, Palette(dice))


def play_ball(dice: Dice, palette: Palette) -> list[Piece]:
    field = dice.pick([patterns.segments, patterns.spots, patterns.bands, patterns.checks])(dice)
    skin = materials.two(palette.main, palette.pick(), field)
    shape = ball(0.5, 0.5, 0.5 * dice.pick([1.0, 1.0, 1.6]))
    return [Piece(shape, skin if dice.chance(0.8) else materials.printed(dice, palette))]


def blocks(dice: Dice, palette: Palette) -> list[Piece]:
    """Building blocks, heaped as a child would."""
    pieces, z = [], 0.0
    for _ in range(dice.count(2, 5)):
        paint = materials.one_of(dice, palettes.LOUD) if dice.chance(0.7) else materials.wood(dice)
        high, spin, shift = dice.between(0.2, 0.36), dice.between(-40, 40), dice.rng.normal(0, 0.04, 2)
        block = [Piece(solid, paint, cut) for solid, cut in _block(dice, dice.between(0.22, 0.5), high)]
        pieces += [p.turned("z", spin).at(*shift, z + high / 2) for p in block]
        z += high
    if dice.chance(0.4):
        roof = prism(0.2 * outlines.polygon(dice.pick([4, 44])), [(0, 0), (1, 0), (0.03, 0.3), (0, 0.3)])
        pieces.append(Piece(roof.at(0, 0, z), materials.one_of(dice, palettes.LOUD)))
    return pieces


def _block(dice: Dice, size: Number, high: Number) -> list[tuple[Solid, bool]]:
    """Solids, and whether they are cut out: a cylinder, or a box, plain, with an arch, or with studs."""
    kind = dice.pick(["plain", "cylinder", "studs", "arch"], [3, 1, 2, 1])
    if kind == "cylinder":
        return [(cylinder(size / 2, high, 0.01), False)]
    whole = box(size, size * dice.between(0.6, 1.6), high, 0.012)
    if kind == "arch":
        return [(whole, False), (cylinder(0.28 * size, 3).turned("x", 90).at(0, 0, -high / 2), True)]
    if kind == "plain":
        return [(whole, False)]
    stud = Piece(cylinder(0.055, 0.05, 0.01).at(size / 4, size / 4, high / 2 + 0.02), materials.plain(np.ones(3)))
    return [(whole, False), *((twin.solid, False) for twin in corners(stud))]


def rings(dice: Dice, palette: Palette) -> list[Piece]:
    """Rings on a pole."""
    z, radius, pieces = 0.0, 0.38, []
    for _ in range(dice.count(3, 6)):
        ring = torus(radius - 0.1, 0.1, 0.075).at(0, 0, z + 0.06)
        pieces.append(Piece(ring, materials.one_of(dice, palettes.LOUD)))
        z, radius = z + 0.14, radius * dice.between(0.82, 0.97)
    return [
        *pieces,
        Piece(cylinder(0.4, 0.08, 0.03).at(0, 0, -0.06), materials.wood(dice)),
        Piece(cylinder(0.06, z + 0.15).at(0, 0, z / 2), materials.wood(dice)),
        Piece(ball(0.11).at(0, 0, z + 0.12), materials.plain(palette.odd)),
    ]


def top(dice: Dice, palette: Palette) -> list[Piece]:
    """Spinning tops and yo-yos."""
    radii, levels = (0, 0.03, 0.1, 0.45, 0.42, 0.12, 0.04, 0.045, 0), (-0.5, -0.48, -0.3, 0, 0.12, 0.2, 0.24, 0.48, 0.5)
    points = [(radius * dice.about(1, 0.1), level) for radius, level in zip(radii, levels, strict=True)]
    field = dice.pick([patterns.bands, patterns.segments])(dice)
    return [Piece(turned(profiles.flowing(points, 56)), materials.two(palette.main, palette.odd, field))]


def die(dice: Dice, palette: Palette) -> list[Piece]:
    ink, hollow = materials.plain(palettes.grey(dice)), ball(0.09)
    pieces = [Piece(box(0.9, 0.9, 0.9, dice.between(0.06, 0.2)), materials.plain(palette.main))]
    for (axis, angle), places in PIPS.items():
        pieces += [Piece(hollow.at(0.24 * x, 0.24 * y, 0.48).turned(axis, angle), ink, cut=True) for x, y in places]
    return pieces


def duck(dice: Dice, palette: Palette) -> list[Piece]:
    """Rubber ducks and their like, afloat."""
    skull, yellow = dice.between(0.2, 0.26), materials.one_of(dice, ("#f5c400", "#f2c83a"))
    limbs = [
        Limb((-0.15, 0, 0), (0.15, 0, 0), 0.28, 0.27),
        Limb((-0.3, 0, 0.08), (-0.5, 0, 0.26), 0.18, 0.05),
        knob((0.2, 0, 0.42), skull),
        *(Limb((0.1, 0.27 * s, 0.06), (-0.22, 0.3 * s, 0.14), 0.09, 0.05) for s in (-1, 1)),
    ]

    def afloat(p: Array) -> Array:
        return np.stack([p[:, 0], p[:, 1], np.maximum(p[:, 2], 0.25 * p[:, 2] - 0.12)], -1)

    bill = superquadric(0.12, 0.13, 0.05, 2, 2).at(0.2 + 1.05 * skull, 0, 0.38)
    eye = ball(0.035).at(0.2 + 0.8 * skull, 0.5 * skull, 0.42 + 0.4 * skull)
    return [
        Piece(flesh(limbs, 0.03).warped(afloat), yellow if dice.chance(0.6) else materials.plain(palette.main)),
        Piece(bill, materials.one_of(dice, ("#f06a10", "#e8601f", "#d9502e"))),
        *both(Piece(eye, materials.plain(np.full(3, 0.012)))),
    ]


def puzzle(dice: Dice, palette: Palette) -> list[Piece]:
    """A cube of cubes with coloured stickers, well shuffled."""
    count, inks = dice.pick([2, 3]), [materials.one_of(dice, palettes.LOUD) for _ in range(6)]
    pieces = [Piece(box(0.9, 0.9, 0.9, 0.02), materials.plain(palettes.grey(dice)))]
    size = 0.9 / count
    sticker, spots = box(0.82 * size, 0.82 * size, 0.02, 0.008), (np.arange(count) - (count - 1) / 2) * size
    for axis, angle in PIPS:
        places = [sticker.at(u, v, 0.45).turned(axis, angle) for u in spots for v in spots]
        pieces += [Piece(place, dice.pick(inks)) for place in places]
    return pieces
