"""Animals in a toymaker's idea of them: four-legged ones, birds, fish, snails, snakes, turtles and bugs.

They look along +x.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.objects import materials, outlines, palettes, patterns
from recon3d.synthesis.objects.arranging import both
from recon3d.synthesis.objects.blobs import Limb, flesh, knob
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, prism, tube
from recon3d.synthesis.objects.solids import Solid, flattened
from recon3d.synthesis.surface import Number

Array = np.ndarray

DARK = np.full(3, 0.012)


def make(dice: Dice) -> list[Piece]:
    return dice.pick([quadruped, bird, fish, snail, snake, turtle, bug], [9, 4, 3, 1, 1, 2, 2])(dice)


def coat(dice: Dice) -> Material:
    """Fur in one or two colours: paler below, patched, striped or spotted; now and then in a toy's colour."""
    first = palettes.one_of(dice, palettes.FUR if dice.chance(0.75) else palettes.LOUD)
    second = palettes.one_of(dice, palettes.FUR)
    kind = dice.pick(["plain", "belly", "marked"], [4, 4, 5])
    if kind == "plain":
        return materials.worn(dice, materials.plain(first), 0.1)
    if kind == "belly":
        pale = palettes.jittered(dice, np.minimum(first * 2 + 0.1, 0.8))
        return materials.worn(dice, materials.two(pale, first, materials.step("z", dice.between(-0.2, 0.05), 0.06)))
    field = dice.pick([patterns.mottle, patterns.stripes, patterns.spots], [2, 1, 2])(dice)
    return materials.worn(dice, materials.two(first, second, field))


def eyes(x: Number, y: Number, z: Number, size: Number, white: bool) -> list[Piece]:
    """A pair of dark eyes at (x, +-y, z), set in white if wanted."""
    if not white:
        return both(Piece(ball(size).at(x, y, z), materials.plain(DARK)))
    pupil = ball(0.62 * size).at(x + 0.6 * size, y + 0.18 * size, z)
    eyeball = Piece(ball(size).at(x, y, z), materials.plain(np.full(3, 0.8)))
    return [*both(eyeball), *both(Piece(pupil, materials.plain(DARK)))]


def leaf(length: Number, width: Number) -> Solid:
    """A wing or a fin: flat and pointed, from the origin along +x."""
    flat = prism(outlines.leaf(width, 28), [(0, -0.02), (0.9, -0.02), (1, 0), (0.9, 0.02), (0, 0.02)], 0.15)
    return flat.scaled(length / 2, length / 2, 1).turned("z", -90).at(length / 2, 0, 0)


def quadruped(dice: Dice) -> list[Piece]:
    """The body along x."""
    long, girth, skull = dice.between(0.3, 0.6), dice.between(0.12, 0.26), dice.between(0.11, 0.22)
    chest, rise = np.array([long / 2, 0, 0.04]), np.radians(dice.between(10, 75))
    head = chest + (dice.between(0.05, 0.4) + skull) * np.array([np.cos(rise), 0, np.sin(rise)])
    snout = head + np.array([dice.between(0.8, 1.7) * skull, 0, -0.35 * skull])
    limbs = [
        Limb((-long / 2, 0, 0), (long / 2, 0, 0.02), girth, girth * dice.between(0.8, 1.15)),
        Limb(chest, head, girth * 0.7, skull * 0.7),
        knob(head, skull),
        Limb(head, snout, skull * 0.6, skull * dice.between(0.25, 0.5)),
        *_legs(dice, long, girth),
        *_tail(dice, np.array([-long / 2 - 0.6 * girth, 0, 0.4 * girth])),
        *_ears(dice, head, skull),
    ]
    x, _, z = head
    nose = ball(0.16 * skull).at(*snout).at(0.36 * skull, 0, 0.08 * skull)
    return [
        Piece(flesh(limbs, 0.03), coat(dice)),
        *eyes(x + 0.72 * skull, 0.5 * skull, z + 0.42 * skull, skull * dice.between(0.14, 0.26), dice.chance(0.4)),
        Piece(nose, materials.plain(DARK)),
    ]


def _legs(dice: Dice, long: Number, girth: Number) -> list[Limb]:
    thick, low = girth * dice.between(0.28, 0.5), -girth - dice.between(0.16, 0.5)
    limbs = []
    for x in (-0.5 * long, 0.5 * long):
        for y in (-0.6 * girth, 0.6 * girth):
            foot = (x + dice.between(-0.04, 0.04), 1.1 * y, low)
            limbs.append(Limb((x, y, -0.3 * girth), foot, 1.15 * thick, 0.8 * thick))
    return limbs


