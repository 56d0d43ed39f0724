"""Shoes, hats and bags."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, palettes, profiles
from recon3d.synthesis.objects.blobs import Limb, flesh
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, bow, box, prism, tube, turned
from recon3d.synthesis.objects.solids import Solid, flattened, tapered
from recon3d.synthesis.surface import Number

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    return dice.pick([shoe, hat, cap, handbag], [4, 2, 1, 3])(dice, Palette(dice))


def shoe(dice: Dice, palette: Palette) -> list[Piece]:
    """The toe at +x; trainers and boots."""
    high, long = dice.pick([dice.between(0.1, 0.25), dice.between(0.4, 0.6)], [3, 1]), dice.between(0.5, 0.62)
    upper = [
        Limb((0.55 * long, 0, 0.1), (0.1, 0, 0.16), 0.14, 0.15),
        Limb((0.1, 0, 0.16), (-0.65 * long, 0, 0.18), 0.15, 0.15),
        Limb((-0.6 * long, 0, 0.16), (-0.55 * long, 0, 0.18 + high), 0.16, 0.15),
        Limb((0.1, 0, 0.16), (-0.35 * long, 0, 0.16 + 0.6 * high), 0.13, 0.12),
    ]
    skin, trim, lining = materials.any_material(dice, palette), materials.plain(palette.odd), palettes.grey(dice)
    opening = ball(0.17, 0.1, 0.2).at(-0.56 * long, 0, 0.26 + high)
    pieces = [
        Piece(flattened(flesh(upper, 0.03), 0.1), skin),
        Piece(opening, materials.plain(lining), cut=True),
        Piece(
            _sole(long, dice.between(0.06, 0.16)), trim if dice.chance(0.5) else materials.plain(palettes.grey(dice))
        ),
    ]
    lace = tube(np.array([[0, -0.11, 0], [0, -0.05, 0.045], [0, 0.05, 0.045], [0, 0.11, 0]]), 0.018)
    for share in np.linspace(0, 1, dice.pick([0, 4, 5])):
        pieces.append(Piece(lace.at(0.22 - 0.42 * share, 0, 0.28 + (0.55 * high - 0.03) * share), trim))
    return pieces


def _sole(long: Number, thick: Number) -> Solid:
    """Wider at the ball of the foot than at the heel."""
    c, s = np.cos(outlines.angles(60)), np.sin(outlines.angles(60))
    outline = np.stack([1.18 * long * c - 0.02, (0.17 + 0.03 * c) * np.sign(s) * np.abs(s) ** 0.7], -1)
    return prism(outline, [(0, -thick), (0.95, -thick), (1, -0.7 * thick), (0.98, 0.03), (0, 0.03)]).at(0, 0, 0.02)


def hat(dice: Dice, palette: Palette) -> list[Piece]:
    """With a brim and a band."""
    crown, high, brim = dice.between(0.25, 0.32), dice.between(0.2, 0.45), dice.between(0.1, 0.4)
    curl, top = dice.between(-0.08, 0.12), crown * dice.between(0.7, 1.0)
    below = [(0, -0.03), (crown, -0.03), (crown + brim, curl - 0.03)]
    above = [(crown + brim, curl), (crown + 0.02, 0.02), (crown, 0.06), (top, 0.9 * high), (0.6 * crown, high)]
    body = turned(np.concatenate([np.array(below), profiles.flowing([*above, (0, high * dice.between(0.85, 1))], 40)]))
    band = turned([(0, 0.04), (crown + 0.015, 0.04), (crown + 0.012, 0.12), (0, 0.12)])
    return [Piece(body, materials.any_material(dice, palette)), Piece(band, materials.plain(palette.odd))]


def cap(dice: Dice, palette: Palette) -> list[Piece]:
    """A dome with a peak over the eyes."""
    cloth, trim = materials.any_material(dice, palette), materials.plain(palette.odd)
    peak = prism(outlines.circle(), [(0, -0.015), (1, -0.015), (1, 0.015), (0, 0.015)]).scaled(0.3, 0.27, 1)
    return [
        Piece(flattened(ball(0.34, 0.32, 0.32), 0.02), cloth),
        Piece(peak.at(0.24, 0, 0.01), dice.pick([cloth, trim])),
        Piece(ball(0.03).at(0, 0, 0.32), trim),
    ]


def handbag(dice: Dice, palette: Palette) -> list[Piece]:
    """Handbags, backpacks and suitcases."""
    x, y, z = dice.between(0.15, 0.4), dice.between(0.45, 0.8), dice.between(0.4, 0.8)
    leather = materials.any_material(dice, palette)
    trim = leather if dice.chance(0.4) else materials.plain(palette.odd)
    strap = bow(0.3 * y, dice.between(0.12, 0.4), 0.025).at(0, 0, z / 2 - 0.03)
    pieces = [Piece(tapered(box(x, y, z, dice.between(0.03, 0.14)), dice.between(0.75, 1.05)), leather)]
    pieces += [Piece(strap.at(side * 0.25 * x, 0, 0), trim) for side in (-1, 1)]
    if dice.chance(0.4):
        return [*pieces, Piece(box(0.1, 0.7 * y, 0.35 * z, 0.04).at(x / 2, 0, -0.2 * z), trim)]
    flap = box(0.03, 0.9 * y, 0.5 * z, 0.012).at(x / 2 - 0.02, 0, 0.22 * z)
    return [*pieces, Piece(flap, trim), Piece(ball(0.035).at(x / 2, 0, 0.0), materials.metal(dice))]
