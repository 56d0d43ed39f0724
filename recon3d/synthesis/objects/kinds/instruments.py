"""Drums, guitars and bells; and cups that are won."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, profiles
from recon3d.synthesis.objects.arranging import around, both
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Piece
from recon3d.synthesis.objects.outlines import Outline
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, bow, box, cylinder, prism, rod, torus, turned
from recon3d.synthesis.objects.solids import tapered
from recon3d.synthesis.surface import Number

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    return dice.pick([drum, guitar, bell, trophy], [2, 3, 1, 1])(dice, Palette(dice))


def drum(dice: Dice, palette: Palette) -> list[Piece]:
    radius, half = dice.between(0.35, 0.5), dice.between(0.15, 0.35)
    skin, metal = materials.one_of(dice, ("#f3ead6", "#eee0c4")), materials.metal(dice)
    strut = rod(np.array([radius + 0.01, 0, -half]), np.array([0.8 * radius, 0.6 * radius, half]), 0.012)
    return [
        Piece(cylinder(radius, 2 * half), materials.any_material(dice, palette)),
        *both(Piece(cylinder(radius + 0.02, 0.06, 0.015).at(0, 0, half), metal), "z"),
        *around(Piece(strut, metal), dice.count(4, 8)),
        Piece(cylinder(0.93 * radius, 0.07).at(0, 0, half), skin),
    ]


def _waisted(waist: Number) -> Outline:
    """The body of a guitar, its neck at +y."""
    angle = outlines.angles(72)
    dents = np.exp(-(((np.abs((angle % np.pi) - np.pi / 2) - 1.32) / 0.3) ** 2))
    outline = outlines.polar(0.36 * (1 - (1 - waist) * dents)) * np.array([1.0, 1.45])
    return outline * np.where(outline[:, 1:] > 0, [0.82, 1.0], 1.0)


def guitar(dice: Dice, palette: Palette) -> list[Piece]:
    """Guitars, violins and ukuleles."""
    h, stuff = dice.between(0.04, 0.1), materials.wood(dice)
    edge = [(0, -h), (0.97, -h), (1, -0.8 * h), (1, 0.8 * h), (0.97, h), (0, h)]
    body = prism(_waisted(dice.between(0.6, 0.8)), edge).turned("x", 90)
    dark, metal = materials.plain(np.full(3, 0.02)), materials.metal(dice)
    return [
        Piece(body, stuff if dice.chance(0.6) else materials.any_material(dice, palette)),
        Piece(cylinder(0.1, 0.06).turned("x", 90).at(0, -h, 0.06), dark, cut=True),
        Piece(box(0.09, 0.05, 0.8, 0.012).at(0, -h, 0.78), materials.wood(dice)),
        Piece(tapered(box(0.12, 0.05, 0.22, 0.01), 1.3).at(0, -h, 1.26), stuff),
        *(Piece(ball(0.022).at(s * 0.085, -h, z), metal) for s in (-1, 1) for z in (1.2, 1.26, 1.32)),
        Piece(box(0.2, 0.04, 0.04, 0.008).at(0, -h - 0.01, -0.24), dark),
    ]


def bell(dice: Dice, palette: Palette) -> list[Piece]:
    brass = materials.metal(dice)
    profile = profiles.flowing([(0.42, 0), (0.36, 0.08), (0.26, 0.3), (0.2, 0.48), (0.03, 0.56)], 30)
    hollow = turned(profiles.closed(np.array([[0.36, -0.05], [0.18, 0.44]])))
    rest = [
        torus(0.08, 0.025).turned("x", 90).at(0, 0, 0.62),
        ball(0.07).at(0, 0, 0.02),
        rod(np.zeros(3), np.array([0, 0, 0.5]), 0.015),
    ]
    shell = [Piece(turned(profiles.closed(profile)), brass), Piece(hollow, brass, cut=True)]
    return [*shell, *(Piece(solid, brass) for solid in rest)]


def trophy(dice: Dice, palette: Palette) -> list[Piece]:
    brass = materials.metal(dice)
    cup = profiles.flowing([(0.05, 0), (0.3, 0.2), (0.34, 0.55)], 24)
    ear = bow(0.17, 0.18, 0.025).turned("x", 90).turned("z", 90).at(0.26, 0, 0.33)
    return [
        Piece(turned(profiles.closed(cup)), brass),
        *both(Piece(ear, brass), "x"),
        Piece(turned(profiles.hollow(cup, 0.03, 0.05)), brass, cut=True),
        Piece(turned([(0, -0.4), (0.2, -0.4), (0.05, -0.28), (0.05, 0.02), (0, 0.02)]), brass),
        Piece(box(0.42, 0.42, 0.16, 0.01).at(0, 0, -0.46), materials.wood(dice)),
    ]
