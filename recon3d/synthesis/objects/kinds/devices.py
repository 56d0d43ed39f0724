"""Cameras, telephones, radios, loudspeakers, screens, headphones, mice and gamepads; they look along +x."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, palettes, patterns
from recon3d.synthesis.objects.arranging import around, both, row
from recon3d.synthesis.objects.blobs import Limb, flesh
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, bow, box, cylinder, rod, superquadric, torus, tube
from recon3d.synthesis.objects.solids import Solid, flattened
from recon3d.synthesis.surface import Number, Point

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    kinds = [camera, mobile, telephone, radio, speaker, monitor, laptop, headphones, mouse, gamepad]
    return dice.pick(kinds, [3, 1, 1, 2, 2, 2, 2, 2, 1, 1])(dice, Palette(dice))


def case(dice: Dice, palette: Palette) -> Material:
    """Black, white or coloured plastic, or metal, or wood."""
    kind = dice.pick(["grey", "colour", "metal", "wood"], [4, 4, 2, 1])
    if kind in ("grey", "colour"):
        return materials.plain(palettes.grey(dice) if kind == "grey" else palette.main)
    return materials.metal(dice) if kind == "metal" else materials.wood(dice)


def dark(dice: Dice) -> Material:
    return materials.one_of(dice, ("#101214", "#1c2228", "#24282c"))


def shown(dice: Dice, palette: Palette) -> Material:
    """What is on a screen."""
    return materials.printed(dice, palette) if dice.chance(0.6) else dark(dice)


def disc(radius: Number, thick: Number, x: Number, y: Number, z: Number) -> Solid:
    """A cylinder that looks along +x, its middle at (x, y, z)."""
    return cylinder(radius, thick, 0.15 * min(radius, thick)).turned("y", 90).at(x, y, z)


def camera(dice: Dice, palette: Palette) -> list[Piece]:
    half, high, front = dice.between(0.35, 0.48), dice.between(0.4, 0.55), dice.between(0.09, 0.14)
    lens, reach, y = dice.between(0.14, 0.2), dice.between(0.1, 0.35), dice.between(-0.1, 0.1)
    body, trim, black = case(dice, palette), materials.metal(dice), dark(dice)
    two_tone = materials.layered(body, black, materials.step("z", dice.between(0.05, 0.15)))
    glass, end = materials.plain(np.array([0.03, 0.04, 0.1])), front + reach
    finder = box(1.8 * front, 0.28, 0.16, 0.03).at(0, y, high / 2 + 0.04)
    flash = box(0.02, 0.14, 0.08, 0.008).at(front, -0.7 * half, 0.33 * high)
    return [
        Piece(box(2 * front, 2 * half, high, 0.03), two_tone if dice.chance(0.4) else body),
        Piece(disc(lens, reach, front + reach / 2 - 0.02, y, -0.02), black if dice.chance(0.6) else trim),
        Piece(disc(0.78 * lens, 0.1, end - 0.02, y, -0.02), black, cut=True),
        Piece(ball(0.05, 0.74 * lens, 0.74 * lens).at(end - 0.1, y, -0.02), glass),
        Piece(torus(lens, 0.02).turned("y", 90).at(front + 0.6 * reach, y, -0.02), trim),
        *([Piece(finder, body)] if dice.chance(0.6) else []),
        Piece(cylinder(0.05, 0.06, 0.01).at(0, 0.7 * half, high / 2 + 0.02), trim),
        Piece(cylinder(0.07, 0.05, 0.01).at(0, -0.7 * half, high / 2 + 0.02), trim),
        Piece(flash, materials.one_of(dice, ("#e6f0f2", "#f3e3c0", "#c5281c"))),
    ]


def mobile(dice: Dice, palette: Palette) -> list[Piece]:
    """A slab with a screen: telephones and tablets."""
    half, high, thick = dice.between(0.2, 0.45), dice.between(0.7, 1.0), dice.between(0.04, 0.1)
    pane = box(0.02, 2 * half - 0.05, high - dice.between(0.06, 0.2), 0.006).at(thick / 2, 0, 0)
    return [
        Piece(box(thick, 2 * half, high, 0.4 * thick), case(dice, palette)),
        Piece(pane, shown(dice, palette)),
        Piece(disc(0.05, 0.03, -thick / 2, 0.6 * half, 0.4 * high), dark(dice)),
    ]


def telephone(dice: Dice, palette: Palette) -> list[Piece]:
    """With a receiver and keys."""

    def sloping(p: Array) -> Array:
        return p - np.array([0, 0, 0.25]) * np.maximum(p[:, :1], -0.1)

    body, t = case(dice, palette), np.linspace(-0.36, 0.36, 20)
    receiver = tube(np.stack([-0.12 + 0 * t, t, 0.24 + 0.06 * np.cos(4 * t)], -1), 0.05)
    key = Piece(box(0.06, 0.06, 0.05, 0.012).at(0.1, 0, 0.1), materials.plain(palette.odd))
    keys = [across for along in row(key, 3, (0, 0.09, 0)) for across in row(along, 2, (0.085, 0, 0))]
    return [
        Piece(box(0.55, 0.5, 0.2, 0.06).warped(sloping), body),
        Piece(receiver, body),
        *both(Piece(ball(0.1, 0.1, 0.08).at(-0.12, 0.34, 0.2), body)),
        *(Piece(key.solid.warped(sloping), key.material) for key in keys),
    ]


def radio(dice: Dice, palette: Palette) -> list[Piece]:
    half, high, front = dice.between(0.4, 0.6), dice.between(0.35, 0.5), dice.between(0.09, 0.15)
    trim = materials.metal(dice)
    mesh = materials.two(palettes.grey(dice), palettes.grey(dice) * 0.3, patterns.freckles(dice))
    speakers = both(Piece(disc(0.34 * high, 0.04, front, 0.55 * half, -0.02), mesh))
    dial = box(0.04, 0.5 * half, 0.12, 0.01).at(front, -0.02, 0.25 * high)
    foot = np.array([-0.3 * front, 0.8 * half, high / 2 - 0.05])
    aerial = rod(foot, np.array([-0.3 * front, dice.between(-0.2, 1) * half, high / 2 + 0.45]), 0.014)
    return [
        Piece(box(2 * front, 2 * half, high, dice.between(0.02, 0.15)), case(dice, palette)),
        *speakers[: dice.count(1, 2)],
        Piece(dial, materials.one_of(dice, ("#f3e3c0", "#1c2228", "#9fb8a0"))),
        *row(Piece(disc(0.045, 0.1, front, 0, -0.25 * high), trim), dice.count(1, 2), (0, 0.2, 0)),
        *([Piece(aerial, trim)] if dice.chance(0.6) else []),
        *([Piece(bow(0.7 * half, 0.14, 0.025).at(0, 0, high / 2 - 0.02), trim)] if dice.chance(0.5) else []),
    ]


def speaker(dice: Dice, palette: Palette) -> list[Piece]:
    half, high, front = dice.between(0.2, 0.32), dice.between(0.6, 0.9), dice.between(0.15, 0.22)
    pieces = [Piece(box(2 * front, 2 * half, high, 0.02), case(dice, palette))]
    rim, cone = materials.metal(dice), dark(dice)
    for radius, z in ((0.75 * half, -0.2 * high), (0.4 * half, 0.27 * high)):
        pieces.append(Piece(torus(radius, 0.025).turned("y", 90).at(front, 0, z), rim))
        pieces.append(Piece(ball(0.1, 0.95 * radius, 0.95 * radius).at(front + 0.03, 0, z), cone, cut=True))
        pieces.append(Piece(ball(0.06, 0.3 * radius, 0.3 * radius).at(front - 0.06, 0, z), rim))
    return pieces


def _pane(dice: Dice, palette: Palette, sizes: Point, body: Material) -> list[Piece]:
    """A screen of (half width, height, thickness) in its case; its face is at x = 0."""
    half, high, thick = sizes
    shell = box(thick, 2 * half, high, min(0.03, 0.4 * thick)).at(-thick / 2, 0, 0)
    return [Piece(shell, body), Piece(box(0.02, 2 * half - 0.08, high - 0.08, 0.006), shown(dice, palette))]


def monitor(dice: Dice, palette: Palette) -> list[Piece]:
    """Flat and deep ones, on a foot."""
    half, high, body = dice.between(0.45, 0.65), dice.between(0.45, 0.65), case(dice, palette)
    foot = dice.pick([cylinder(0.22, 0.03, 0.01), box(0.3, 0.5, 0.03, 0.01)])
    return [
        *_pane(dice, palette, (half, high, dice.pick([0.05, 0.08, 0.4])), body),
        Piece(foot.at(-0.03, 0, -high / 2 - 0.2), body),
        Piece(box(0.05, 0.1, 0.36, 0.01).at(-0.06, 0, -high / 2 - 0.05), body),
    ]


def laptop(dice: Dice, palette: Palette) -> list[Piece]:
    half, high, body = dice.between(0.45, 0.65), dice.between(0.45, 0.6), case(dice, palette)

    def keys(p: Array) -> Array:
        return np.asarray((p[:, 0] / 0.06 % 1 < 0.8) & (p[:, 1] / 0.06 % 1 < 0.8), float)

    lid, lean = _pane(dice, palette, (half, high, 0.05), body), dice.between(5, 35)
    return [
        *(p.at(0, 0, high / 2).turned("y", -lean) for p in lid),
        Piece(box(0.6, 2 * half, 0.05, 0.015).at(0.3, 0, -0.02), body),
        Piece(
            box(0.3, 1.8 * half, 0.016, 0.004).at(0.2, 0, 0.005),
            materials.two(palettes.grey(dice), palettes.grey(dice), keys),
        ),
        Piece(box(0.14, 0.3, 0.01, 0.003).at(0.47, 0, 0.005), dark(dice)),
    ]


def headphones(dice: Dice, palette: Palette) -> list[Piece]:
    body, pad, t = case(dice, palette), dark(dice), np.linspace(-0.15, np.pi + 0.15, 36)
    path = np.stack([0 * t, 0.42 * np.cos(t), 0.1 + 0.45 * np.sin(t)], -1)
    band = tube(path, dice.between(0.025, 0.05), dice.between(1, 2))
    return [
        Piece(band, dice.pick([body, pad])),
        *both(Piece(superquadric(0.2, 0.08, 0.24, 2.2, 3).at(0, 0.42, -0.02), body)),
        *both(Piece(torus(0.15, 0.055).scaled(1, 1.2, 1).turned("x", 90).at(0, 0.33, -0.02), pad)),
        *both(Piece(cylinder(0.1, 0.03, 0.008).turned("x", 90).at(0, 0.5, -0.02), materials.plain(palette.odd))),
    ]


def mouse(dice: Dice, palette: Palette) -> list[Piece]:
    return [
        Piece(flattened(superquadric(0.5, 0.3, 0.24, 2.6, 2.0), 0.25), case(dice, palette)),
        Piece(box(0.5, 0.016, 0.3, 0.002).at(0.35, 0, 0.2), dark(dice), cut=True),
        Piece(cylinder(0.07, 0.06, 0.01).turned("x", 90).at(0.28, 0, 0.17), dark(dice)),
    ]


def gamepad(dice: Dice, palette: Palette) -> list[Piece]:
    limbs = [Limb((0, -0.3, 0), (0, 0.3, 0), 0.16, 0.16)]
    limbs += [Limb((-0.02, 0.36 * s, 0), (-0.38, 0.46 * s, -0.03), 0.16, 0.1) for s in (-1, 1)]
    key = Piece(ball(0.035, 0.035, 0.03).at(0.07, 0, 0.1), materials.plain(palette.odd))
    cross = Piece(box(0.16, 0.05, 0.06, 0.01).at(0, 0, 0.1), dark(dice))
    return [
        Piece(flesh(limbs, 0.03).scaled(1, 1, 0.6), case(dice, palette)),
        *(key.at(0.03, -0.34, 0) for key in around(key, 4)),
        *(bar.turned("z", angle).at(0.03, 0.34, 0) for bar, angle in ((cross, 0), (cross, 90))),
        *both(Piece(cylinder(0.065, 0.1, 0.02).at(-0.08, 0.17, 0.12), dark(dice))),
    ]
