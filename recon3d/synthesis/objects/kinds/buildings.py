"""Houses, towers, lighthouses, castles, blocks of flats and windmills, as models of themselves."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes, patterns, profiles
from recon3d.synthesis.objects.arranging import around, both, corners
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, cylinder, prism, turned
from recon3d.synthesis.objects.solids import Solid, tapered
from recon3d.synthesis.surface import Number

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    kinds = [house, tower, lighthouse, castle, block, windmill]
    return dice.pick(kinds, [5, 2, 2, 2, 2, 1])(dice, Palette(dice))


def wall(dice: Dice) -> Material:
    """Plaster, brick, stone or timber."""
    colour = palettes.one_of(dice, dice.pick([palettes.EARTH, palettes.PASTEL, palettes.EARTH]))
    kind = dice.pick(["plaster", "brick", "wood", "mottled"], [4, 3, 1, 2])
    if kind == "wood":
        return materials.wood(dice)
    if kind == "brick":
        return materials.worn(
            dice, materials.two(colour, palettes.jittered(dice, colour * 0.55), patterns.bricks(dice)), 0.1
        )
    return materials.worn(dice, materials.plain(colour), 0.05 if kind == "plaster" else 0.2)


def tiles(dice: Dice) -> Material:
    colour = palettes.one_of(dice, palettes.EARTH if dice.chance(0.6) else palettes.CLOTH)
    return materials.worn(dice, materials.two(colour, colour * 0.7, patterns.bricks(dice)), 0.08)


def gable(x: Number, y: Number, high: Number, over: Number) -> Solid:
    """A roof whose ridge runs along y, standing on 0 over a house of sides x and y."""
    triangle = np.array([[-x / 2 - over, 0], [x / 2 + over, 0], [0, high]])
    middle = triangle.mean(0)
    half = y / 2 + over
    solid = prism(outlines.evenly(triangle - middle, 36), [(0, -half), (1, -half), (1, half), (0, half)], 0.15)
    return solid.at(*middle, 0).turned("x", 90).rested()


def openings(dice: Dice, x: Number, y: Number, high: Number) -> list[Piece]:
    """A door and windows, set into the sides at +-x and the front at -y, all between 0 and `high`."""
    dark = materials.one_of(dice, ("#1c2228", "#2c3e50", "#8fa9b8", "#3a2a1e", "#f3dfa0"))
    door = box(0.13, 0.05, min(0.26, 0.6 * high), 0.004)
    pieces = [Piece(door.at(0, -y / 2, 0.13), materials.plain(palettes.any_colour(dice)))]
    pane = box(0.11, 0.03, 0.12, 0.004)
    rows = max(1, int(high / 0.3))
    for level in (np.arange(rows) + 0.6) * high / rows:
        columns = np.linspace(-0.3, 0.3, dice.count(2, 3)) * x
        pieces += [
            Piece(pane.at(c, s * y / 2, level), dark) for c in columns for s in (-1, 1) if level > 0.3 or abs(c) > 0.12
        ]
        side = pane.turned("z", 90)
        pieces += [Piece(side.at(s * x / 2, c, level), dark) for c in (-0.25 * y, 0.25 * y) for s in (-1, 1)]
    return pieces[:26]


def house(dice: Dice, palette: Palette) -> list[Piece]:
    x, y, high = dice.between(0.5, 0.9), dice.between(0.5, 1.0), dice.between(0.3, 0.7)
    slope, over = dice.between(0.2, 0.55), dice.between(0.01, 0.1)
    stone, cover = wall(dice), tiles(dice)
    pieces = [Piece(box(x, y, high, 0.005).at(0, 0, high / 2).rested(), stone)]
    if dice.chance(0.75):
        pieces.append(Piece(gable(x, y, slope, over).at(0, 0, high - 0.01), cover))
    else:
        hip = prism(outlines.rectangle(x / 2 + over, y / 2 + over, 0.02), [(0, 0), (1, 0), (0.12, slope), (0, slope)])
        pieces.append(Piece(hip.at(0, 0, high - 0.01), cover))
    pieces += openings(dice, x, y, high)
    if dice.chance(0.6):
        pieces.append(Piece(box(0.1, 0.1, 0.35, 0.005).at(0.25 * x, 0.2 * y, high + 0.6 * slope), wall(dice)))
    if dice.chance(0.3):
        wing = [Piece(box(0.5, 0.4, 0.7 * high, 0.005).at(x / 2 + 0.1, 0.1, 0.35 * high), stone)]
        wing.append(Piece(gable(0.4, 0.5, 0.25, over).turned("z", 90).at(x / 2 + 0.1, 0.1, 0.7 * high - 0.01), cover))
        pieces += wing
    if dice.chance(0.3):
        lawn = materials.worn(dice, materials.one_of(dice, palettes.GREEN), 0.15)
        pieces.append(Piece(box(1.5 * x, 1.4 * y, 0.05, 0.01).at(0, 0, -0.02), lawn))
    return pieces


def tower(dice: Dice, palette: Palette) -> list[Piece]:
    """A round or cornered tower with a pointed hat, or a church with one."""
    radius, high = dice.between(0.18, 0.3), dice.between(0.7, 1.2)
    outline = radius * (outlines.circle() if dice.chance(0.5) else outlines.polygon(dice.pick([4, 6, 8])))
    body = prism(outline, [(0, 0), (1.05, 0), (1, 0.1), (dice.between(0.8, 1), high), (0, high)])
    tip = dice.between(0.4, 0.7)
    hat = prism(outline, [(0, 0), (1.25, 0), (0.5, 0.25), (0.03, tip), (0, tip)]).at(0, 0, high - 0.02)
    dark = materials.plain(np.full(3, 0.03))
    panes = [Piece(box(0.05, 0.08, 0.14, 0.01).at(0.95 * radius, 0, z), dark) for z in (0.35 * high, 0.75 * high)]
    pieces = [Piece(body, wall(dice)), Piece(hat, tiles(dice)), *(twin for p in panes for twin in around(p, 4))]
    if dice.chance(0.35):
        nave = [Piece(box(0.5, 0.9, 0.45, 0.005).at(0, 0.5, 0.22), pieces[0].material)]
        return [*pieces, *nave, Piece(gable(0.5, 0.9, 0.3, 0.03).at(0, 0.5, 0.44), pieces[1].material)]
    return [*pieces, Piece(ball(0.03).at(0, 0, float(hat.vertices[:, 2].max())), materials.metal(dice))]


def lighthouse(dice: Dice, palette: Palette) -> list[Piece]:
    low, high = dice.between(0.22, 0.32), dice.between(0.9, 1.2)
    body = turned(profiles.closed(profiles.flowing([(low, 0), (0.75 * low, 0.4 * high), (0.6 * low, high)], 20)))
    red = palettes.one_of(dice, ("#c5281c", "#1f3f8f", "#2d3436", "#a33b3b"))
    count, white = dice.count(2, 5), palettes.grey(dice)
    striped = materials.two(white, red, lambda p: np.asarray(np.floor(p[:, 2] / high * 2 * count) % 2, float))
    iron = materials.plain(np.full(3, 0.05))
    deck = cylinder(0.85 * low, 0.04, 0.01).at(0, 0, high)
    lantern = cylinder(0.4 * low, 0.2).at(0, 0, high + 0.1)
    dome = ball(0.46 * low, 0.46 * low, 0.14).at(0, 0, high + 0.2)
    pieces = [
        Piece(body, striped),
        Piece(deck, iron),
        Piece(lantern, materials.one_of(dice, ("#fff0b0", "#cfe3ea"))),
        Piece(dome, materials.plain(red)),
    ]
    if dice.chance(0.5):
        rock = ball(0.5, 0.45, 0.14).at(0, 0, -0.02)
        pieces.append(Piece(rock, materials.worn(dice, materials.one_of(dice, palettes.EARTH), 0.3)))
    return pieces


def castle(dice: Dice, palette: Palette) -> list[Piece]:
    stone, cover = wall(dice), tiles(dice)
    half, high, radius = dice.between(0.35, 0.5), dice.between(0.3, 0.45), dice.between(0.1, 0.16)
    pieces = [Piece(box(2 * half, 2 * half, high, 0.005).at(0, 0, high / 2), stone)]
    pieces.append(Piece(box(2 * half - 0.16, 2 * half - 0.16, high, 0.005).at(0, 0, high / 2 + 0.08), stone, cut=True))
    tall = high * dice.between(1.1, 1.8)
    pieces += corners(Piece(cylinder(radius, tall, 0.0).at(half, half, tall / 2), stone))
    hat = cylinder(1.25 * radius, 0.35, 0, 0.01).at(half, half, tall + 0.17)
    notch = box(0.07, 3, 0.09, 0.002).at(0, 0, high)
    slots = [Piece(notch.at(x, 0, 0), stone, cut=True) for x in np.linspace(-0.55, 0.55, 4) * half]
    slots += [s.turned("z", 90) for s in slots]
    pieces = [pieces[0], pieces[1], *slots, *pieces[2:]]
    gate = cylinder(0.12, 0.3).turned("x", 90).scaled(1, 1, 1.5).at(0, -half, 0.02)
    pieces.append(Piece(gate, materials.plain(np.full(3, 0.03)), cut=True))
    if dice.chance(0.7):
        pieces += corners(Piece(hat, cover))
    if dice.chance(0.6):
        keep = box(0.55 * half, 0.55 * half, 2 * high, 0.005).at(0, 0, high)
        pieces += [Piece(keep, stone), Piece(gable(0.55 * half, 0.55 * half, 0.2, 0.03).at(0, 0, 2 * high), cover)]
    return pieces


def block(dice: Dice, palette: Palette) -> list[Piece]:
    """Towers of glass and concrete: windows in rows and columns."""
    pieces, z = [], 0.0
    concrete, glass = (
        palettes.one_of(dice, dice.pick([palettes.EARTH, palettes.METAL])),
        palettes.one_of(dice, ("#1c2228", "#2c3e50", "#6f93a8")),
    )
    step, share = dice.between(0.07, 0.13), dice.between(0.4, 0.75)

    def grid(p: Array) -> Array:
        across = ((p[:, 0] + p[:, 1]) / step % 1 < share) & (p[:, 2] / step % 1 < share)
        return np.asarray(across, float)

    facade, roof = materials.two(concrete, glass, grid), materials.plain(concrete)
    x, y = dice.between(0.3, 0.6), dice.between(0.3, 0.6)
    for _ in range(dice.count(1, 3)):
        high = dice.between(0.3, 1.0)
        pieces.append(Piece(box(x, y, high, 0.004).at(0, 0, z + high / 2), facade))
        pieces.append(Piece(box(x + 0.01, y + 0.01, 0.03, 0.004).at(0, 0, z + high), roof))
        z, x, y = z + high, x * dice.between(0.5, 0.95), y * dice.between(0.5, 0.95)
    return [*pieces, Piece(cylinder(0.012, 0.3).at(0, 0, z + 0.1), roof)] if dice.chance(0.4) else pieces


def windmill(dice: Dice, palette: Palette) -> list[Piece]:
    low, high = dice.between(0.25, 0.35), dice.between(0.7, 0.9)
    body = prism(low * outlines.polygon(8), [(0, 0), (1, 0), (0.65, high), (0, high)])
    cap = ball(0.7 * low, 0.7 * low, 0.2).at(0, 0, high)
    sail = tapered(box(0.12, 0.025, 0.6, 0.004), 1.2).at(0.05, -0.75 * low, 0.36)
    spread = dice.between(0, 90)
    sails = [sail.turned("y", 90 * k + spread).at(0, 0, high) for k in range(4)]
    cloth, axle = materials.plain(palettes.grey(dice)), cylinder(0.04, low).turned("x", 90).at(0, -0.5 * low, high)
    door = box(0.12, 0.06, 0.22, 0.01).at(0, -0.9 * low, 0.11)
    return [
        Piece(body, wall(dice)),
        Piece(cap, tiles(dice)),
        *(Piece(s, cloth) for s in sails),
        Piece(axle, materials.wood(dice)),
        *both(Piece(door, materials.wood(dice))),
    ]
