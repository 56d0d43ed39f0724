"""Hammers, screwdrivers, brushes, spoons, spanners, knives, pencils, torches, keys, scissors and pipes."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes, profiles
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, cylinder, prism, rod, subdivided, torus, tube, turned
from recon3d.synthesis.objects.solids import Solid, tapered
from recon3d.synthesis.surface import Number

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    kinds = [hammer, screwdriver, brush, spoon, spanner, knife, pencil, torch, magnifier, key, scissors, pipe]
    return dice.pick(kinds)(dice, Palette(dice))


def grip(dice: Dice, palette: Palette) -> Material:
    """What hands hold: wood, rubber, painted wood."""
    return materials.wood(dice) if dice.chance(0.5) else materials.plain(palette.main)


def shaft(dice: Dice, length: Number, radius: Number) -> Solid:
    """A handle from 0 down to -length, straight or swelling."""
    ends = [dice.between(0.6, 1.0), dice.between(0.8, 1.2), dice.between(0.6, 1.0), dice.between(0.8, 1.3), 0.7]
    points = [(e * radius, -length * k / 4) for k, e in enumerate(ends)][::-1]
    flat = dice.between(0.6, 1.0)
    return turned(profiles.closed(profiles.flowing(points, 24))).scaled(1, flat, 1)


def hammer(dice: Dice, palette: Palette) -> list[Piece]:
    steel, length, thick = materials.metal(dice), dice.between(0.8, 1.2), dice.between(0.05, 0.1)
    head = box(dice.between(0.4, 0.6), 2 * thick, 2 * thick, 0.02)
    pieces = [Piece(shaft(dice, length, 0.05), grip(dice, palette)), Piece(head, steel)]
    reach = float(head.vertices[:, 0].max())
    pieces.append(Piece(cylinder(1.3 * thick, 0.12, 0.02).turned("y", 90).at(reach, 0, 0), steel))
    if dice.chance(0.5):
        claw = tapered(box(2.0 * thick, 2 * thick, 0.3, 0.02), 0.35).turned("y", -100).at(-reach - 0.08, 0, -0.04)
        return [*pieces, Piece(claw, steel)]
    return [*pieces, Piece(cylinder(1.3 * thick, 0.12, 0.02).turned("y", 90).at(-reach, 0, 0), steel)]


def screwdriver(dice: Dice, palette: Palette) -> list[Piece]:
    outline = outlines.star(dice.count(5, 8), dice.between(0.02, 0.2), True)
    wide, long = dice.between(0.07, 0.12), dice.between(0.3, 0.45)
    points = [(0.7, -long), (1.0, -0.9 * long), (0.95, -0.4 * long), (0.7, -0.1 * long), (0.9, 0)]
    handle = prism(wide * outline, profiles.closed(profiles.flowing(points)))
    blade = rod(np.array([0, 0, -0.02]), np.array([0, 0, dice.between(0.4, 0.8)]), 0.026)
    tip = box(0.09, 0.025, 0.1, 0.006).at(0, 0, float(blade.vertices[:, 2].max()))
    steel, ring = materials.metal(dice), torus(0.8 * wide, 0.02).at(0, 0, -0.15 * long)
    skin = materials.plastic(dice) if dice.chance(0.6) else grip(dice, palette)
    return [Piece(handle, skin), Piece(ring, materials.plain(palette.odd)), Piece(blade, steel), Piece(tip, steel)]


def brush(dice: Dice, palette: Palette) -> list[Piece]:
    wide, thick, long = dice.between(0.1, 0.28), dice.between(0.04, 0.1), dice.between(0.2, 0.35)
    collar = box(2 * wide, 2 * thick, 0.16, 0.01)
    hair = box(1.9 * wide, 1.8 * thick, long, 0.03).at(0, 0, long / 2 + 0.05)
    hair = tapered(hair, dice.between(0.7, 1.2))
    bristle = materials.worn(dice, materials.one_of(dice, palettes.FUR), 0.2)
    dipped = materials.layered(
        bristle, materials.plain(palettes.any_colour(dice)), materials.step("z", 0.1 * long, 0.04)
    )
    handle = shaft(dice, dice.between(0.5, 0.8), dice.between(0.045, 0.07)).at(0, 0, -0.05)
    return [
        Piece(handle, grip(dice, palette)),
        Piece(collar, materials.metal(dice)),
        Piece(hair, dipped if dice.chance(0.5) else bristle),
    ]


def spoon(dice: Dice, palette: Palette) -> list[Piece]:
    """Spoons, ladles and spatulas."""
    stuff = dice.pick([materials.metal, materials.wood, materials.plastic])(dice)
    wide, long = dice.between(0.12, 0.2), dice.between(0.16, 0.26)
    bowl = ball(wide, dice.between(0.04, 0.12), long).at(0, 0, long)
    z = np.linspace(-dice.between(0.7, 1.1), 0.08, 20)
    stem = tube(np.stack([0 * z, -0.1 * z**2, z], -1), 0.03 + 0.015 * np.abs(z), 0.5)
    pieces = [Piece(stem, stuff), Piece(bowl, stuff)]
    if dice.chance(0.7):
        scoop = ball(0.85 * wide, 0.1, 0.88 * long).at(0, 0.085, long)
        pieces.append(Piece(scoop, stuff, cut=True))
    return pieces


def spanner(dice: Dice, palette: Palette) -> list[Piece]:
    steel, thick, length = materials.metal(dice), dice.between(0.05, 0.09), dice.between(0.7, 1.0)
    bar = box(0.1, thick, length, 0.015)
    jaw = cylinder(0.16, thick, 0.012).turned("x", 90).at(0, 0, length / 2)
    gap = box(0.13, 0.3, 0.24, 0.004).at(0.02, 0, 0.1).turned("y", 20).at(0, 0, length / 2)
    ring = cylinder(0.13, thick, 0.012).turned("x", 90).at(0, 0, -length / 2)
    hole = prism(0.08 * outlines.polygon(6), [(0, -0.2), (1, -0.2), (1, 0.2), (0, 0.2)]).turned("x", 90)
    return [
        *(Piece(solid, steel) for solid in (bar, jaw, ring)),
        Piece(gap, steel, cut=True),
        Piece(hole.at(0, 0, -length / 2), steel, cut=True),
    ]


def knife(dice: Dice, palette: Palette) -> list[Piece]:
    """Knives, and axes with their blades."""
    steel, long, wide = materials.metal(dice), dice.between(0.5, 0.8), dice.between(0.08, 0.2)
    blade = prism(outlines.leaf(wide, 40), [(0, -0.02), (0.7, -0.02), (1, 0), (0.7, 0.02), (0, 0.02)], 0.12)
    blade = blade.scaled(1, long / 2, 1).turned("x", 90).at(0, 0, long / 2 - 0.05)
    half = blade.warped(lambda p: p * np.where(p[:, :1] < 0, [0.35, 1, 1], 1.0))
    handle = box(0.11, 0.07, dice.between(0.35, 0.5), 0.03)
    handle = handle.at(0, 0, -float(handle.vertices[:, 2].max()))
    rivet = cylinder(0.016, 0.09).turned("x", 90)
    rivets = [Piece(rivet.at(0, 0, z), steel) for z in (-0.1, -0.24)]
    guard = box(0.16, 0.09, 0.03, 0.01)
    return [Piece(half, steel), Piece(handle, grip(dice, palette)), Piece(guard, steel), *rivets]


def pencil(dice: Dice, palette: Palette) -> list[Piece]:
    """Pencils, crayons and pens: long and thin, with a point."""
    thick, length = dice.between(0.05, 0.11), dice.between(0.8, 1.3)
    corners = dice.pick([6, 3, 44])
    outline = thick * outlines.polygon(corners)
    tip = dice.between(0.15, 0.3)
    body = prism(outline, [(0, 0), (1, 0), (1, length), (0.25, length + tip), (0, length + tip)])
    paint, bare = materials.plain(palette.main), materials.wood(dice)
    coat = materials.layered(paint, bare, materials.step("z", length + 0.01))
    lead = materials.layered(
        coat, materials.plain(palettes.jittered(dice, palette.main * 0.5)), materials.step("z", length + 0.7 * tip)
    )
    cap = cylinder(thick * 1.04, 0.14, 0.02).at(0, 0, 0.0)
    band = cylinder(thick * 1.08, 0.08, 0.006).at(0, 0, 0.11)
    return [Piece(body, lead), Piece(cap, materials.plain(palette.odd)), Piece(band, materials.metal(dice))]


def torch(dice: Dice, palette: Palette) -> list[Piece]:
    body = materials.plastic(dice)
    return [
        Piece(cylinder(0.1, 0.8, 0.02).at(0, 0, -0.4), body),
        Piece(turned([(0, -0.05), (0.1, -0.05), (0.19, 0.15), (0.19, 0.25), (0, 0.25)]), body),
        Piece(cylinder(0.16, 0.02).at(0, 0, 0.25), materials.one_of(dice, ("#fff6d0", "#e6f0f2"))),
        Piece(box(0.05, 0.06, 0.12, 0.02).at(0.1, 0, -0.2), materials.plain(palette.odd)),
    ]


def magnifier(dice: Dice, palette: Palette) -> list[Piece]:
    return [
        Piece(cylinder(0.06, 0.8, 0.02).at(0, 0, -0.4), grip(dice, palette)),
        Piece(torus(0.3, 0.035).turned("x", 90).at(0, 0, 0.32), materials.metal(dice)),
        Piece(cylinder(0.3, 0.03).turned("x", 90).at(0, 0, 0.32), materials.one_of(dice, ("#cfe3ea", "#b8d0d8"))),
    ]


def key(dice: Dice, palette: Palette) -> list[Piece]:
    brass, long = materials.metal(dice), dice.between(0.5, 0.8)
    bow = dice.pick([outlines.circle(), outlines.star(3, 0.3, True), outlines.heart(), outlines.rectangle(1, 0.8, 0.4)])
    plate = prism(0.22 * bow, [(0, -0.03), (1, -0.03), (1, 0.03), (0, 0.03)]).turned("x", 90)
    hole = cylinder(0.09, 0.3).turned("x", 90).at(0, 0, 0.02)
    stem = rod(np.array([0, 0, -0.1]), np.array([0, 0, -long - 0.1]), 0.04)
    bits = [box(0.16, 0.05, 0.06, 0.005).at(0.08, 0, -long + 0.1 * k) for k in range(dice.count(1, 3))]
    return [Piece(plate, brass), Piece(hole, brass, cut=True), *(Piece(s, brass) for s in (stem, *bits))]


def scissors(dice: Dice, palette: Palette) -> list[Piece]:
    blade = tapered(box(0.09, 0.03, 0.75, 0.01), 0.25).at(0, 0.016, 0.25).turned("y", dice.between(5, 18))
    handle = materials.plastic(dice)
    half = [
        Piece(blade, materials.metal(dice)),
        Piece(torus(0.13, 0.03).turned("x", 90).at(-0.16, 0.016, -0.28), handle),
        Piece(rod(np.array([0, 0.016, -0.05]), np.array([-0.09, 0.016, -0.18]), 0.03), handle),
    ]
    return [*half, *(part.turned("z", 180) for part in half)]


def pipe(dice: Dice, palette: Palette) -> list[Piece]:
    """A bent pipe with flanges."""
    t, stuff, steel = np.linspace(0, np.pi / 2, 14), materials.any_material(dice, palette), materials.metal(dice)
    arc = np.stack([0.4 - 0.4 * np.cos(t), 0 * t, 0.4 * np.sin(t)], -1)
    path = subdivided(np.concatenate([[[0, 0, -0.4]], arc, [[0.7, 0, 0.4]]]), 0.06)
    flange = cylinder(0.21, 0.07, 0.01)
    return [
        Piece(tube(path, 0.14), stuff),
        Piece(flange.at(0, 0, -0.38), steel),
        Piece(flange.turned("y", 90).at(0.68, 0, 0.4), steel),
        Piece(tube(path * np.array([1.02, 1, 1.02]), 0.1), stuff, cut=True),
    ]
