"""Clocks, toasters, fans and white goods."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes
from recon3d.synthesis.objects.arranging import around, both, corners, row
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Piece
from recon3d.synthesis.objects.kinds.devices import case, dark, disc
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, cylinder, prism, rod, torus
from recon3d.synthesis.objects.solids import turn

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    return dice.pick([clock, toaster, fan, washer, oven], [3, 2, 1, 1, 1])(dice, Palette(dice))


def clock(dice: Dice, palette: Palette) -> list[Piece]:
    """Alarm clocks and wall clocks; the face looks along +x."""
    h, ink = dice.between(0.06, 0.15), materials.plain(palette.odd)
    outline = outlines.circle() if dice.chance(0.7) else dice.pick([outlines.superellipse(5), outlines.polygon(8)])
    edge = [(0, -h), (0.96, -h), (1, -0.8 * h), (1, h), (0.9, h), (0.88, 0.7 * h), (0, 0.7 * h)]
    mark = box(0.02, 0.03, 0.07, 0.004).at(0.7 * h + 0.02, 0, 0.31)
    pieces = [
        Piece(prism(0.42 * outline, edge).turned("y", 90), case(dice, palette)),
        Piece(disc(0.36, 0.02, 0.72 * h, 0, 0), materials.one_of(dice, ("#f3ead6", "#ffffff", "#1c2228", "#f4c6c6"))),
        *(Piece(mark.turned("x", 30 * k), ink) for k in range(0, 12, dice.pick([1, 3]))),
    ]
    for long in (0.22, 0.32):
        hand = box(0.02, 0.035, long, 0.006).at(0.7 * h + 0.03, 0, long / 2 - 0.03)
        pieces.append(Piece(hand.turned("x", dice.between(0, 360)), ink))
    if dice.chance(0.5):
        leg, metal = rod(np.array([0, 0.18, -0.35]), np.array([0, 0.28, -0.52]), 0.03), materials.metal(dice)
        bell = ball(0.15, 0.15, 0.13).at(0, 0, 0.48).turned("x", 28)
        pieces += [*both(Piece(leg, metal)), *both(Piece(bell, metal))]
    return pieces


def toaster(dice: Dice, palette: Palette) -> list[Piece]:
    half, high, black = dice.between(0.35, 0.5), dice.between(0.4, 0.5), dark(dice)
    slot = box(0.09, 1.4 * half, 0.3, 0.01).at(0.1, 0, high / 2)
    bread = box(0.06, half, 0.4, 0.03).at(0.1, 0, high / 2 + 0.02)
    brown = materials.worn(dice, materials.one_of(dice, palettes.FOOD), 0.12)
    return [
        Piece(box(0.42, 2 * half, high, dice.between(0.03, 0.15)), case(dice, palette)),
        *both(Piece(slot, black, cut=True), "x"),
        *(both(Piece(bread, brown), "x") if dice.chance(0.5) else []),
        Piece(box(0.1, 0.06, 0.04, 0.01).at(0, half + 0.02, 0.1), black),
        *corners(Piece(cylinder(0.03, 0.08).at(0.14, 0.75 * half, -high / 2 - 0.02), black)),
    ]


def fan(dice: Dice, palette: Palette) -> list[Piece]:
    """On a foot, with blades in a cage."""
    steel, body = materials.metal(dice), case(dice, palette)
    bar = rod(np.array([0.01, 0, 0.2]), np.array([0.4, 0, 0.15]), 0.01)
    rings = [torus(radius, 0.012).at(0, 0, z) for z, radius in ((0.19, 0.2), (0.16, 0.4), (0.04, 0.4), (0.1, 0.42))]
    blade = ball(0.17, 0.09, 0.02).turned("x", 25).at(0.2, 0, 0.1)
    parts = [ball(0.11, 0.11, 0.14).at(0, 0, -0.05), cylinder(0.06, 0.22, 0.01).at(0, 0, 0.1)]
    head = [
        *around(Piece(blade, body), 5),
        *around(Piece(bar, steel), 8),
        *(Piece(ring, steel) for ring in rings),
        *(Piece(part, body) for part in parts),
    ]
    stand = rod(np.array([-0.06, 0, 0]), np.array([-0.06, 0, -0.75]), 0.035)
    foot = cylinder(0.25, 0.05, 0.02).at(-0.06, 0, -0.76)
    facing = turn("y", 90)
    return [*(p.moved(facing) for p in head), Piece(stand, body), Piece(foot, body)]


def washer(dice: Dice, palette: Palette) -> list[Piece]:
    """A washing machine."""
    metal = materials.metal(dice)
    return [
        Piece(box(0.7, 0.7, dice.between(0.8, 1.0), 0.02), case(dice, palette)),
        Piece(torus(0.2, 0.035).turned("y", 90).at(0.35, 0, -0.05), metal),
        Piece(ball(0.05, 0.18, 0.18).at(0.35, 0, -0.05), dark(dice)),
        *row(Piece(disc(0.04, 0.06, 0.35, 0, 0.32), metal), 3, (0, 0.15, 0)),
    ]


def oven(dice: Dice, palette: Palette) -> list[Piece]:
    """Ovens and refrigerators: two doors, two handles."""
    high, body, metal = dice.between(0.7, 1.2), case(dice, palette), materials.metal(dice)
    level = dice.between(-0.1, 0.2) * high
    lower = high / 2 + level
    pane = box(0.03, 0.42, 0.5 * lower, 0.01).at(0.35, 0.035, level - lower / 2)
    grip = box(0.05, 0.03, 0.2, 0.012).at(0.38, -0.26, level)
    return [
        Piece(box(0.7, 0.7, high, 0.02), body),
        Piece(box(0.04, 0.71, 0.015, 0.002).at(0.35, 0, level), dark(dice), cut=True),
        *(Piece(grip.at(0, 0, shift), metal) for shift in (-0.15, 0.15)),
        Piece(pane, dark(dice) if dice.chance(0.5) else body),
        *row(Piece(disc(0.04, 0.06, 0.35, 0, 0.42 * high), metal), dice.pick([0, 3]), (0, 0.15, 0)),
    ]
