"""Burgers, bread, pizza, sushi, sandwiches, cheese and eggs."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.colours import linear
from recon3d.synthesis.objects import materials, outlines, palettes, patterns, profiles
from recon3d.synthesis.objects.arranging import row
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, capsule, cylinder, prism, superquadric, torus, tube, turned
from recon3d.synthesis.objects.solids import Solid, bent, rough
from recon3d.synthesis.surface import Number

Array = np.ndarray

LAYERS = {
    "meat": ("#5a2f1a", 0.12),
    "salad": ("#8fae5a", 0.03),
    "cheese": ("#edb84f", 0.035),
    "tomato": ("#c94f3a", 0.06),
}
"""What is in a burger: its colour and its height."""
CRUMB = ("#f3e3c0", "#e8cf9a", "#eee0c4")


def make(dice: Dice) -> list[Piece]:
    kinds = [burger, toast, croissant, loaf, pizza, sushi, sandwich, hot_dog, cheese, egg, fried_egg]
    return dice.pick(kinds, [4, 1, 1, 2, 3, 1, 1, 1, 1, 1, 1])(dice)


def crust(dice: Dice) -> Material:
    """Baked: brown above, paler below."""
    brown = palettes.one_of(dice, ("#b8733a", "#d9a35b", "#8f5a2c", "#c98a45"))
    pale = palettes.jittered(dice, np.minimum(1.9 * brown + 0.05, 0.8))
    return materials.worn(dice, materials.two(pale, brown, materials.step("z", dice.between(-0.05, 0.1), 0.15)), 0.12)


def crumb(dice: Dice) -> Material:
    return materials.worn(dice, materials.one_of(dice, CRUMB), 0.1)


def slab(outline: Array, radius: Number, high: Number) -> Solid:
    """A flat thing with soft edges that stands on 0."""
    soft = 1 - min(0.4 * high, 0.06) / radius
    return prism(radius * outline, [(0, 0), (soft, 0), (1, 0.3 * high), (1, 0.7 * high), (soft, high), (0, high)])


def burger(dice: Dice) -> list[Piece]:
    radius, bun = dice.between(0.4, 0.5), crust(dice)
    pieces, z = [Piece(slab(outlines.circle(), radius, 0.16), bun)], 0.14
    for name in [*(dice.pick(list(LAYERS)) for _ in range(dice.count(1, 4))), "meat"]:
        high = LAYERS[name][1]
        pieces.append(_layer(dice, name, radius * dice.between(0.98, 1.12), z))
        z += 0.9 * high
    dome = [(0, 0), (0.95 * radius, 0), (1.03 * radius, 0.08), (0.7 * radius, 0.25), (0, 0.33)]
    pieces.append(Piece(turned(profiles.flowing(dome, 30)).at(0, 0, z), bun))
    seed = materials.one_of(dice, CRUMB)
    for _ in range(dice.pick([0, 14])):
        spot = dice.rng.uniform(-0.55, 0.55, 2) * radius
        lift = z + 0.32 - 0.9 * float(spot @ spot) / radius
        pieces.append(Piece(ball(0.022, 0.014, 0.012).at(*spot, lift), seed))
    return pieces


def _layer(dice: Dice, name: str, radius: Number, z: Number) -> Piece:
    code, high = LAYERS[name]
    outline = {"salad": outlines.wobbly(dice, 0.05, False), "cheese": outlines.rectangle(0.95, 0.95, 0.05)}
    layer = rough(slab(outline.get(name, outlines.circle()), radius, high), 0.006, 0.2, dice.seed())
    skin = materials.worn(dice, materials.plain(palettes.jittered(dice, linear(code))), 0.15)
    return Piece(layer.turned("z", dice.between(0, 90)).at(0, 0, z), skin)


def toast(dice: Dice) -> list[Piece]:
    angle = outlines.angles()
    outline = outlines.polar(1 + 0.14 * np.cos(4 * angle) + 0.06 * np.sin(angle))
    rim, inside = slab(outline, 0.45, 0.12), slab(outline, 0.4, 0.13).at(0, 0, -0.005)
    return [Piece(rim.turned("x", 90), crust(dice)), Piece(inside.turned("x", 90), crumb(dice))]


def croissant(dice: Dice) -> list[Piece]:
    z = np.linspace(-0.6, 0.6, 44)
    radius = np.maximum(0.24 * np.cos(z * 2.4) * (1 + 0.09 * np.abs(np.sin(z * 12))), 0.01)
    body = bent(tube(np.stack([0 * z, 0 * z, z], -1), radius), dice.between(60, 150))
    return [Piece(body.turned("x", 90), crust(dice))]


def loaf(dice: Dice) -> list[Piece]:
    """Rolls to baguettes, slashed."""
    body = superquadric(dice.between(0.3, 0.9), dice.between(0.18, 0.3), dice.between(0.14, 0.22), 2.4, 2.2)
    slash = capsule(0.03, 0.2).turned("x", 80).turned("z", 40).at(0, 0, 0.2)
    cuts = row(Piece(slash, crumb(dice), cut=True), dice.count(1, 4), (0.18, 0, 0))
    return [Piece(rough(body, 0.01, 0.25, dice.seed()), crust(dice)), *cuts]


def pizza(dice: Dice) -> list[Piece]:
    """Whole, or one slice of it."""
    codes, dough = ("#edb84f", "#c94f3a", "#e8cf9a"), crust(dice)
    melted = materials.two(palettes.one_of(dice, codes), palettes.one_of(dice, codes), patterns.mottle(dice))
    pieces = [
        Piece(slab(outlines.circle(), 0.5, 0.05), dough),
        Piece(torus(0.48, 0.05, 0.04).at(0, 0, 0.04), dough),
        Piece(slab(outlines.circle(), 0.45, 0.065), materials.worn(dice, melted, 0.1)),
    ]
    tops = [materials.one_of(dice, ("#a33b2b", "#8c1c2f")), materials.one_of(dice, palettes.GREEN)]
    for k in range(dice.count(6, 14)):
        angle, radius = 2.4 * k, 0.4 * ((k + 0.5) / 14) ** 0.5
        disc = cylinder(dice.between(0.04, 0.07), 0.03, 0.008)
        pieces.append(Piece(disc.at(radius * np.cos(angle), radius * np.sin(angle), 0.07), dice.pick(tops, [2, 1])))
    if dice.chance(0.5):
        return pieces
    half = box(2, 1, 1, 0.004).at(0, 0.5, 0)
    return [*pieces, *(Piece(half.turned("z", angle), dough, cut=True) for angle in (0, dice.between(125, 150)))]


def sushi(dice: Dice) -> list[Piece]:
    rice = materials.worn(dice, materials.plain(np.array([0.8, 0.79, 0.74])), 0.06)
    fish = palettes.one_of(dice, ("#f08a5a", "#d94a3a", "#f3c0a0"))
    filling = materials.two(fish, np.minimum(1.5 * fish + 0.1, 0.85), patterns.stripes(dice))
    if dice.chance(0.5):
        rolls = [cylinder(0.3, 0.35, 0.02), cylinder(0.26, 0.37, 0.01), cylinder(0.1, 0.385, 0.01)]
        algae = materials.plain(np.array([0.01, 0.03, 0.015]))
        return [Piece(solid, stuff) for solid, stuff in zip(rolls, (algae, rice, filling), strict=True)]
    body = rough(superquadric(0.42, 0.18, 0.16, 2.6, 2.4), 0.01, 0.06, dice.seed())
    slice_ = bent(box(0.12, 0.26, 0.95, 0.05), 40).turned("y", 90)
    over = slice_.at(-slice_.vertices[:, 0].mean(), 0, 0.18 - slice_.vertices[:, 2].mean())
    return [Piece(body, rice), Piece(over, filling)]


def sandwich(dice: Dice) -> list[Piece]:
    """Layers between slices, cut to a triangle."""
    outline = outlines.evenly(np.array([[-0.35, -0.35], [0.55, -0.35], [-0.35, 0.55]]), 48)
    white, pieces, z = crumb(dice), [], 0.0
    for k in range(2 * dice.count(1, 3) + 1):
        bread = k % 2 == 0
        high, wide = (0.1, 1.0) if bread else (dice.between(0.03, 0.06), 1.04)
        layer = prism(outline, [(0, z), (wide, z), (wide, z + high), (0, z + high)])
        pieces.append(Piece(layer, white if bread else materials.one_of(dice, palettes.FRUIT)))
        z += high - 0.004
    return pieces


def hot_dog(dice: Dice) -> list[Piece]:
    bun, slot = superquadric(0.5, 0.2, 0.15, 3, 2.2), box(1.2, 0.16, 0.3, 0.06).at(0, 0, 0.15)
    x = np.linspace(-0.45, 0.45, 30)
    wave = tube(np.stack([x, 0.04 * np.sin(20 * x), 0.17 + 0 * x], -1), 0.022)
    return [
        Piece(bun, crust(dice)),
        Piece(slot, crumb(dice), cut=True),
        Piece(
            capsule(0.09, 1.0).turned("y", 90).at(0, 0, 0.08), materials.one_of(dice, ("#b5482e", "#8f3a22", "#c9603a"))
        ),
        Piece(wave, materials.one_of(dice, ("#f5c400", "#c5281c"))),
    ]


def cheese(dice: Dice) -> list[Piece]:
    """A wedge with holes."""
    wedge = outlines.evenly(np.array([[-0.3, -0.35], [0.6, 0.0], [-0.3, 0.35]]), 48)
    yellow = materials.worn(dice, materials.one_of(dice, ("#edb84f", "#f2d06a", "#e8a940")), 0.05)
    body = Piece(prism(wedge, [(0, 0), (1, 0), (1, 0.4), (0, 0.4)]), yellow)
    places = dice.rng.uniform([-0.3, -0.3, 0], [0.3, 0.3, 0.45], (10, 3))
    return [body, *(Piece(ball(dice.between(0.04, 0.1)).at(*place), yellow, cut=True) for place in places)]


def egg(dice: Dice) -> list[Piece]:
    """Plain or painted, sometimes in a cup."""
    shell = materials.worn(dice, materials.one_of(dice, ("#f3e3d0", "#d9a98a", "#eee8dc")), 0.04)
    skin = materials.patterned(dice, Palette(dice)) if dice.chance(0.5) else shell
    pieces = [Piece(turned(profiles.pome(0, 0, 1.3, -0.12) * 0.4), skin)]
    if dice.chance(0.4):
        outside = [(0, -0.85), (0.22, -0.85), (0.08, -0.68), (0.2, -0.45), (0.37, -0.2), (0.33, -0.18), (0, -0.3)]
        pieces.append(Piece(turned(profiles.flowing(outside, 40)), materials.any_material(dice, Palette(dice))))
    return pieces


def fried_egg(dice: Dice) -> list[Piece]:
    white = rough(slab(outlines.wobbly(dice, 0.12, False), 0.55, 0.07), 0.008, 0.3, dice.seed())
    yolk = ball(0.19, 0.19, 0.13).at(0.05, 0.02, 0.06)
    pale = materials.plain(np.array([0.82, 0.81, 0.77]))
    return [Piece(white, pale), Piece(yolk, materials.one_of(dice, ("#f2b01e", "#e88f1e")))]
