"""Fruit and vegetables."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes, patterns, profiles
from recon3d.synthesis.objects.arranging import around
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.primitives import ball, prism, rod, tube, turned
from recon3d.synthesis.objects.solids import Solid, bent, rough, tapered
from recon3d.synthesis.surface import Number

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    kinds = [apple, pear, citrus, banana, pumpkin, root, bunch, mushroom, melon_slice, pepper]
    return dice.pick(kinds, [3, 2, 3, 2, 2, 2, 2, 3, 1, 2])(dice)


def stalk(dice: Dice, z: Number, length: Number) -> Piece:
    """A short stem on top, leaning a little."""
    lean = dice.rng.normal(size=2) * 0.25 * length
    bottom, top = np.array([0, 0, z - 0.08]), np.array([*lean, z + length])
    return Piece(rod(bottom, top, 0.02, 0.028), materials.one_of(dice, palettes.WOOD))


def leaf(dice: Dice, length: Number) -> Solid:
    """A bent leaf that grows from the origin along +x."""
    flat = prism(outlines.leaf(dice.between(0.3, 0.5), 28), [(0, -0.02), (1, -0.02), (1, 0.02), (0, 0.02)], 0.15)
    flat = flat.scaled(length / 2, length / 2, 0.5).at(0, length / 2, 0).turned("z", -90)
    curl = dice.between(-0.8, 0.8) / length
    return flat.warped(lambda p: p + np.array([0, 0, 1]) * (curl * p[:, :1] ** 2))


def green(dice: Dice) -> Material:
    return materials.skin(dice, palettes.GREEN)


def apple(dice: Dice) -> list[Piece]:
    top, height = dice.between(0.2, 0.4), dice.between(0.8, 1.0)
    body = turned(0.5 * profiles.pome(top, dice.between(0.05, 0.2), height, dice.between(0, 0.12)))
    body = rough(body, dice.between(0, 0.012), 0.8, dice.seed())
    pieces = [Piece(body, materials.skin(dice, palettes.FRUIT))]
    tip = 0.5 * height * (1 - top)
    if dice.chance(0.8):
        pieces.append(stalk(dice, tip, dice.between(0.1, 0.22)))
    if dice.chance(0.4):
        pieces.append(Piece(leaf(dice, 0.35).turned("z", dice.between(0, 360)).at(0, 0, tip + 0.08), green(dice)))
    return pieces


def pear(dice: Dice) -> list[Piece]:
    neck, height = dice.between(0.14, 0.26), dice.between(0.95, 1.3)
    points = [
        (0.0, 0.03),
        (0.22, 0),
        (0.4, 0.3 * height),
        (neck * 1.3, 0.68 * height),
        (neck, 0.88 * height),
        (0, height),
    ]
    body = rough(turned(profiles.flowing(points, 40)), dice.between(0, 0.015), 0.8, dice.seed())
    whole = [Piece(bent(body, dice.between(0, 25)), materials.skin(dice, palettes.FRUIT))]
    return [*whole, stalk(dice, height - 0.02, 0.14)] if len(whole) and dice.chance(0.7) else whole


def citrus(dice: Dice) -> list[Piece]:
    tip, height = dice.between(-0.25, 0.03), dice.between(0.85, 1.3)
    body = turned(0.5 * profiles.pome(tip, tip, height))
    body = rough(body, dice.between(0.001, 0.006), dice.between(0.06, 0.15), dice.seed())
    pieces = [Piece(body, materials.worn(dice, materials.one_of(dice, palettes.FRUIT), 0.06))]
    if dice.chance(0.4):
        inside = materials.layered(
            materials.one_of(dice, palettes.PASTEL),
            materials.one_of(dice, palettes.FRUIT),
            lambda p: np.asarray((np.hypot(p[:, 0], p[:, 1]) < 0.42) & (np.abs(p[:, 0]) > 0.015), float),
        )
        half = prism(outlines.rectangle(1, 1, 0.02), [(0, -1), (1, -1), (1, 1), (0, 1)], 0.4)
        half = half.at(0, 0, 1 + dice.between(-0.1, 0.2))
        pieces.append(Piece(half, inside, cut=True))
    return pieces


def banana(dice: Dice) -> list[Piece]:
    t = np.linspace(0, 1, 26)
    turn = np.radians(dice.between(50, 110))
    angle = turn * (t - 0.5)
    path = np.stack([np.sin(angle), 0 * t, 1 - np.cos(angle)], -1) / turn * 1.2
    radius = 0.15 * np.clip(1.15 * np.sin(np.pi * np.clip(t, 0.02, 0.98)) ** 0.45, 0.2, 1) * (1 - 0.1 * t)
    skin = materials.layered(
        materials.worn(dice, materials.one_of(dice, ("#f2c83a", "#e5d14f", "#c5c043", "#d9a520")), 0.05),
        materials.one_of(dice, ("#4a3b1f", "#6b5a2a")),
        lambda p: np.asarray((p[:, 2] < 0.06) | (p[:, 2] > 1.16), float),
    )
    one = tube(path, radius)
    count = dice.pick([1, 2, 3, 4], [5, 2, 2, 1])
    return [Piece(one.at(0, 0.25 * k, 0).turned("x", 12 * k), skin) for k in range(count)]


def pumpkin(dice: Dice) -> list[Piece]:
    outline = outlines.polar(
        1 - dice.between(0.04, 0.12) * np.abs(np.sin(dice.count(4, 8) * outlines.angles(96))) ** 0.7
    )
    outline = outlines.polar(2 - np.linalg.norm(outline, axis=-1)) * 0.5
    profile = profiles.pome(dice.between(0.15, 0.4), 0.15, dice.between(0.55, 1.0)) * np.array([1, 0.5])
    profile[[0, -1], 0] = 0
    body = Piece(prism(outline, profile), materials.skin(dice, palettes.FRUIT))
    stem = rod(np.array([0, 0, 0.1]), np.array([0.08, 0.03, 0.5]), 0.07, 0.04)
    return [body, Piece(stem, green(dice))]


def root(dice: Dice) -> list[Piece]:
    """Carrots, radishes, beets: thin below, leaves above."""
    wide, length = dice.between(0.1, 0.35), dice.between(0.7, 1.1)
    points = [
        (0.0, -length),
        (0.02, -0.97 * length),
        (0.6 * wide, -0.5 * length),
        (wide, -0.12),
        (0.7 * wide, 0),
        (0, 0.01),
    ]
    body = rough(turned(profiles.flowing(points, 40)), 0.008, 0.12, dice.seed())
    pieces = [Piece(body, materials.skin(dice, palettes.FRUIT))]
    tint, count = green(dice), dice.count(3, 8)
    for _ in range(count if dice.chance(0.8) else 0):
        top = np.array([*(dice.rng.normal(size=2) * 0.16), dice.between(0.25, 0.6)])
        pieces.append(Piece(rod(np.array([0, 0, -0.05]), top, 0.025, 0.04), tint))
    return pieces


def bunch(dice: Dice) -> list[Piece]:
    """Grapes and berries: balls in a heap that hangs or lies."""
    size, skin = dice.between(0.1, 0.2), materials.skin(dice, palettes.FRUIT)
    points = dice.rng.normal(size=(dice.count(8, 26), 3)) * np.array([0.22, 0.22, 0.32])
    points[:, :2] *= 1 + 0.8 * points[:, 2:]
    pieces = [Piece(ball(dice.about(size, 0.08)).at(*p), skin) for p in points]
    core = ball(0.2, 0.2, 0.35)
    stem = rod(np.array([0, 0, 0.2]), np.array([0.05, 0, points[:, 2].max() + 0.25]), 0.025)
    return [Piece(core, skin), *pieces, Piece(stem, green(dice))]


def mushroom(dice: Dice) -> list[Piece]:
    wide, tall, thick = dice.between(0.3, 0.6), dice.between(0.4, 0.9), dice.between(0.07, 0.18)
    high = dice.between(0.15, 0.45)
    cap = [(0.0, -0.06), (0.7 * wide, -0.06), (wide, 0), (0.8 * wide, 0.6 * high), (0.4 * wide, 0.93 * high), (0, high)]
    stem = [(0, -tall), (thick * 1.3, -tall), (thick, -0.5 * tall), (thick * 0.9, 0), (0, 0)]
    tops = palettes.one_of(dice, dice.pick([palettes.FOOD, palettes.FRUIT, palettes.FUR]))
    skin = materials.two(tops, palettes.one_of(dice, palettes.PASTEL), patterns.spots(dice))
    skin = skin if dice.chance(0.4) else materials.worn(dice, materials.plain(tops), 0.12)
    pale = materials.worn(dice, materials.one_of(dice, ("#eee6d8", "#e3d9c0", "#d8c9ae")))
    top = rough(turned(profiles.flowing(cap, 36)), dice.between(0, 0.012), 0.5, dice.seed())
    return [Piece(bent(turned(profiles.flowing(stem, 24)), dice.between(-15, 15)), pale), Piece(top, skin)]


def melon_slice(dice: Dice) -> list[Piece]:
    """A wedge of a ball with rind, flesh and seeds."""
    rind = palettes.one_of(dice, palettes.GREEN)
    flesh = materials.layered(
        materials.one_of(dice, ("#e0453a", "#f08a4b", "#e6d27a")),
        materials.plain(np.full(3, 0.01)),
        patterns.freckles(dice),
    )
    flesh = materials.layered(
        materials.one_of(dice, ("#e8f0c8", "#d9e0a8")),
        flesh,
        lambda p: np.asarray(np.linalg.norm(p, axis=-1) < 0.46, float),
    )
    body = Piece(ball(0.52), materials.two(rind, rind * 0.5, patterns.segments(dice)))
    wedge = dice.between(20, 65)
    sides = []
    for sign in (-1, 1):
        block = prism(outlines.rectangle(1, 1, 0.02), [(0, 0), (1, 0), (1, 1), (0, 1)], 0.4)
        block = block.turned("x", 90 * sign).turned("z", sign * wedge / 2).at(0, 0, 0)
        sides.append(Piece(block.rested(), flesh, cut=True))
    return [body, *sides]


def pepper(dice: Dice) -> list[Piece]:
    """Peppers and aubergines."""
    lobes, depth = dice.count(3, 5), dice.between(0.0, 0.14)
    outline = outlines.star(lobes, depth, True)
    height = dice.between(0.8, 1.3)
    points = [
        (0.0, 0.03),
        (0.22, 0),
        (dice.between(0.25, 0.42), 0.4 * height),
        (0.38, 0.8 * height),
        (0.2, height),
        (0, 0.95 * height),
    ]
    body = prism(outline, profiles.flowing(points, 36))
    body = bent(tapered(body, dice.between(0.9, 1.2)), dice.between(0, 25))
    top = np.array([body.vertices[:, 0].mean(), 0, 0.95 * height])
    skin = materials.worn(dice, materials.one_of(dice, palettes.FRUIT), 0.06)
    petals = around(Piece(leaf(dice, 0.2).at(0.02, 0, 0), green(dice)), 5)
    crown = [p.at(*top) for p in petals]
    stem = rod(top - np.array([0, 0, 0.08]), top + np.array([0.04, 0.02, 0.22]), 0.045, 0.03)
    return [Piece(body, skin), *crown, Piece(stem, green(dice))]
