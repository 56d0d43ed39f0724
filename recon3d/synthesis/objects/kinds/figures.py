"""Robots, snowmen, dolls, busts, chess pieces and teddy bears; they look along +x."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, palettes, patterns, profiles
from recon3d.synthesis.objects.arranging import both, row
from recon3d.synthesis.objects.blobs import Limb, flesh, knob
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, capsule, cylinder, rod, superquadric, torus, tube, turned
from recon3d.synthesis.objects.solids import rough
from recon3d.synthesis.surface import Number

Array = np.ndarray

DARK = np.full(3, 0.012)
FOOT = [(1.0, 0), (1.0, 0.07), (0.8, 0.12), (0.85, 0.17)]
"""Of chess pieces: radius in shares of the widest, height."""


def make(dice: Dice) -> list[Piece]:
    return dice.pick([robot, snowman, doll, bust, chess_piece, teddy], [4, 2, 4, 2, 3, 3])(dice, Palette(dice))


def robot(dice: Dice, palette: Palette) -> list[Piece]:
    steel, body, soft = materials.metal(dice), materials.any_material(dice, palette), dice.between(0.01, 0.08)
    half, high = dice.between(0.18, 0.3), dice.between(0.35, 0.55)
    chest = box(0.8 * half, 2 * half, high, soft) if dice.chance(0.7) else cylinder(half, high, soft)
    panel = box(0.03, 0.9 * half, 0.35 * high, 0.008).at(0.4 * half, 0, 0)
    arm = [(capsule(0.055, 0.34).at(0, 0, -0.2), steel), (ball(0.08).at(0, 0, -0.42), body), (ball(0.09), steel)]
    foot = box(0.24, 0.15, 0.1, 0.02).at(0.04, 0.5 * half, -high / 2 - 0.3)
    lift = dice.between(-60, 80)
    sides = [Piece(solid, stuff).turned("y", -lift).at(0, half + 0.06, 0.36 * high) for solid, stuff in arm]
    sides += [Piece(cylinder(0.07, 0.3).at(0, 0.5 * half, -high / 2 - 0.13), steel), Piece(foot, body)]
    return [
        Piece(chest, body),
        Piece(cylinder(0.07, 0.2).at(0, 0, high / 2), steel),
        *(part.at(0, 0, high / 2 + 0.05) for part in _robot_head(dice, palette, dice.pick([body, steel]))),
        *(twin for side in sides for twin in both(side)),
        *([Piece(panel, materials.printed(dice, palette))] if dice.chance(0.6) else []),
    ]


def _robot_head(dice: Dice, palette: Palette, stuff: Material) -> list[Piece]:
    """Round or square, on height 0; with eyes, a mouth, and an aerial sometimes."""
    skull, is_round = dice.between(0.2, 0.36), dice.chance(0.3)
    head, face = (ball(0.6 * skull), 0.6) if is_round else (box(0.8 * skull, 1.2 * skull, skull, 0.03), 0.4)
    eye = dice.pick([ball(0.045), box(0.04, 0.09, 0.06, 0.01)]).at(face * skull - 0.01, 0.26 * skull, 0.08 * skull)
    mouth = box(0.04, 0.5 * skull, 0.035, 0.006).at(0.9 * face * skull, 0, -0.22 * skull)
    tip = 0.55 * skull + 0.15
    pieces = [
        Piece(head, stuff),
        *both(Piece(eye, materials.one_of(dice, palettes.LOUD))),
        Piece(mouth, materials.plain(DARK)),
    ]
    if dice.chance(0.5):
        pieces.append(Piece(rod(np.zeros(3), np.array([0, 0, tip]), 0.014), stuff))
        pieces.append(Piece(ball(0.035).at(0, 0, tip), materials.plain(palette.odd)))
    return [piece.at(0, 0, skull / 2) for piece in pieces]


def snowman(dice: Dice, palette: Palette) -> list[Piece]:
    white = materials.worn(dice, materials.plain(np.array([0.82, 0.84, 0.87])), 0.05)
    snow = white if dice.chance(0.7) else materials.any_material(dice, palette)
    pieces, z, radius = [], 0.0, dice.between(0.3, 0.38)
    for size in radius * 0.74 ** np.arange(dice.count(2, 3)):
        pieces.append(Piece(rough(ball(size), 0.008, 0.3, dice.seed()).at(0, 0, z), snow))
        z, radius = z + 1.45 * size, size
    z -= 1.45 * radius
    coal, arm = materials.plain(DARK), np.array([[0, 0.25, 0.45], [0.02, 0.5, 0.6], [0.05, 0.62, 0.8]])
    nose = rod(np.array([0.9 * radius, 0, z]), np.array([0.9 * radius + 0.24, 0, z - 0.02]), 0.045, 0.01)
    scarf = torus(0.62 * radius + 0.05, 0.06, 0.05).at(0, 0, z - 0.75 * radius)
    hat, felt = (
        [cylinder(1.15 * radius, 0.04, 0.01), cylinder(0.75 * radius, 0.3, 0.02).at(0, 0, 0.14)],
        palettes.any_colour(dice),
    )
    return [
        *pieces,
        *both(Piece(ball(0.035).at(0.88 * radius, 0.35 * radius, z + 0.3 * radius), coal)),
        Piece(nose, materials.one_of(dice, ("#f06a10", "#d9602e"))),
        *row(Piece(ball(0.03).at(0.34, 0, 0.12), coal), 3, (0, 0, 0.12)),
        *both(Piece(tube(arm, 0.02), materials.wood(dice))),
        *([Piece(scarf, materials.patterned(dice, palette))] if dice.chance(0.6) else []),
        *(Piece(solid.at(0, 0, z + 0.82 * radius), materials.plain(felt)) for solid in hat[: dice.pick([0, 2, 2])]),
    ]


def doll(dice: Dice, palette: Palette) -> list[Piece]:
    """People of all sorts, in clothes of two colours, with hair."""
    tall, stout, skull = dice.between(0.35, 0.6), dice.between(0.09, 0.18), dice.between(0.12, 0.22)
    neck, reach = 0.8 * tall, stout + 0.1 + 0.42 * tall
    skin, shirt, trousers = palettes.one_of(dice, palettes.SKIN), palettes.any_colour(dice), palettes.any_colour(dice)

    def dressed(p: Array) -> Array:
        colours = np.where(p[:, 2:] < 0.03, trousers, shirt)
        bare = (p[:, 2] > neck - 0.02) & (np.abs(p[:, 1]) < 1.2 * skull) | (np.abs(p[:, 1]) > reach)
        colours = np.where(bare[:, None], skin, colours)
        return np.where(p[:, 2:] < -0.93 * tall, DARK, colours)

    eye = ball(0.1 * skull + 0.008).at(0.92 * skull, 0.36 * skull, neck + skull + 0.05)
    hair = ball(1.06 * skull).at(-0.16 * skull, 0, neck + 1.2 * skull + 0.02)
    skirt = turned(profiles.closed(np.array([[stout + 0.24, -0.55 * tall], [stout + 0.03, 0.1]])))
    pieces = [Piece(flesh(_person(dice, tall, stout, skull), 0.025), dressed), *both(Piece(eye, materials.plain(DARK)))]
    if dice.chance(0.8):
        pieces.append(Piece(hair, materials.worn(dice, materials.one_of(dice, palettes.FUR), 0.2)))
    if dice.chance(0.3):
        pieces.append(Piece(skirt, materials.patterned(dice, palette)))
    return pieces


def _person(dice: Dice, tall: Number, stout: Number, skull: Number) -> list[Limb]:
    """Hips at height 0, feet at -`tall`, in the middle of a step."""
    neck, stride, spread = 0.8 * tall, dice.between(-0.2, 0.2), dice.between(0.05, 0.25) + 0.5 * stout
    raised = neck - 0.1 + dice.between(-0.45, 0.3) * tall
    limbs = [
        Limb((0, 0, 0), (0, 0, neck - 0.1), stout, stout * dice.between(0.9, 1.2)),
        Limb((0, 0, neck - 0.1), (0, 0, neck + skull), 0.06, 0.06),
        knob((0, 0, neck + skull + 0.02), skull),
    ]
    for side in (-1, 1):
        hand = (side * stride, side * (stout + 0.1 + 0.6 * tall), raised)
        foot = (side * stride, side * spread, -tall)
        limbs += [
            Limb((0, side * (stout + 0.02), neck - 0.12), hand, 0.06, 0.05),
            Limb((0, side * 0.5 * stout, 0), foot, 0.5 * stout + 0.03, 0.065),
            Limb(foot, (foot[0] + 0.09, foot[1], -tall - 0.01), 0.065, 0.055),
        ]
    return limbs


def stone(dice: Dice) -> Material:
    """Marble, bronze, plaster or clay."""
    if dice.chance(0.25):
        pale = palettes.grey(dice)
        return materials.two(pale, 0.6 * pale, patterns.marble(dice))
    codes = dice.pick([("#6a4a2a", "#3f4a3a", "#8c6a3a"), ("#eeeae2", "#d8d2c4"), palettes.EARTH])
    return materials.worn(dice, materials.one_of(dice, codes), 0.12)


def bust(dice: Dice, palette: Palette) -> list[Piece]:
    """A head with a face, on shoulders and a foot."""
    skull, stuff = dice.between(0.24, 0.3), stone(dice)
    limbs = [
        Limb((0, 0, 0.55), (0.06, 0, 0.42), skull, 0.75 * skull),
        Limb((-0.03, 0, 0), (0, 0, 0.4), 0.13, 0.12),
        Limb((0.28, 0, 0.56), (0.34, 0, 0.45), 0.02, 0.05),
        Limb((0.24, -0.06, 0.36), (0.24, 0.06, 0.36), 0.04, 0.04),
        Limb((-0.02, -0.36, -0.1), (-0.02, 0.36, -0.1), 0.16, 0.16),
        *(knob((0.02, side * (skull + 0.01), 0.52), 0.07) for side in (-1, 1)),
        *(Limb((0.24, side * 0.05, 0.64), (0.2, side * 0.16, 0.64), 0.035, 0.03) for side in (-1, 1)),
    ]
    foot = turned([(0, -0.6), (0.26, -0.6), (0.24, -0.5), (0.1, -0.42), (0.14, -0.2), (0, -0.2)])
    return [
        Piece(flesh(limbs, 0.03), stuff),
        *both(Piece(ball(0.045).at(0.3, 0.1, 0.575), stuff, cut=True)),
        Piece(foot, stuff if dice.chance(0.5) else stone(dice)),
    ]


def chess_piece(dice: Dice, palette: Palette) -> list[Piece]:
    """Pawns, bishops, rooks and queens; skittles and candlesticks are not far."""
    high, wide = dice.between(0.5, 0.9), dice.between(0.22, 0.3)
    points = [*FOOT, (0.45, 0.4 * high), (0.35, high), (0.65, high + 0.03), (0.4, high + 0.07)]
    stuff = stone(dice) if dice.chance(0.4) else dice.pick([materials.wood, materials.plastic])(dice)
    body = Piece(turned(profiles.closed(profiles.flowing([(wide * r, z) for r, z in points], 60))), stuff)
    top = dice.pick([_rook, _queen, _ball])(dice, wide, stuff)
    return [*(piece.at(0, 0, high + 0.06) for piece in top), body]


def _rook(dice: Dice, wide: Number, stuff: Material) -> list[Piece]:
    slots = [box(0.07, 1, 0.08, 0.002).turned("z", angle).at(0, 0, 0.18) for angle in (0, 60, 120)]
    holes = [*slots, cylinder(0.5 * wide, 0.1).at(0, 0, 0.17)]
    crown = cylinder(0.75 * wide, 0.2, 0.01).at(0, 0, 0.08)
    return [Piece(crown, stuff), *(Piece(hole, stuff, cut=True) for hole in holes)]


def _queen(dice: Dice, wide: Number, stuff: Material) -> list[Piece]:
    cup = turned([(0, 0), (0.4 * wide, 0), (0.75 * wide, 0.22), (0.4 * wide, 0.2), (0, 0.25)])
    return [Piece(cup, stuff), Piece(ball(0.055).at(0, 0, 0.28), stuff)]


def _ball(dice: Dice, wide: Number, stuff: Material) -> list[Piece]:
    """The pawn's head, and, longer, the bishop's."""
    long = dice.pick([1.0, 1.5])
    return [Piece(ball(0.55 * wide, 0.55 * wide, 0.55 * wide * long).at(0, 0, 0.4 * wide * long), stuff)]


def teddy(dice: Dice, palette: Palette) -> list[Piece]:
    """Sitting, arms out: bears, rabbits and other soft toys."""
    skull, girth = dice.between(0.22, 0.3), dice.between(0.22, 0.3)
    top = girth + 0.75 * skull + 0.05
    fur = materials.one_of(dice, palettes.FUR) if dice.chance(0.75) else materials.plain(palette.main)
    pale, dark = materials.one_of(dice, ("#eee6d8", "#e3c9a5", "#d9c4a3")), materials.plain(DARK)
    muzzle = ball(0.5 * skull, 0.5 * skull, 0.4 * skull).at(0.72 * skull, 0, top - 0.2 * skull)
    belly = ball(0.3 * girth, 0.62 * girth, 0.7 * girth).at(0.8 * girth, 0, 0)
    ribbon = superquadric(0.03, 0.12, 0.06, 1.4, 1.4).at(0.8 * girth, 0, 0.95 * girth)
    return [
        Piece(flesh(_sitting(dice, skull, girth, top), 0.02), materials.worn(dice, fur, 0.12)),
        Piece(muzzle, pale),
        *both(Piece(ball(0.035).at(0.88 * skull, 0.38 * skull, top + 0.22 * skull), dark)),
        Piece(ball(0.05, 0.06, 0.04).at(1.22 * skull, 0, top - 0.08 * skull), dark),
        *([Piece(belly, pale)] if dice.chance(0.6) else []),
        *([Piece(ribbon, materials.one_of(dice, palettes.LOUD))] if dice.chance(0.4) else []),
    ]


def _sitting(dice: Dice, skull: Number, girth: Number, top: Number) -> list[Limb]:
    """Body, head at height `top`, ears, arms and legs."""
    ear, lift = dice.pick([0.0, 0.0, dice.between(0.15, 0.45)]), dice.between(0.0, 0.3)
    limbs = [Limb((0, 0, -0.05), (0, 0, 0.1), girth, 0.85 * girth), knob((0.02, 0, top), skull)]
    for side in (-1, 1):
        base, high = side * 0.62 * skull, top + 0.72 * skull
        limbs += [
            Limb((-0.02, base, high), (-0.02, base + 0.2 * side * ear, high + ear), 0.36 * skull, 0.3 * skull),
            Limb((0.03, side * girth * 0.8, 0.18), (0.2, side * (girth + 0.12), lift), 0.1, 0.09),
            Limb((0.08, side * 0.6 * girth, -0.2), (0.36, side * (girth + 0.02), -0.24), 0.12, 0.11),
        ]
    return limbs