def _tail(dice: Dice, start: Float[Array, "3"]) -> list[Limb]:
    middle = start + np.array([-1, 0, dice.between(-0.8, 1.0)]) * dice.between(0.05, 0.25)
    end = middle + np.array([dice.between(-1, 0.2), 0, dice.between(-0.8, 1.2)]) * dice.between(0.02, 0.3)
    wide = dice.between(0.03, 0.08)
    return [Limb(start, middle, wide, wide), Limb(middle, end, wide, wide * dice.between(0.5, 1.3))]


def _ears(dice: Dice, head: Float[Array, "3"], skull: Number) -> list[Limb]:
    """Round, pointed, hanging or long."""
    up, out = dice.pick([(0.3, 0.1), (0.7, 0.15), (-0.5, 0.5), (1.8, 0.2)])
    wide, tip = dice.between(0.2, 0.4) * skull, dice.pick([0.3, 0.9])
    bases = [head + np.array([-0.1, 0.6 * side, 0.75]) * skull for side in (-1, 1)]
    ways = [np.array([-0.1, side * out, up]) * skull for side in (-1, 1)]
    return [Limb(base, base + way, wide, wide * tip) for base, way in zip(bases, ways, strict=True)]


def bird(dice: Dice) -> list[Piece]:
    long, girth, skull = dice.between(0.2, 0.4), dice.between(0.16, 0.28), dice.between(0.11, 0.18)
    x, z = long / 2 + 0.08, dice.between(0.2, 0.5)
    limbs = [
        Limb((-long / 2, 0, 0), (long / 2, 0, 0.06), girth * 0.75, girth),
        Limb((long / 2, 0, 0.08), (x, 0, z), girth * 0.55, skull * 0.75),
        knob((x, 0, z), skull),
        Limb((-long / 2, 0, 0), (-long / 2 - dice.between(0.2, 0.45), 0, dice.between(-0.1, 0.25)), girth * 0.5, 0.035),
    ]
    feathers, horn = coat(dice), materials.one_of(dice, ("#e8a317", "#d9602e", "#3a3530", "#e0b060"))
    bill = np.linspace([x + 0.6 * skull, 0, z], [x + skull * dice.between(1.3, 2.4), 0, z - 0.03], 8)
    wing = leaf(0.64, 0.45).at(-0.32, 0, 0).turned("x", dice.between(60, 90)).turned("y", dice.between(-10, 25))
    low = -girth - 0.2
    shank = np.array([[0, 0.09, 0], [0.02, 0.1, low + 0.08], [0.02, 0.1, low], [0.14, 0.1, low - 0.01]])
    return [
        Piece(flesh(limbs, 0.035), feathers),
        Piece(tube(bill, np.linspace(0.4 * skull, 0.008, 8), dice.between(0.5, 1.2)), horn),
        *eyes(x + 0.55 * skull, 0.68 * skull, z + 0.35 * skull, 0.2 * skull, False),
        *both(Piece(wing.at(-0.1, 0.95 * girth, 0.05), feathers if dice.chance(0.5) else coat(dice))),
        *(both(Piece(tube(shank, 0.022), horn)) if dice.chance(0.7) else []),
    ]


def fish(dice: Dice) -> list[Piece]:
    long, high, wide = dice.between(0.4, 0.65), dice.between(0.16, 0.36), dice.between(0.08, 0.2)
    skin = materials.any_material(dice, Palette(dice)) if dice.chance(0.5) else coat(dice)
    fins = skin if dice.chance(0.4) else materials.plain(palettes.any_colour(dice))
    lobe = leaf(dice.between(0.25, 0.4), 0.45).turned("x", 90).turned("y", 180 - dice.between(20, 50))
    back, side = leaf(0.45, 0.35).turned("x", 90).turned("y", 160), leaf(0.3, 0.4).turned("y", 30).turned("z", 140)
    return [
        Piece(ball(long, wide, high), skin),
        *both(Piece(lobe.at(-0.88 * long, 0, 0), fins), "z"),
        Piece(back.at(0.15, 0, 0.85 * high), fins),
        *both(Piece(side.at(0.35 * long, 0.8 * wide, -0.05), fins)),
        *eyes(0.66 * long, 0.62 * wide, 0.18 * high, 0.05, dice.chance(0.6)),
    ]


