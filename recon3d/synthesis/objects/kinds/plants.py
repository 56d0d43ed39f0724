"""Potted plants, cacti, trees, flowers and palms."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes, patterns, profiles
from recon3d.synthesis.objects.arranging import around
from recon3d.synthesis.objects.blobs import flesh, knob
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, cylinder, prism, rod, subdivided, tube, turned
from recon3d.synthesis.objects.solids import Solid, rough
from recon3d.synthesis.surface import Number

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    return dice.pick([cactus, tree, flower, leafy, palm, fir], [3, 3, 3, 3, 1, 2])(dice)


def green(dice: Dice) -> Material:
    return materials.skin(dice, palettes.GREEN)


def pot(dice: Dice) -> list[Piece]:
    """A round or square pot with earth in it, its rim at height 0."""
    radius, high = dice.between(0.2, 0.32), dice.between(0.25, 0.45)
    clay = materials.worn(dice, materials.one_of(dice, ("#b5653b", "#a84b32", "#c6754a")), 0.06)
    skin = clay if dice.chance(0.5) else materials.any_material(dice, Palette(dice))
    earth = materials.worn(dice, materials.one_of(dice, ("#3a2a1e", "#4a3426")), 0.3)
    if dice.chance(0.25):
        side = 1.6 * radius
        body, hollow = box(side, side, high, 0.01).at(0, 0, -high / 2), box(side - 0.05, side - 0.05, 0.1, 0.004)
    else:
        sides = [[0.7 * radius, -high], [0.96 * radius, -0.07], [1.1 * radius, -0.07], [1.12 * radius, 0]]
        body, hollow = turned(profiles.closed(np.array(sides))), cylinder(1.02 * radius, 0.1)
    return [Piece(body, skin), Piece(hollow, earth, cut=True)]


def blade(length: Number, width: Number, droop: Number) -> Solid:
    """A leaf from the origin along +x, folded, hanging down the farther out it is."""
    flat = prism(outlines.leaf(width, 28), [(0, -0.014), (0.9, -0.014), (1, 0), (0.9, 0.014), (0, 0.014)], 0.14)
    flat = flat.scaled(length / 2, length / 2, 1).turned("z", -90).at(length / 2, 0, 0)
    up = np.array([0, 0, 1])
    return flat.warped(lambda p: p + up * (0.25 * np.abs(p[:, 1:2]) - droop / length * p[:, :1] ** 2))


def cactus(dice: Dice) -> list[Piece]:
    radius, high = dice.between(0.12, 0.26), dice.between(0.25, 0.9)
    outline = outlines.star(dice.count(6, 11), dice.between(0.08, 0.25), True, 88)
    points = [(0, -0.1), (0.85, -0.1), (1, 0.4 * high), (0.9, 0.85 * high), (0.5, high), (0, 1.03 * high)]
    skin = materials.layered(green(dice), materials.one_of(dice, palettes.PASTEL), patterns.freckles(dice))
    pieces = [*pot(dice), Piece(prism(radius * outline, profiles.flowing(points, 30)), skin)]
    for _ in range(dice.count(0, 3) if high > 0.5 else 0):
        z, far = dice.between(0.2, 0.6) * high, radius + dice.between(0.14, 0.22)
        arm = np.array([[0.7 * radius, 0, z], [far - 0.05, 0, z], [far, 0, z + 0.1], [far, 0, z + 0.3]])
        pieces.append(Piece(tube(subdivided(arm, 0.06), 0.075).turned("z", dice.between(0, 360)), skin))
    if dice.chance(0.5):
        pieces.append(Piece(ball(0.07, 0.07, 0.05).at(0, 0, 1.02 * high), materials.one_of(dice, palettes.LOUD)))
    return pieces


def crown(dice: Dice, count: int, spread: Number, size: Number) -> Solid:
    """A cloud of leaves around the origin, as one lump."""
    points = dice.rng.normal(size=(count, 3)) * np.array([1, 1, 0.7]) * spread
    lumps = [knob(p, dice.about(size, 0.2)) for p in points]
    return rough(flesh(lumps, 0.05), 0.016, 0.16, dice.seed())


def tree(dice: Dice) -> list[Piece]:
    """In leaf, green or not, in a pot now and then."""
    high, thick, bark = dice.between(0.4, 0.9), dice.between(0.05, 0.1), materials.wood(dice)
    leaves = green(dice) if dice.chance(0.85) else materials.one_of(dice, palettes.FRUIT)
    foliage = materials.worn(dice, leaves, 0.25)
    sway = 0.02 * np.cumsum(dice.rng.normal(size=(14, 2)), 0)
    trunk = np.concatenate([sway, np.linspace(0, high, 14)[:, None]], -1)
    head = crown(dice, dice.count(5, 14), dice.between(0.12, 0.22), dice.between(0.14, 0.2))
    pieces = [
        Piece(tube(trunk, np.linspace(1.3 * thick, 0.7 * thick, 14)), bark),
        Piece(head.at(*trunk[-1]).at(0, 0, 0.12), foliage),
    ]
    for _ in range(dice.count(0, 3)):
        end = trunk[-1] + np.array([*dice.rng.normal(0, 0.25, 2), dice.between(0.05, 0.25)])
        pieces.append(Piece(rod(trunk[9], end, 0.5 * thick, 0.3 * thick), bark))
        pieces.append(Piece(crown(dice, 5, 0.09, 0.12).at(*end), foliage))
    return [*(pot(dice) if dice.chance(0.3) else []), *pieces]


def flower(dice: Dice) -> list[Piece]:
    """One flower on a stem, in a pot or alone."""
    high, lean, tilt = dice.between(0.5, 0.9), dice.between(-0.15, 0.2), dice.between(0, 75)
    z = np.linspace(-0.1, high, 16)
    stem = tube(np.stack([lean * (z / high) ** 2, 0 * z, z], -1), 0.026)
    petal = blade(dice.between(0.2, 0.36), dice.between(0.3, 0.6), dice.between(-0.15, 0.1)).at(0.05, 0, 0)
    bloom = [
        *around(Piece(petal, materials.one_of(dice, palettes.LOUD + palettes.PASTEL)), dice.count(5, 12)),
        Piece(ball(0.1, 0.1, 0.06), materials.one_of(dice, ("#f2c83a", "#5f3f2a", "#e8a317"))),
    ]
    leaf = Piece(blade(0.35, 0.35, 0.1).turned("y", -35).at(0, 0, 0.15 * high), green(dice))
    return [
        *(pot(dice) if dice.chance(0.7) else []),
        Piece(stem, green(dice)),
        *around(leaf, 2),
        *(part.turned("y", tilt).at(lean, 0, high) for part in bloom),
    ]


def leafy(dice: Dice) -> list[Piece]:
    """Leaves out of a pot: succulents, rubber plants, grass."""
    skin, count = green(dice), dice.count(7, 18)
    long, width = dice.between(0.35, 0.8), dice.between(0.1, 0.45)
    pieces = pot(dice)
    for k in range(count):
        leaf = blade(dice.about(long, 0.15), width, dice.between(0, 0.35))
        rise = 85 - 65 * (k + 0.5) / count
        pieces.append(Piece(leaf.turned("y", -rise).turned("z", 137.5 * k).at(0, 0, -0.04), skin))
    return pieces


def palm(dice: Dice) -> list[Piece]:
    """On an isle of sand."""
    high, bend, z = dice.between(0.7, 1.0), dice.between(-0.4, 0.4), np.linspace(0, 1, 24)
    rings = np.linspace(0.08, 0.05, 24) * (1 + 0.12 * (np.arange(24) % 2))
    trunk = tube(np.stack([bend * z**2, 0 * z, high * z], -1), rings)
    leaf = Piece(blade(dice.between(0.45, 0.65), 0.28, 0.35).turned("y", -25), green(dice))
    nut = Piece(ball(0.06).at(0.08, 0, -0.06), materials.one_of(dice, ("#5f3f2a", "#6f8f3a")))
    head = [*around(leaf, dice.count(5, 9)), *around(nut, 3)]
    sand = materials.worn(dice, materials.one_of(dice, ("#d8c9ae", "#e3cba4")), 0.1)
    return [
        Piece(trunk, materials.wood(dice)),
        *(part.at(bend, 0, high - 0.02) for part in head),
        Piece(ball(0.4, 0.4, 0.1), sand),
    ]


def fir(dice: Dice) -> list[Piece]:
    """Cones upon one another; a Christmas tree now and then."""
    skin, z, wide = materials.worn(dice, green(dice), 0.2), 0.05, dice.between(0.35, 0.5)
    outline = outlines.star(dice.count(7, 12), dice.between(0.05, 0.25), True)
    pieces = [Piece(cylinder(0.07, 0.3).at(0, 0, -0.05), materials.wood(dice))]
    for _ in range(dice.count(2, 5)):
        high = dice.between(0.3, 0.4)
        tier = prism(wide * outline, [(0, z + 0.05), (1, z), (0.06, z + high), (0, z + high)])
        pieces.append(Piece(tier.turned("z", dice.between(0, 60)), skin))
        if dice.chance(0.4):
            bauble = Piece(ball(0.035).at(0.86 * wide, 0, z + 0.05), materials.one_of(dice, palettes.LOUD))
            pieces += around(bauble, dice.count(3, 7))
        z, wide = z + 0.55 * high, 0.76 * wide
    if dice.chance(0.3):
        star = prism(0.1 * outlines.star(5, 0.55, False), [(0, -0.03), (1, 0), (0, 0.03)]).turned("x", 90)
        pieces.append(Piece(star.at(0, 0, z + 0.25), materials.one_of(dice, ("#f5c400", "#c5281c"))))
    return pieces
