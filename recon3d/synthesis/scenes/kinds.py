"""Rooms, facades, and things on the ground before a backdrop."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.colours import mix
from recon3d.synthesis.objects import palettes, patterns
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Material
from recon3d.synthesis.objects.materials import any_material, plain, two, wood, worn
from recon3d.synthesis.objects.palettes import Palette
from recon3d.synthesis.objects.solids import noise
from recon3d.synthesis.scenes.building import Built, Stand, Things, apart, shaded, standing
from recon3d.synthesis.scenes.sheets import box, darkened, dome, joined, sheet
from recon3d.types import Mesh

Array = np.ndarray


def room(dice: Dice, things: Things) -> Built:
    """Four walls with pictures, doors and shelves, and furniture before them."""
    width, depth, height = dice.between(3.5, 6), dice.between(3.5, 6), dice.between(2.4, 3.0)
    palette = Palette(dice)
    walls = [_wall(dice, palette) for _ in range(2)]
    low, x, y, z = np.array([-width / 2, -depth / 2, 0]), [width, 0, 0], [0, depth, 0], [0, 0, height]
    floor = wood(dice) if dice.chance(0.5) else any_material(dice, Palette(dice), 0.1)
    shell = [
        sheet(low, x, y, floor, 0.9),
        sheet(low + z, x, y, plain(palettes.grey(dice)), 0.95),
        sheet(low, x, z, walls[0], dice.between(0.6, 1)),
        sheet(low + y, x, z, walls[0], dice.between(0.6, 1)),
        sheet(low, y, z, walls[1], dice.between(0.6, 1)),
        sheet(low + x, y, z, walls[0], dice.between(0.6, 1)),
    ]
    surfaces = _in_corners(joined([*shell, *_on_walls(dice, width, depth)]), width, depth, height)
    tables = [_table(dice, place) for place in apart(dice, 2, [-width / 4, -depth / 4], [width / 4, depth / 4], 1.4)]
    made = [thing for table in tables for thing in _on_table(dice, things, table)]
    spots = apart(dice, 5, [-width / 2 + 0.5, -depth / 2 + 0.5], [width / 2 - 0.5, depth / 2 - 0.5], 1.0)
    made += [standing(dice, things(10 + k), place, dice.between(0.5, 1.6)) for k, place in enumerate(spots)]
    reach = min(width, depth) / 2
    azimuth, spread = dice.between(0, 360), dice.between(15, 40)
    stand = Stand(
        (0.0, 0.0, dice.between(0.5, 1.1)), 0.8 * reach, dice.between(0.3, 0.9), azimuth, spread, _focal(dice)
    )
    kept = [thing for thing in made if not _in_the_way(thing, stand)]
    return Built(shaded(joined([surfaces, *(t for t, _ in tables)]), kept), stand)


def facade(dice: Dice, things: Things) -> Built:
    """The front of a house with windows and a door, the ground and what stands on it, and the sky."""
    width, height = dice.between(8, 14), dice.between(5, 9)
    palette = Palette(dice)
    front = sheet([-width / 2, 0, 0], [width, 0, 0], [0, 0, height], _wall(dice, palette), dice.between(0.7, 1))
    ground = sheet([-12, -14, 0], [24, 0, 0], [0, 16, 0], any_material(dice, Palette(dice), 0.2), 0.8)
    parts = [front, ground, dome(30, _sky(dice)), *_windows(dice, width, height)]
    for level in np.arange(dice.between(2.4, 3.2), height, dice.between(2.4, 3.2)):
        if dice.chance(0.6):
            parts.append(box([-width / 2, -0.2, level], [width / 2, 0, level + 0.15], plain(palette.pick())))
    spots = apart(dice, 6, [-width / 2, -3.5], [width / 2, -0.6], 1.2)
    made = [standing(dice, things(k), place, dice.between(0.6, 2.4)) for k, place in enumerate(spots)]
    spread, distance = dice.between(12, 35), dice.between(6, 10)
    stand = Stand((0.0, -0.5, height * 0.35), distance, dice.between(-0.5, 0.5), 270.0, spread, _focal(dice))
    return Built(shaded(joined(parts), [thing for thing in made if not _in_the_way(thing, stand)]), stand)


def outdoors(dice: Dice, things: Things) -> Built:
    """A large thing on the ground, small ones around it, and far away whatever there is."""
    ground = sheet([-6, -6, 0], [12, 0, 0], [0, 12, 0], any_material(dice, Palette(dice), 0.15), 0.85)
    far = _sky(dice) if dice.chance(0.4) else _thicket(dice)
    parts = [ground, dome(dice.between(5, 14), far)]
    if dice.chance(0.5):
        angle = dice.between(0, 2 * np.pi)
        along = np.array([np.cos(angle), np.sin(angle), 0])
        behind = 2.6 * np.array([-np.sin(angle), np.cos(angle), 0]) - 4 * along
        parts.append(sheet(behind, 8 * along, [0, 0, dice.between(0.8, 2.6)], _wall(dice, Palette(dice)), 0.8))
    main = standing(dice, things(0), np.zeros(2), dice.between(0.8, 1.4))
    spots = [place for place in apart(dice, 7, [-2.2, -2.2], [2.2, 2.2], 0.7) if np.linalg.norm(place) > 1.0]
    made = [standing(dice, things(1 + k), place, dice.between(0.3, 0.9)) for k, place in enumerate(spots)]
    spread, distance = dice.between(20, 70), dice.between(1.8, 3.0)
    height = dice.between(0.2, 1.2)
    stand = Stand((0.0, 0.0, 0.45), distance, height, dice.between(0, 360), spread, _focal(dice))
    return Built(shaded(joined(parts), [main, *(thing for thing in made if not _in_the_way(thing, stand))]), stand)


KINDS = (room, facade, outdoors)


def any_scene(dice: Dice, things: Things) -> Built:
    """One of all kinds."""
    return dice.pick(KINDS)(dice, things)


def _focal(dice: Dice) -> float:
    return dice.between(0.7, 1.4)


def _wall(dice: Dice, palette: Palette) -> Material:
    kind = dice.pick(["plain", "bricks", "any"], [4, 3, 3])
    if kind == "plain":
        return worn(dice, plain(palettes.jittered(dice, palette.main)), dice.between(0.03, 0.15))
    if kind == "bricks":
        stone = palettes.one_of(dice, palettes.EARTH)
        return worn(dice, two(stone, palettes.grey(dice), patterns.bricks(dice)), 0.1)
    return any_material(dice, palette, 0.1)


def _sky(dice: Dice) -> Material:
    """From the horizon up, with clouds."""
    low, high = np.array([0.75, 0.8, 0.85]), np.array([0.12, 0.3, 0.7]) * dice.between(0.7, 1.2)
    seed, cover = dice.seed(), dice.between(-0.6, 1.2)

    def colours(p: Array) -> Array:
        blue = mix(np.broadcast_to(low, p.shape), np.broadcast_to(high, p.shape), np.clip(2 * p[:, 2], 0, 1))
        cloud = np.clip(noise(p, 0.5, seed) - cover, 0, 1)
        return np.asarray(mix(blue, np.broadcast_to(np.full(3, 0.88), p.shape), cloud))

    return colours


def _thicket(dice: Dice) -> Material:
    """What is out of focus: blotches of a few colours."""
    first, second, third = (
        palettes.one_of(dice, palettes.GREEN if dice.chance(0.5) else palettes.EARTH) for _ in range(3)
    )
    seed, wavelength = dice.seed(), dice.between(0.08, 0.3)

    def colours(p: Array) -> Array:
        amount = np.clip(0.5 + 0.6 * noise(p, wavelength, seed), 0, 1)
        other = np.clip(0.5 + 0.8 * noise(p, 2 * wavelength, seed + 1), 0, 1)
        below = mix(np.broadcast_to(first, p.shape), np.broadcast_to(second, p.shape), amount)
        return np.asarray(mix(below, np.broadcast_to(third, p.shape), other))

    return colours


def _in_corners(surfaces: Mesh, width: float, depth: float, height: float) -> Mesh:
    """Light gets to corners less."""
    p = surfaces.vertices.numpy()
    gaps = np.stack([width / 2 - np.abs(p[:, 0]), depth / 2 - np.abs(p[:, 1]), p[:, 2], height - p[:, 2]], -1)
    second = np.sort(np.abs(gaps), -1)[:, 1]
    return darkened(surfaces, 1 - 0.45 * np.exp(-second / 0.35))


def _on_walls(dice: Dice, width: float, depth: float) -> list[Mesh]:
    """Pictures, doors and shelves: boxes that hardly stand out."""
    made = []
    for wall in range(4):
        for _ in range(dice.count(0, 3)):
            across, up = dice.between(0.4, 1.4), dice.between(0.4, 1.9)
            middle, bottom = dice.between(-0.35, 0.35) * (width if wall < 2 else depth), dice.between(0.0, 1.2)
            out, far = dice.between(0.02, 0.3), (depth if wall < 2 else width) / 2 * (-1) ** wall
            flat = [[middle - across / 2, far], [middle + across / 2, far - np.sign(far) * out]]
            low, high = np.minimum(*np.array(flat)), np.maximum(*np.array(flat))
            if wall >= 2:
                low, high = low[::-1], high[::-1]
            made.append(box([*low, bottom], [*high, bottom + up], any_material(dice, Palette(dice), 0.3)))
    return made


def _table(dice: Dice, place: Array) -> tuple[Mesh, Array]:
    """A slab on legs, or a chest; and the middle of its top."""
    half, height = np.array([dice.between(0.3, 0.7), dice.between(0.3, 0.5)]), dice.between(0.4, 0.8)
    material = wood(dice) if dice.chance(0.6) else any_material(dice, Palette(dice))
    top = np.array([*place, height])
    if dice.chance(0.3):
        return box([*(place - half), 0], [*(place + half), height], material), np.array([*top, *half])
    parts = [box([*(place - half), height - 0.06], [*(place + half), height], material)]
    for corner in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        foot = place + np.array(corner) * (half - 0.05)
        parts.append(box([*(foot - 0.03), 0], [*(foot + 0.03), height], material, 0.8))
    return joined(parts), np.array([*top, *half])


def _on_table(dice: Dice, things: Things, table: tuple[Mesh, Array]) -> list[Mesh]:
    x, y, z, half_x, half_y = table[1]
    spots = apart(dice, 3, [x - half_x + 0.12, y - half_y + 0.12], [x + half_x - 0.12, y + half_y - 0.12], 0.35)
    return [standing(dice, things(k + int(10 * z)), place, dice.between(0.15, 0.4), z) for k, place in enumerate(spots)]


def _windows(dice: Dice, width: float, height: float) -> list[Mesh]:
    """Rows of panes that stand back behind their frames, and a door."""
    across, up = dice.between(0.8, 1.4), dice.between(1.0, 1.8)
    pane, frame = plain(palettes.jittered(dice, np.array([0.05, 0.07, 0.1]))), plain(palettes.grey(dice))
    out = dice.between(0.04, 0.15)
    made = []
    for bottom in np.arange(dice.between(0.7, 1.1), height - up - 0.3, up + dice.between(0.9, 1.4)):
        for left in np.arange(-width / 2 + 0.6, width / 2 - across - 0.4, across + dice.between(0.7, 1.6)):
            made += _window(np.array([left, -out, bottom]), np.array([left + across, 0, bottom + up]), pane, frame)
    door = dice.between(-0.3, 0.3) * width
    made.append(box([door, -0.08, 0], [door + 1.1, 0, 2.2], any_material(dice, Palette(dice))))
    return made


def _window(low: Array, high: Array, pane: Material, frame: Material) -> list[Mesh]:
    """A pane at the back of four boards."""
    wide, (x, out, z) = 0.08, high - low
    left = box(low, low + np.array([wide, out, z]), frame)
    right = box(low + np.array([x - wide, 0, 0]), high, frame)
    above = box(low + np.array([0, 0, z - wide]), high, frame)
    sill = box(low - np.array([0, 0.05, 0]), low + np.array([x, out, wide]), frame)
    glass = sheet([low[0], -0.01, low[2]], [x, 0, 0], [0, 0, z], pane)
    return [left, right, above, sill, glass]


def _in_the_way(thing: Mesh, stand: Stand) -> bool:
    """Whether it stands where cameras do, or close before them."""
    middle = (thing.vertices.amin(0) + thing.vertices.amax(0)).numpy() / 2 - np.array(stand.focus)
    azimuth = (np.degrees(np.arctan2(middle[1], middle[0])) - stand.azimuth + 180) % 360 - 180
    far = float(np.linalg.norm(middle[:2]))
    return bool(far > 0.45 * stand.distance and abs(azimuth) < stand.spread + 25)
