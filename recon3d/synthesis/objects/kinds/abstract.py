"""Things that are nothing in particular: primitives alone, thrown together, mirrored, around an axis or stacked."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.objects import materials, outlines, profiles
from recon3d.synthesis.objects.arranging import around, both
from recon3d.synthesis.objects.blobs import Limb, flesh
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material, Piece
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.primitives import ball, box, capsule, cylinder, prism, superquadric, torus, tube, turned
from recon3d.synthesis.objects.solids import Solid, bent, rough, tapered, twisted
from recon3d.synthesis.surface import Number

Array = np.ndarray


def make(dice: Dice) -> list[Piece]:
    kinds = [single, heap, mirrored, radial, stack, sculpture, wires, plates]
    return dice.pick(kinds, [4, 4, 4, 3, 3, 3, 1, 2])(dice, Palette(dice))


def primitive(dice: Dice) -> Solid:
    """Any shape about the origin with an extent of about 1, plain."""
    a, b, c = (dice.between(0.2, 0.6) for _ in range(3))
    kind = dice.pick(
        ["box", "ball", "super", "rod", "cone", "ring", "capsule", "lathe", "prism", "vase"],
        [4, 2, 3, 3, 2, 2, 2, 3, 4, 1],
    )
    if kind == "box":
        return box(2 * a, 2 * b, 2 * c, dice.pick([0.005, 0.05, 0.15]) * dice.between(0.3, 1))
    if kind in ("ball", "super"):
        levels = (2.0, 2.0) if kind == "ball" else (dice.between(1, 6), dice.between(1, 5))
        return superquadric(a, b, c, *levels)
    if kind in ("rod", "cone"):
        return cylinder(a, 2 * c, dice.pick([0.0, 0.04, 0.1]), a if kind == "rod" else a * dice.between(0.05, 0.7))
    if kind == "ring":
        thick = dice.between(0.06, 0.2)
        return torus(0.25 + 0.5 * a, thick, thick * dice.between(0.5, 2))
    if kind == "capsule":
        return capsule(0.5 * a, 1.4 * c, 0.5 * a * dice.between(0.4, 1.2))
    if kind == "lathe":
        return turned(profiles.turned_wood(dice) * np.array([a, 2 * c]))
    if kind == "vase":
        return turned(profiles.closed(profiles.vase(dice, 2 * c))).at(0, 0, -c).rested()
    outline = max(a, 0.35) * outlines.any_outline(dice)
    return prism(outline, _edge(dice, c))


def _edge(dice: Dice, c: Number) -> Array:
    """The side of a prism: sharp, bevelled, round or tapered."""
    kind = dice.pick(["sharp", "bevel", "round", "taper"])
    if kind == "round":
        t = np.linspace(-np.pi / 2, np.pi / 2, 18)
        power = dice.between(0.3, 1.0)
        return np.stack([np.maximum(np.cos(t), 0) ** power, c * np.sin(t)], -1)
    if kind == "bevel":
        return np.array([(0, -c), (0.85, -c), (1, -c + 0.08), (1, c - 0.08), (0.85, c), (0, c)])
    high = 1.0 if kind == "sharp" else dice.between(0.05, 0.8)
    return np.array([(0, -c), (1, -c), (high, c), (0, c)])


def deformed(dice: Dice, solid: Solid) -> Solid:
    """Left as it is, mostly; else bent, twisted, tapered or rough."""
    kind = dice.pick(["none", "bent", "twisted", "tapered", "rough"], [5, 1, 1, 1.5, 1.5])
    if kind == "bent":
        return bent(solid, dice.between(20, 100) * dice.sign())
    if kind == "twisted":
        return twisted(solid, dice.between(30, 160) * dice.sign())
    if kind == "tapered":
        return tapered(solid, dice.between(0.3, 0.9))
    if kind == "rough":
        return rough(solid, dice.between(0.006, 0.03), dice.between(0.25, 0.9), dice.seed())
    return solid


def shape(dice: Dice) -> Solid:
    return deformed(dice, primitive(dice))


def skins(dice: Dice, palette: Palette) -> list[Material]:
    """One to four materials that the pieces of a thing share."""
    return [materials.any_material(dice, palette, 0.22) for _ in range(dice.count(1, 4))]


def holes(dice: Dice, skin: Material) -> list[Piece]:
    """Sometimes something is bored through or scooped out."""
    if dice.chance(0.65):
        return []
    cutter = dice.pick(
        [
            cylinder(dice.between(0.08, 0.25), 3),
            box(dice.between(0.1, 0.4), dice.between(0.1, 0.4), 3, 0.02),
            ball(dice.between(0.15, 0.35)).at(*dice.place(0.35)),
        ]
    )
    cutter = cutter.moved(np.eye(3)[dice.rng.permutation(3)]) if dice.chance(0.7) else cutter.moved(dice.rotation())
    return [Piece(cutter.at(*dice.place(0.15)), skin, cut=True)]


def spot(dice: Dice, solid: Solid) -> Array:
    """A place on a solid: what is put there hangs together with it."""
    return np.asarray(0.9 * solid.vertices[dice.count(0, len(solid.vertices) - 1)])


def small(dice: Dice, low: Number, high: Number) -> Solid:
    """A shape at a scale between the two, along some axis."""
    return shape(dice).moved(dice.between(low, high) * np.eye(3)[dice.rng.permutation(3)])


def single(dice: Dice, palette: Palette) -> list[Piece]:
    skin = materials.any_material(dice, palette, 0.2)
    return [Piece(shape(dice), skin), *holes(dice, skin if dice.chance(0.5) else materials.plain(palette.pick()))]


def heap(dice: Dice, palette: Palette) -> list[Piece]:
    """Shapes at random, as in Zeroverse (Xie et al. 2024)."""
    stuffs = skins(dice, palette)
    pieces: list[Piece] = []
    for _ in range(dice.count(2, 8)):
        turned_way = dice.rotation() if dice.chance(0.5) else np.eye(3)[dice.rng.permutation(3)]
        solid = shape(dice).moved(dice.between(0.4, 1.0) * turned_way)
        where = spot(dice, dice.pick(pieces).solid) if pieces else np.zeros(3)
        pieces.append(Piece(solid.at(*where), dice.pick(stuffs)))
    return pieces + holes(dice, dice.pick(stuffs))


def mirrored(dice: Dice, palette: Palette) -> list[Piece]:
    """A body in the middle, and limbs on both sides of it."""
    stuffs = skins(dice, palette)
    core = shape(dice).scaled(1, dice.between(0.5, 1), 1)
    pieces = [Piece(core, stuffs[0])]
    for _ in range(dice.count(1, 3)):
        limb = small(dice, 0.25, 0.7).turned("x", dice.pick([0, 0, dice.between(-60, 60)]))
        where = spot(dice, core) * np.array([1, 1.1, 1])
        pieces += both(Piece(limb.at(*where), dice.pick(stuffs)))
    for _ in range(dice.count(0, 2)):
        where = spot(dice, core) * np.array([1, 0, 1])
        pieces.append(Piece(small(dice, 0.25, 0.6).at(*where), dice.pick(stuffs)))
    return pieces


def radial(dice: Dice, palette: Palette) -> list[Piece]:
    """A body that was turned, and the same thing around it again and again."""
    stuffs = skins(dice, palette)
    body = turned(profiles.turned_wood(dice) * np.array([dice.between(0.15, 0.4), dice.between(0.3, 1.1)]))
    pieces = [Piece(body, stuffs[0])]
    for _ in range(dice.count(1, 2)):
        solid = small(dice, 0.2, 0.5).turned("y", dice.pick([0, 0, dice.between(-60, 60)]))
        solid = solid.at(*spot(dice, body) * 1.15)
        pieces += around(Piece(solid, dice.pick(stuffs)), dice.count(2, 8))
    return pieces


def stack(dice: Dice, palette: Palette) -> list[Piece]:
    """Shapes upon one another, all about one axis."""
    stuffs, pieces, z, size = skins(dice, palette), [], 0.0, 1.0
    for _ in range(dice.count(2, 5)):
        solid = deformed(dice, primitive(dice)).moved(np.diag([size, size, size * dice.between(0.3, 1)]))
        low, high = float(solid.vertices[:, 2].min()), float(solid.vertices[:, 2].max())
        pieces.append(Piece(solid.at(0, 0, z - low), dice.pick(stuffs)))
        z += 0.97 * (high - low)
        size *= dice.between(0.6, 1.05)
    return pieces


def sculpture(dice: Dice, palette: Palette) -> list[Piece]:
    """Limbs that flow into one another, on both sides alike more often than not."""
    limbs, point = [], np.zeros(3)
    for _ in range(dice.count(2, 7)):
        nearby = point + dice.direction() * dice.between(0.2, 0.6)
        r0, r1 = dice.between(0.07, 0.26), dice.between(0.05, 0.22)
        limbs.append(Limb(point, nearby, r0, r1))
        point = nearby if dice.chance(0.5) else np.zeros(3)
    if dice.chance(0.6):
        flip = np.array([1, -1, 1])
        limbs += [Limb(np.asarray(l.start) * flip, np.asarray(l.end) * flip, l.radius, l.end_radius) for l in limbs]
    skin = materials.any_material(dice, palette, 0.25)
    body = flesh(limbs, dice.between(0.02, 0.08))
    if dice.chance(0.4):
        body = rough(body, dice.between(0.005, 0.025), dice.between(0.15, 0.6), dice.seed())
    return [Piece(body, skin), *holes(dice, skin)]


def wires(dice: Dice, palette: Palette) -> list[Piece]:
    """Springs, knots, rings and frames of wire."""
    t, skin = np.linspace(0, 1, 160), materials.any_material(dice, palette)
    kind, thick = dice.pick(["spring", "knot", "cage"]), dice.between(0.03, 0.08)
    if kind == "spring":
        turns, radius = dice.between(3, 7), 0.35 * (1 - dice.pick([0, 0.7]) * t)
        angle = 2 * np.pi * turns * t
        path = np.stack([radius * np.cos(angle), radius * np.sin(angle), dice.between(0.6, 1.4) * (t - 0.5)], -1)
        return [Piece(tube(path, thick), skin)]
    if kind == "knot":
        p, q = dice.pick([(2, 3), (3, 2), (2, 5), (1, 3)])
        angle = 2 * np.pi * t[:-1]
        radius = 0.4 + 0.16 * np.cos(q * angle)
        path = np.stack([radius * np.cos(p * angle), radius * np.sin(p * angle), 0.2 * np.sin(q * angle)], -1)
        return [Piece(tube(path, 1.3 * thick, loop=True), skin)]
    ring = torus(0.5, 0.6 * thick)
    rings = [ring.moved(dice.rotation()) for _ in range(dice.count(2, 5))]
    return [
        *(Piece(r, skin) for r in rings),
        Piece(shape(dice).moved(0.45 * np.eye(3)), materials.any_material(dice, palette)),
    ]


def plates(dice: Dice, palette: Palette) -> list[Piece]:
    """Flat outlines, alone or put through one another, with or without a foot."""
    thick, stuffs = dice.between(0.015, 0.06), skins(dice, palette)
    pieces = []
    for k in range(dice.pick([1, 2, 3], [4, 2, 1])):
        outline = dice.between(0.35, 0.5) * outlines.any_outline(dice)
        sheet = prism(outline, [(0, -thick), (0.98, -thick), (1, 0), (0.98, thick), (0, thick)], 0.06).turned("x", 90)
        if dice.chance(0.3):
            sheet = bent(sheet, dice.between(-70, 70))
        pieces.append(Piece(sheet.turned("z", 60 * k), dice.pick(stuffs)))
    if dice.chance(0.5):
        foot = cylinder(0.2, 0.06, 0.02) if dice.chance(0.5) else box(0.4, 0.3, 0.06, 0.01)
        pieces.append(Piece(foot.at(0, 0, -0.46), dice.pick(stuffs)))
        pieces.append(Piece(cylinder(0.03, 0.4).at(0, 0, -0.3), dice.pick(stuffs)))
    return pieces