def snail(dice: Dice) -> list[Piece]:
    t = np.linspace(0, 1, 60)
    angle, radius = 2 * np.pi * dice.between(1.8, 2.6) * t, 0.3 * (1 - 0.85 * t)
    spiral = np.stack([-0.05 + radius * np.cos(angle), 0.1 * t, 0.3 + radius * np.sin(angle)], -1)
    limbs = [
        Limb((-0.5, 0, 0.0), (0.4, 0, 0.03), 0.06, 0.1),
        Limb((0.4, 0, 0.03), (0.58, 0, 0.3), 0.1, 0.09),
        *(Limb((0.6, 0.04 * side, 0.32), (0.72, 0.12 * side, 0.52), 0.025, 0.028) for side in (-1, 1)),
    ]
    house = tube(spiral, 0.17 * (1 - 0.8 * t) + 0.01)
    return [Piece(flesh(limbs, 0.03), coat(dice)), Piece(house, materials.any_material(dice, Palette(dice)))]


def snake(dice: Dice) -> list[Piece]:
    """On its way, or coiled."""
    t, reach = np.linspace(0, 1, 70), dice.between(0.12, 0.3)
    angle = 2 * np.pi * dice.between(1.0, 2.5) * t
    path = np.stack([1.6 * t - 0.8, reach * np.sin(angle), 0.4 * t**8], -1)
    if dice.chance(0.4):
        path = np.stack([(0.2 + 0.3 * t) * np.cos(angle), (0.2 + 0.3 * t) * np.sin(angle), 0.35 - 0.35 * t], -1)[::-1]
    radius = 0.075 * np.minimum(6 * t + 0.1, 1) * np.where(t > 0.94, 1.25, 1)
    eye = Piece(ball(0.025).at(*path[-2]).at(0, 0, 0.06), materials.plain(DARK))
    skin = materials.any_material(dice, Palette(dice))
    return [Piece(tube(path, radius), skin), eye.at(0, 0.05, 0), eye.at(0, -0.05, 0)]


def turtle(dice: Dice) -> list[Piece]:
    long, lift = dice.between(0.38, 0.5), dice.between(0.02, 0.15)
    shell = flattened(ball(long, 0.85 * long, dice.between(0.2, 0.36)), 0.3)
    x = long + 0.16
    limbs = [
        Limb((0.5 * long, 0, 0), (x, 0, lift), 0.09, 0.1),
        Limb((-0.8 * long, 0, 0), (-long - 0.12, 0, -0.03), 0.06, 0.015),
    ]
    for a, b in ((-0.62, -0.6), (-0.62, 0.6), (0.62, -0.6), (0.62, 0.6)):
        foot = (1.3 * a * long, 1.4 * b * long, -0.16)
        limbs.append(Limb((a * long, b * long, -0.03), foot, 0.09, 0.07))
    return [
        Piece(flesh(limbs, 0.02), materials.skin(dice, palettes.GREEN)),
        Piece(shell, materials.any_material(dice, Palette(dice))),
        *eyes(x + 0.06, 0.06, lift + 0.06, 0.025, False),
    ]


def bug(dice: Dice) -> list[Piece]:
    """Beetles: six legs and two feelers."""
    long, wide = dice.between(0.35, 0.5), dice.between(0.2, 0.42)
    dark = materials.one_of(dice, ("#1a1a1c", "#2a2018", "#3a2a22", "#20303a"))
    body = flattened(ball(long, wide, dice.between(0.15, 0.32)), 0.4)
    feeler = np.array([[long + 0.1, 0.06, 0.1], [long + 0.25, 0.12, 0.25], [long + 0.38, 0.2, 0.26]])
    pieces = [Piece(body, materials.any_material(dice, Palette(dice))), *both(Piece(tube(feeler, 0.014), dark))]
    for x in (-0.5 * long, 0, 0.5 * long):
        leg = np.array([[x, 0.5 * wide, -0.02], [1.3 * x, wide + 0.12, 0.08], [1.6 * x, wide + 0.25, -0.16]])
        pieces += both(Piece(tube(leg, 0.025), dark))
    return [*pieces, Piece(ball(0.17, 0.19, 0.14).at(long, 0, 0.02), dark)]
