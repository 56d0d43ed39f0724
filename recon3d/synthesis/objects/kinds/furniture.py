"""Tables, shelves, cabinets and lamps; they look along +x."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes, profiles
from recon3d.synthesis.objects.arranging import around, corners
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import (
    ball,
    box,
    cylinder,
    prism,
    rod,
    turned,
)
from recon3d.synthesis.objects.solids import Solid, tapered
from recon3d.synthesis.surface import Number, Point

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    kinds = [table, round_table, shelf, cabinet, lamp]
    return dice.pick(kinds, [2, 1, 2, 3, 3])(dice, Palette(dice))


def timber(dice: Dice, palette: Palette) -> Material:
    """What a frame is made of: wood, metal, or painted."""
    kind = dice.pick(["wood", "metal", "painted"], [5, 2, 3])
    if kind == "painted":
        return materials.plain(palette.main)
    return materials.wood(dice) if kind == "wood" else materials.metal(dice)


def leg(dice: Dice, height: Number) -> Solid:
    """A leg that stands on 0, square, round or turned; thinner below."""
    thick, kind = dice.between(0.025, 0.06), dice.pick(["square", "round", "turned"], [3, 3, 1])
    if kind == "turned":
        return turned(profiles.turned_wood(dice) * np.array([1.3 * thick, height])).at(0, 0, height / 2)
    solid = box(2 * thick, 2 * thick, height, 0.01) if kind == "square" else cylinder(thick, height, 0.01)
    return tapered(solid, 1 / dice.between(0.6, 1.0)).at(0, 0, height / 2)


def splayed(solid: Solid, x: Number, y: Number, lean: Number) -> Solid:
    """A leg put at (x, y), its foot farther out than its top."""
    height, outward = float(solid.vertices[:, 2].max()), np.array([x, y, 0]) * lean
    return solid.warped(lambda p: p + (1 - p[:, 2:] / height) * outward).at(x, y, 0)


def board(outline: Array, thick: Number) -> Solid:
    """A board of that outline with a soft edge, its middle at height 0."""
    h = thick / 2
    return prism(outline, [(0, -h), (0.97, -h), (1, -0.5 * h), (1, 0.5 * h), (0.97, h), (0, h)])


def table(dice: Dice, palette: Palette) -> list[Piece]:
    """On four legs, with a frame or a shelf below."""
    high, x, y = dice.between(0.35, 0.8), dice.between(0.4, 0.75), dice.between(0.35, 0.5)
    frame, thick = timber(dice, palette), dice.between(0.03, 0.08)
    shape = outlines.rectangle(x, y, dice.between(0.02, 0.5))
    apron, shelf_below = box(1.5 * x, 1.6 * y, 0.07, 0.01), board(0.85 * shape, thick)
    return [
        Piece(board(shape, thick).at(0, 0, high), frame if dice.chance(0.6) else timber(dice, palette)),
        *corners(Piece(splayed(leg(dice, high), 0.85 * x, 0.85 * y, dice.between(0, 0.15)), frame)),
        *([Piece(apron.at(0, 0, high - 0.06), frame)] if dice.chance(0.5) else []),
        *([Piece(shelf_below.at(0, 0, 0.3 * high), frame)] if dice.chance(0.2) else []),
    ]


def round_table(dice: Dice, palette: Palette) -> list[Piece]:
    """On three or four legs, or on one."""
    high, radius, frame = dice.between(0.35, 0.8), dice.between(0.35, 0.7), timber(dice, palette)
    top = board(radius * outlines.circle(), dice.between(0.03, 0.08)).at(0, 0, high)
    legs = around(Piece(splayed(leg(dice, high), 0.7 * radius, 0, dice.between(0, 0.3)), frame), dice.count(3, 4))
    foot = cylinder(0.6 * radius, 0.05, 0.02).at(0, 0, 0.025)
    single = [Piece(leg(dice, high).scaled(1.6, 1.6, 1), frame), Piece(foot, frame)]
    return [
        Piece(top, frame if dice.chance(0.6) else timber(dice, palette)),
        *(legs if dice.chance(0.6) else single),
    ]


def _cells(rows: int, columns: int, wide: Number, high: Number) -> list[Array]:
    """Middles of the cells of a grid in the plane of y and z."""
    y, z = (np.arange(columns) + 0.5) / columns - 0.5, (np.arange(rows) + 0.5) / rows - 0.5
    return [np.array([0, wide * column, high * level]) for level in z for column in y]


def shelf(dice: Dice, palette: Palette) -> list[Piece]:
    """With compartments, and books in some of them."""
    x, y, z = dice.between(0.24, 0.4), dice.between(0.5, 1.0), dice.between(0.4, 1.0)
    rows, columns, frame = dice.count(2, 5), dice.count(1, 3), timber(dice, palette)
    wide, high = y / columns - 0.035, z / rows - 0.035
    hole, cells = box(x, wide, high, 0.004).at(0.035, 0, 0), _cells(rows, columns, y, z)
    pieces = [Piece(box(x, y, z, 0.006), frame), *(Piece(hole.at(*cell), frame, cut=True) for cell in cells)]
    for cell in cells:
        if dice.chance(0.5):
            pieces += [book.at(*cell).at(0, 0, -high / 2) for book in _books(dice, (0.8 * x, wide - 0.02, high - 0.03))]
    return pieces


def _books(dice: Dice, room: Point) -> list[Piece]:
    """A few books side by side, standing on 0."""
    pieces: list[Piece] = []
    left = -room[1] / 2
    while left < room[1] / 2 - 0.06 and len(pieces) < 6:
        thick, high = dice.between(0.03, 0.06), room[2] * dice.between(0.6, 1.0)
        book = box(room[0], thick, high, 0.004).at(0.02, left + thick / 2, high / 2)
        pieces.append(Piece(book, materials.plain(palettes.any_colour(dice))))
        left += thick + 0.004
    return pieces


def cabinet(dice: Dice, palette: Palette) -> list[Piece]:
    """With doors or drawers, and knobs on them."""
    x, y, z = dice.between(0.3, 0.6), dice.between(0.5, 1.0), dice.between(0.4, 1.0)
    rows, columns = dice.count(1, 4), dice.count(1, 2)
    frame, knobs = timber(dice, palette), materials.metal(dice)
    front = frame if dice.chance(0.5) else timber(dice, palette)
    door = box(0.04, y / columns - 0.03, z / rows - 0.03, 0.008).at(x / 2, 0, 0)
    knob = dice.pick([ball(0.022), box(0.04, 0.12, 0.02, 0.008)]).at(x / 2 + 0.035, 0, 0)
    foot = Piece(cylinder(0.025, 0.16).at(0.4 * x, 0.42 * y, -z / 2 - 0.06), frame)
    pieces = [Piece(box(x, y, z, 0.01), frame), *(corners(foot) if dice.chance(0.6) else [])]
    for cell in _cells(rows, columns, y, z):
        pieces += [Piece(door.at(*cell), front), Piece(knob.at(*cell), knobs)]
    return pieces


def lamp(dice: Dice, palette: Palette) -> list[Piece]:
    """On a foot or a vase, with a shade that is open below."""
    high, low, top, tall = (
        dice.between(0.5, 1.3),
        dice.between(0.18, 0.36),
        dice.between(0.08, 0.25),
        dice.between(0.2, 0.4),
    )
    stand, glow = timber(dice, palette), materials.one_of(dice, ("#fff2d0", "#f3e3c0"))
    shade = turned(profiles.closed(np.array([[low, 0], [top, tall]])))
    inside = turned(profiles.closed(np.array([[low - 0.02, -0.05], [top - 0.03, tall - 0.03]])))
    vase = turned(profiles.closed(profiles.vase(dice, 0.6 * high) * np.array([0.6, 1])))
    foot = cylinder(dice.between(0.12, 0.25), 0.05, 0.02).at(0, 0, 0.025)
    cloth = materials.one_of(dice, palettes.PASTEL) if dice.chance(0.5) else materials.any_material(dice, palette)
    return [
        Piece(shade.at(0, 0, high - 0.5 * tall), cloth),
        Piece(inside.at(0, 0, high - 0.5 * tall), glow, cut=True),
        Piece(vase, materials.any_material(dice, palette)) if dice.chance(0.35) else Piece(foot, stand),
        Piece(rod(np.zeros(3), np.array([0, 0, high]), dice.between(0.012, 0.035)), stand),
        Piece(ball(0.05).at(0, 0, high), glow),
    ]
