"""Chairs, stools, sofas and beds; they look along +x."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes
from recon3d.synthesis.objects.arranging import around, both, corners, row
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.kinds.furniture import board, leg, splayed, timber
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import (
    box,
    cylinder,
    rod,
    subdivided,
    superquadric,
    torus,
    tube,
)
from recon3d.synthesis.surface import Number, Point

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    return dice.pick([chair, stool, sofa, bed], [5, 2, 3, 1])(dice, Palette(dice))


def chair(dice: Dice, palette: Palette) -> list[Piece]:
    seat, half, depth = dice.between(0.38, 0.5), dice.between(0.2, 0.28), dice.between(0.2, 0.27)
    frame = timber(dice, palette)
    soft = frame if dice.chance(0.4) else materials.any_material(dice, palette)
    shape = outlines.rectangle(depth, half, dice.between(0.05, 0.9))
    corner = np.array([[-depth, half, seat + 0.2], [0.6 * depth, half, seat + 0.2], [0.7 * depth, half, seat]])
    back = dice.pick([_shell, _rungs, _bars], [4, 3, 2])(dice, half, soft, frame)
    lean = dice.between(0, 18)
    return [
        Piece(board(shape, dice.between(0.03, 0.12)).at(0, 0, seat), soft),
        *_undercarriage(dice, (seat, half, depth), frame),
        *(piece.turned("y", -lean).at(-0.88 * depth, 0, seat) for piece in back),
        *(both(Piece(tube(subdivided(corner, 0.06), 0.025), frame)) if dice.chance(0.35) else []),
    ]


def _undercarriage(dice: Dice, sizes: Point, frame: Material) -> list[Piece]:
    """Four legs, or a post on a star of feet."""
    seat, half, depth = sizes
    if dice.chance(0.75):
        return corners(Piece(splayed(leg(dice, seat), 0.85 * depth, 0.85 * half, dice.between(0, 0.25)), frame))
    spoke = rod(np.zeros(3), np.array([0.28, 0, 0]), 0.03, 0.02).at(0, 0, 0.04)
    post = Piece(rod(np.zeros(3), np.array([0, 0, seat]), 0.035), frame)
    return [post, *around(Piece(spoke, frame), dice.count(3, 5))]


def _shell(dice: Dice, half: Number, soft: Material, frame: Material) -> list[Piece]:
    """The back of a chair, like those below: it stands on 0, in the plane of y and z."""
    high = dice.between(0.3, 0.6)
    shape = outlines.rectangle(high / 2, 0.9 * half, dice.between(0.05, 0.9))
    back = board(shape, dice.between(0.03, 0.09)).turned("y", 90)
    return [Piece(back.at(0, 0, high / 2 + 0.02), soft)]


def _rungs(dice: Dice, half: Number, soft: Material, frame: Material) -> list[Piece]:
    high, rail = dice.between(0.3, 0.6), box(0.03, 1.75 * half, 0.07, 0.012)
    levels = np.linspace(high - 0.03, 0.15, dice.count(2, 4))
    post = cylinder(0.022, high, 0.008).at(0, 0.85 * half, high / 2)
    return [*both(Piece(post, frame)), *(Piece(rail.at(0, 0, level), frame) for level in levels)]


def _bars(dice: Dice, half: Number, soft: Material, frame: Material) -> list[Piece]:
    high, count = dice.between(0.3, 0.6), dice.count(4, 7)
    bar = Piece(cylinder(0.016, high).at(0, 0, high / 2), frame)
    rail = Piece(box(0.03, 1.75 * half, 0.07, 0.012).at(0, 0, high - 0.03), frame)
    return [rail, *row(bar, count, (0, 1.7 * half / (count - 1), 0))]


def stool(dice: Dice, palette: Palette) -> list[Piece]:
    high, radius, frame = dice.between(0.35, 0.9), dice.between(0.2, 0.32), timber(dice, palette)
    seat = cylinder(radius, dice.between(0.04, 0.14), 0.03).at(0, 0, high)
    ring = torus(0.8 * radius, 0.018).at(0, 0, 0.35 * high)
    return [
        Piece(seat, materials.any_material(dice, palette)),
        *around(Piece(splayed(leg(dice, high), 0.6 * radius, 0, dice.between(0, 0.8)), frame), dice.count(3, 4)),
        *([Piece(ring, frame)] if dice.chance(0.4) else []),
    ]


def sofa(dice: Dice, palette: Palette) -> list[Piece]:
    """For one to three, with a cushion for each."""
    count, half, depth, soft = (
        dice.count(1, 3),
        dice.between(0.24, 0.32),
        dice.between(0.28, 0.38),
        dice.between(0.02, 0.09),
    )
    cloth = materials.plain(palette.main) if dice.chance(0.5) else materials.any_material(dice, palette)
    pillow = cloth if dice.chance(0.5) else materials.any_material(dice, palette)
    wide = half * count
    back = box(0.18, 2 * wide, dice.between(0.4, 0.7), soft).turned("y", -dice.between(0, 12))
    cushion = box(2 * depth - 0.12, 2 * half - 0.015, 0.12, 0.05).at(0.06, 0, 0.36)
    thrown = superquadric(0.17, 0.17, 0.07, 3.5, 1.6).turned("y", 65).at(0.17 - depth, wide - 0.2, 0.52)
    return [
        Piece(box(2 * depth, 2 * wide, 0.22, soft).at(0, 0, 0.2), cloth),
        Piece(back.at(-depth, 0, 0.45), cloth),
        *both(Piece(box(2 * depth, 0.15, dice.between(0.3, 0.45), soft).at(0, wide + 0.05, 0.28), cloth)),
        *row(Piece(cushion, pillow), count, (0, 2 * half, 0)),
        *corners(Piece(cylinder(0.03, 0.12).at(depth - 0.05, wide - 0.03, 0.05), timber(dice, palette))),
        *([Piece(thrown, materials.any_material(dice, palette))] if dice.chance(0.4) else []),
    ]


def bed(dice: Dice, palette: Palette) -> list[Piece]:
    half, long, frame = dice.between(0.28, 0.5), dice.between(0.6, 0.75), timber(dice, palette)
    head = board(outlines.rectangle(half, 0.3, dice.between(0.05, 0.8)), 0.06).turned("x", 90).turned("z", 90)
    pillow = Piece(
        superquadric(0.15, 0.2, 0.07, 3.5, 1.6).at(0.22 - long, 0, 0.4), materials.plain(palettes.grey(dice))
    )
    sheet = box(2 * long - 0.04, 2 * half - 0.04, 0.16, 0.06).at(0, 0, 0.28)
    return [
        Piece(box(2 * long, 2 * half, 0.12, 0.02).at(0, 0, 0.16), frame),
        Piece(sheet, materials.plain(palettes.grey(dice))),
        Piece(box(1.3 * long, 2 * half, 0.18, 0.07).at(0.34 * long, 0, 0.29), materials.any_material(dice, palette)),
        Piece(head.at(-long, 0, 0.34), frame),
        *row(pillow, 1 if half < 0.38 else 2, (0, 0.44, 0)),
        *corners(Piece(cylinder(0.035, 0.2).at(long - 0.06, half - 0.05, 0.08), frame)),
    ]
