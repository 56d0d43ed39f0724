"""Cars, lorries, trains, boats, aeroplanes and rockets; all but the last drive along +x."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes, profiles
from recon3d.synthesis.objects.arranging import around, both
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, capsule, cylinder, prism, rod, torus, turned
from recon3d.synthesis.objects.solids import Solid, tapered
from recon3d.synthesis.surface import Number

Array = np.ndarray

BLACK = np.full(3, 0.015)


def make(dice: Dice) -> list[Piece]:
    kinds = [car, lorry, train, sailing_boat, steamer, aeroplane, rocket]
    return dice.pick(kinds, [6, 3, 2, 1.5, 1.5, 3, 2])(dice, Palette(dice))


def paint(dice: Dice, palette: Palette) -> Material:
    """One colour, two with a line between, or what the palette brings."""
    kind = dice.pick(["plain", "line", "any"], [5, 2, 2])
    if kind == "line":
        return materials.two(palette.main, palette.odd, materials.step("z", dice.between(-0.05, 0.05)))
    return materials.plain(palette.main) if kind == "plain" else materials.any_material(dice, palette)


def glass(dice: Dice) -> Material:
    return materials.one_of(dice, ("#1c2228", "#2c3e50", "#8fa9b8", "#0f1418"))


def wheels(dice: Dice, places: list[float], y: Number, radius: Number) -> list[Piece]:
    """Pairs of wheels at those x, their axles at height 0: tyres with hubs."""
    width, rubber = dice.between(0.07, 0.12), materials.plain(BLACK)
    hub = materials.metal(dice) if dice.chance(0.7) else materials.plastic(dice)
    wheel = [
        Piece(cylinder(radius, width, 0.25 * width).turned("x", 90), rubber),
        Piece(cylinder(0.58 * radius, 1.12 * width, 0.01).turned("x", 90), hub),
    ]
    return [twin for x in places for part in wheel for twin in both(part.at(x, y, 0))]


def car(dice: Dice, palette: Palette) -> list[Piece]:
    long, half, low = dice.between(0.45, 0.65), dice.between(0.2, 0.28), dice.between(0.16, 0.26)
    body, lamp = paint(dice, palette), materials.one_of(dice, ("#fff6d0", "#f3e3c0", "#f5c400"))
    top, front = dice.between(-0.2, 0.1) * long, 0.65 * half
    bumper = Piece(box(0.06, 1.9 * half, 0.06, 0.02).at(long, 0, 0.08), materials.metal(dice))
    return [
        Piece(box(2 * long, 2 * half, low, dice.between(0.03, 0.09)).at(0, 0, low / 2 - 0.02), body),
        *(p.at(top, 0, low - 0.04) for p in _cabin(dice, palette, (long * dice.between(0.9, 1.5), 1.9 * half), body)),
        *both(Piece(ball(0.045).at(long - 0.02, front, 0.6 * low), lamp)),
        *both(Piece(ball(0.04).at(-long + 0.02, front, 0.6 * low), materials.plain(np.array([0.6, 0.02, 0.02])))),
        *(both(bumper, "x") if dice.chance(0.5) else []),
        *wheels(dice, [-0.6 * long, 0.62 * long], half - 0.03, dice.between(0.1, 0.16)),
    ]


def _cabin(dice: Dice, palette: Palette, size: tuple[Number, Number], body: Material) -> list[Piece]:
    """The upper part of a car, on height 0, and the windows on its four sides."""
    (x, y), z = size, dice.between(0.14, 0.24)
    roof = tapered(box(x, y, z, 0.03), dice.between(0.55, 0.9))
    panes = [box(x - 0.08, y + 0.012, 0.6 * z, 0.01), box(x + 0.012, y - 0.08, 0.6 * z, 0.01)]
    window = glass(dice)
    pieces = [Piece(roof, body if dice.chance(0.6) else materials.plain(palette.odd))]
    pieces += [Piece(tapered(pane, 0.82).at(0, 0, 0.02), window) for pane in panes]
    return [piece.at(0, 0, z / 2) for piece in pieces]


def lorry(dice: Dice, palette: Palette) -> list[Piece]:
    long, half = dice.between(0.55, 0.8), dice.between(0.2, 0.26)
    cab, tall, window = dice.between(0.3, 0.4), dice.between(0.35, 0.5), glass(dice)
    room = 2 * long - cab - 0.06
    eyes = 0.08 + 0.7 * tall
    load = dice.pick([_tank, _container, _tipper])(room, half, materials.any_material(dice, palette))
    return [
        Piece(box(2 * long, 1.6 * half, 0.08, 0.01).at(0, 0, 0.06), materials.metal(dice)),
        Piece(box(cab, 2 * half, tall, 0.05).at(long - cab / 2, 0, 0.08 + tall / 2), paint(dice, palette)),
        Piece(box(0.3 * cab, 2 * half + 0.012, 0.35 * tall, 0.02).at(long - 0.4 * cab, 0, eyes), window),
        Piece(box(0.1, 1.7 * half, 0.35 * tall, 0.02).at(long - 0.04, 0, eyes), window),
        *(piece.at(room / 2 - long, 0, 0.1) for piece in load),
        *wheels(dice, [-0.7 * long, -0.35 * long, 0.7 * long], half - 0.03, dice.between(0.1, 0.14)),
    ]


def _tank(room: Number, half: Number, stuff: Material) -> list[Piece]:
    return [Piece(cylinder(0.9 * half, room, 0.08).turned("y", 90).at(0, 0, 0.9 * half + 0.02), stuff)]


def _container(room: Number, half: Number, stuff: Material) -> list[Piece]:
    return [Piece(box(room, 2 * half + 0.02, 0.5, 0.02).at(0, 0, 0.25), stuff)]


def _tipper(room: Number, half: Number, stuff: Material) -> list[Piece]:
    hollow = box(room - 0.06, 2 * half - 0.05, 0.25, 0.01).at(0, 0, 0.19)
    return [Piece(box(room, 2 * half + 0.02, 0.25, 0.02).at(0, 0, 0.125), stuff), Piece(hollow, stuff, cut=True)]


def train(dice: Dice, palette: Palette) -> list[Piece]:
    body, trim, dark = paint(dice, palette), materials.plain(palette.odd), materials.plain(BLACK)
    radius, long = dice.between(0.16, 0.22), dice.between(0.5, 0.7)
    chimney = turned(profiles.closed(np.array([[0.05, 0], [0.045, 0.2], [0.09, 0.3]])))
    return [
        Piece(cylinder(radius, long, 0.03).turned("y", 90).at(0.15, 0, 0.3), body),
        Piece(box(0.34, 2.2 * radius, 0.5, 0.02).at(-0.35, 0, 0.32), body),
        Piece(box(0.16, 3 * radius, 0.16, 0.02).at(-0.35, 0, 0.43), dark, cut=True),
        Piece(box(0.42, 2.5 * radius, 0.05, 0.02).at(-0.35, 0, 0.59), trim),
        Piece(box(long + 0.5, 2 * radius, 0.08, 0.02).at(0, 0, 0.12), trim),
        Piece(chimney.at(0.15 + 0.35 * long, 0, 0.3 + 0.8 * radius), dark),
        Piece(ball(0.07).at(0.1, 0, 0.3 + radius), trim),
        *wheels(dice, [-0.38, -0.05, 0.15, 0.38], radius, 0.1),
    ]


def _hull(dice: Dice, palette: Palette) -> list[Piece]:
    """An open boat about the origin."""
    long, half, deep = dice.between(0.6, 0.8), dice.between(0.18, 0.28), dice.between(0.16, 0.3)

    def drawn(p: Array) -> Array:
        """A box drawn to a stem at +x and to a keel below."""
        stem = np.clip((p[:, 0] / long - 0.1) / 0.9, 0, 1) ** 2
        keel = 0.55 + 0.45 * np.clip(p[:, 2] / deep + 0.5, 0, 1)
        return np.stack([p[:, 0], p[:, 1] * ((1 - stem) * keel + 0.001), p[:, 2] + 0.12 * stem], -1)

    inside = box(1.86 * long, 2 * half - 0.07, deep, 0.01).at(-0.01, 0, 0.06)
    side = materials.two(palette.main, palette.odd, materials.step("z", dice.between(-0.08, 0.08)))
    skin = side if dice.chance(0.6) else materials.any_material(dice, palette)
    shell = box(2 * long, 2 * half, deep, 0.02)
    return [Piece(shell.warped(drawn), skin), Piece(inside.warped(drawn), materials.wood(dice), cut=True)]


def sailing_boat(dice: Dice, palette: Palette) -> list[Piece]:
    corners = np.array([[0.0, 0.0], [0.0, dice.between(0.6, 0.85)], [-dice.between(0.4, 0.7), 0.0]])
    x, z = corners.mean(0)
    outline = outlines.evenly(corners - [x, z], 30)
    sail = prism(outline, [(0, -0.012), (1, -0.012), (1, 0.012), (0, 0.012)], 0.1).turned("x", 90)
    white = materials.plain(palettes.grey(dice))
    return [
        *_hull(dice, palette),
        Piece(rod(np.array([0.1, 0, -0.1]), np.array([0.1, 0, 1.0]), 0.022), materials.wood(dice)),
        Piece(sail.at(x + 0.1, 0, z + 0.15), white if dice.chance(0.5) else materials.any_material(dice, palette)),
    ]


def steamer(dice: Dice, palette: Palette) -> list[Piece]:
    return [
        *_hull(dice, palette),
        Piece(box(dice.between(0.3, 0.6), 0.3, 0.25, 0.03).at(-0.15, 0, 0.16), materials.plain(palettes.grey(dice))),
        Piece(box(0.25, 0.23, 0.18, 0.03).at(-0.15, 0, 0.36), glass(dice)),
        Piece(cylinder(0.06, 0.25, 0.01).at(-0.2, 0, 0.55), materials.plain(palette.odd)),
    ]


def blade(outline: Array, thick: Number) -> Solid:
    """A wing: flat, with thin edges, its middle at height 0."""
    h = thick / 2
    return prism(outline, [(0, -h), (0.95, -h), (1, 0), (0.95, h), (0, h)], 0.15)


def aeroplane(dice: Dice, palette: Palette) -> list[Piece]:
    radius, long, span = dice.between(0.08, 0.15), dice.between(0.5, 0.65), dice.between(0.5, 0.8)
    chord, sweep = dice.between(0.12, 0.2), dice.between(0.0, 0.35)
    wing, steel = materials.plain(palette.pick()), materials.metal(dice)
    sides = [(0, -1), (0.25, -0.98), (1, -0.2), (1, 0.6), (0.6, 0.9), (0, 1)]
    body = turned(profiles.flowing([(radius * r, long * x) for r, x in sides], 40)).turned("y", 90)
    pane = blade(outlines.rectangle(chord, span, 0.5), 0.035)
    swept = pane.warped(lambda p: p - np.array([1, 0, 0]) * sweep * np.abs(p[:, 1:2]))
    tail = blade(outlines.rectangle(0.6 * chord, 0.4 * span, 0.5), 0.03)
    fin = blade(outlines.rectangle(0.6 * chord, 0.16, 0.4), 0.03).turned("x", 90)
    propeller = [
        Piece(box(0.02, 0.06, 0.5, 0.008).turned("x", k).at(long, 0, 0), materials.plain(BLACK)) for k in (20, 110)
    ]
    engine = Piece(capsule(0.05, 0.16).turned("y", 90).at(0.1, 0.45 * span, -0.06), steel)
    return [
        Piece(body, paint(dice, palette)),
        Piece(swept.at(0.1, 0, dice.between(-0.5, 0.5) * radius), wing),
        Piece(tail.at(-0.88 * long, 0, 0.02), wing),
        Piece(fin.at(-0.88 * long, 0, 0.16), materials.plain(palette.odd)),
        Piece(ball(0.16, 0.6 * radius, 0.7 * radius).at(0.45 * long, 0, 0.6 * radius), glass(dice)),
        *(propeller if dice.chance(0.5) else both(engine)),
    ]


def rocket(dice: Dice, palette: Palette) -> list[Piece]:
    """Upright on its fins, with a nose of another colour and a window."""
    radius, high, waist = dice.between(0.15, 0.26), dice.between(0.8, 1.2), dice.between(0.8, 1)
    sides = [(0, 0), (0.6, 0), (1, 0.25), (waist, 0.6), (0.4, 0.88), (0, 1)]
    body = turned(profiles.flowing([(radius * r, high * z) for r, z in sides], 40))
    nose = materials.step("z", dice.between(0.65, 0.85) * high)
    fin = blade(outlines.leaf(0.5, 28), 0.04).scaled(dice.between(0.15, 0.3), 0.3, 1).turned("x", 90)
    port, metal = (0.9 * radius, 0, 0.55 * high), materials.metal(dice)
    return [
        Piece(body, materials.layered(paint(dice, palette), materials.plain(palette.odd), nose)),
        *around(Piece(fin.at(radius, 0, 0.08), materials.plain(palette.pick())), dice.count(3, 5)),
        Piece(torus(0.09, 0.025).turned("y", 90).at(*port), metal),
        Piece(ball(0.09, 0.09, 0.03).turned("y", 90).at(*port), glass(dice)),
        Piece(cylinder(0.5 * radius, 0.12, 0, 0.35 * radius).at(0, 0, -0.04), metal),
    ]
