"""Around the terrace: a dry stone wall on the valley side, pots, a bench, a watering can, a basket of lemons."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis import shapes
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Surface, merged
from recon3d.synthesis.terrace import stuff

Array = np.ndarray

_WALL = 6.35  # radius of the wall
_ARCS = ((196.0, 262.0), (282.0, 346.0))  # from where to where it runs (degrees); the path leaves through the gap
# Pots: (x, y), radius at the rim. What grows in them is planted by `plants`.
LEMON_POTS = (((4.55, 3.35), 0.36), ((-5.15, -1.9), 0.36))
LAVENDER_POTS = (((1.28, -0.62), 0.20), ((-5.0, -0.75), 0.24), ((5.35, 2.55), 0.25))
GERANIUM_POTS = (((-1.22, -0.55), 0.17), ((-1.42, -0.20), 0.13), ((3.75, 4.25), 0.22), ((5.15, -1.2), 0.24))
_BENCH, _BENCH_TURN = (-4.55, 2.75), 58.0


def parts(spacing: float) -> list[Part]:
    """Everything made by hand except well and house."""
    pots = (*LEMON_POTS, *LAVENDER_POTS, *GERANIUM_POTS)
    return [
        Part(_wall(1.2 * spacing), stuff.dry_stone()),
        Part(_copings(1.2 * spacing), stuff.cap_stone()),
        Part(merged([_pot(radius, spacing).at(x, y, 0.0) for (x, y), radius in pots]), stuff.terracotta()),
        Part(merged([_earth(radius, spacing).at(x, y, 0.0) for (x, y), radius in pots]), stuff.soil()),
        Part(_bench(spacing).turned(_BENCH_TURN).at(*_BENCH, 0.0), stuff.grey_wood()),
        Part(_watering_can(spacing).turned(200).at(0.95, -1.35, 0.0), stuff.zinc()),
        Part(_basket(spacing).turned(_BENCH_TURN).at(*_on_bench(0.42), 0.47), stuff.rope()),
        Part(_lemons(spacing).turned(_BENCH_TURN).at(*_on_bench(0.42), 0.47), stuff.lemon_skin()),
    ]


def _on_bench(along: float) -> tuple[float, float]:
    a = np.radians(_BENCH_TURN)
    return _BENCH[0] + along * np.cos(a), _BENCH[1] + along * np.sin(a)


def pot_height(radius: float) -> float:
    """Height of a pot with that radius at its rim."""
    return 1.55 * radius


def _wall(spacing: float) -> Surface:
    pieces = []
    relief = stuff.dry_stone().texture
    for start, end in _ARCS:
        angle = np.radians(np.linspace(end, start, int(_WALL * np.radians(end - start) / spacing)))
        z = np.linspace(-0.7, 0.56, int(1.26 / spacing))[:, None]
        for radius, a in ((_WALL - 0.2, angle), (_WALL + 0.2, angle[::-1])):
            points = np.stack(np.broadcast_arrays(radius * np.cos(a), radius * np.sin(a), z), -1)
            face = shapes.grid(points)
            pieces.append(face.displaced(relief.height_at(face.uv, spacing)))
        for degrees in (start, end):
            closing = shapes.box((0.44, 0.10, 1.26), spacing, 0.03).at(_WALL, 0, -0.07)
            pieces.append(closing.turned(degrees))
    return merged(pieces)


def _copings(spacing: float) -> Surface:
    """Flat stones of different lengths on top of the wall."""
    rng = np.random.default_rng(90)
    stones = []
    for start, end in _ARCS:
        at = start - 0.5
        while at < end:
            long = rng.uniform(4.2, 6.4)
            size = (rng.uniform(0.49, 0.56), _WALL * np.radians(long) - 0.012, rng.uniform(0.078, 0.102))
            stone = shapes.box(size, spacing, 0.022).turned(rng.uniform(-1.2, 1.2)).at(_WALL, 0, 0.605)
            stone = stone.unrolled_at(*rng.uniform(0, 1.2, 2)).tinted(np.full(3, rng.uniform(0.82, 1.1)))
            stones.append(stone.turned(at + long / 2))
            at += long
    return merged(stones)


def _pot(radius: float, spacing: float) -> Surface:
    """Thrown, with a rolled rim and a band below it."""
    profile = np.array(
        [
            [0.0, 0.0], [0.62, 0.0], [0.68, 0.03], [0.80, 0.55], [0.89, 1.05], [0.93, 1.08], [0.93, 1.13], [0.90, 1.17],
            [0.93, 1.34], [1.00, 1.38], [1.02, 1.46], [1.00, 1.55], [0.92, 1.55], [0.88, 1.46], [0.84, 1.30],
        ]
    )  # fmt: skip
    return shapes.lathe([(float(r), float(z)) for r, z in radius * profile], 0.8 * spacing)


def _earth(radius: float, spacing: float) -> Surface:
    return shapes.lathe([(0.87 * radius, 1.36 * radius), (0.4 * radius, 1.42 * radius), (0.0, 1.43 * radius)], spacing)


def _bench(spacing: float) -> Surface:
    """Slats on two trestles; it faces +y turned by the caller."""
    pieces = [shapes.box((1.7, 0.085, 0.035), spacing, 0.008).at(0, y, 0.45) for y in (-0.16, -0.055, 0.05, 0.155)]
    pieces += [shapes.box((1.7, 0.03, 0.10), spacing, 0.008).at(0, 0.27 + 0.03 * k, 0.62 + 0.15 * k) for k in range(3)]
    for x in (-0.70, 0.70):
        pieces.append(shapes.box((0.07, 0.07, 0.44), spacing, 0.010).at(x, -0.16, 0.21))
        pieces.append(shapes.box((0.07, 0.42, 0.06), spacing, 0.010).at(x, 0.02, 0.41))
        post = shapes.resampled(np.array([[x, 0.20, 0.0], [x, 0.23, 0.45], [x, 0.36, 1.0]]), spacing)
        pieces.append(shapes.tube(post, 0.032, spacing))
        pieces.append(shapes.box((0.06, 0.48, 0.04), spacing, 0.012).at(x, 0.02, 0.66))
        pieces.append(shapes.box((0.05, 0.05, 0.22), spacing, 0.010).at(x, -0.17, 0.54))
    return merged([piece.unrolled_at(0.23 * k, 0.125 * k) for k, piece in enumerate(pieces)])


def _watering_can(spacing: float) -> Surface:
    """Body, spout with a rose, two handles."""
    fine = 0.7 * spacing
    body = shapes.lathe(
        [(0, 0), (0.115, 0), (0.12, 0.01), (0.118, 0.24), (0.10, 0.265), (0.05, 0.275), (0.0, 0.27)], fine
    )
    spout = shapes.tube(shapes.curve([(0.10, 0, 0.05), (0.24, 0, 0.19), (0.36, 0, 0.34)], fine), 0.018, fine)
    rose = shapes.rod((0.355, 0, 0.335), (0.40, 0, 0.385), 0.042, fine)
    back = shapes.tube(
        shapes.curve([(-0.05, 0, 0.27), (-0.17, 0, 0.30), (-0.20, 0, 0.18), (-0.115, 0, 0.06)], fine), 0.011, fine
    )
    top = shapes.tube(
        shapes.curve([(0.06, 0, 0.26), (0.04, 0, 0.36), (-0.06, 0, 0.37), (-0.08, 0, 0.26)], fine), 0.010, fine
    )
    return merged([body, spout, rose, back, top])


def _basket(spacing: float) -> Surface:
    """Woven rings of rope, with a handle across."""
    rings = []
    for k in range(7):
        ring = shapes.circle(0.125 + 0.010 * k, 2, 60)
        ring[:, 2] = 0.02 + 0.022 * k + 0.003 * np.sin(np.pi / 2 * np.arange(61) + np.pi * k)
        rings.append(shapes.tube(ring, 0.013, 0.6 * spacing))
    arch = np.linspace(0, np.pi, 24)
    handle = np.stack([0.19 * np.cos(arch), 0 * arch, 0.15 + 0.20 * np.sin(arch)], -1)
    floor = shapes.lathe([(0.13, 0.012), (0.0, 0.014)], spacing)
    return merged([*rings, shapes.tube(handle, 0.012, 0.6 * spacing), floor])


def lemon(spacing: float) -> Surface:
    """A lemon along z, 9 cm long, with a nipple at its end."""
    t = np.linspace(0, np.pi, 12)
    radius = 0.032 * np.sin(t) ** 0.85
    z = -0.038 * np.cos(t) + 0.008 * np.maximum(0, -np.cos(t)) ** 12
    return shapes.lathe([(float(r), float(h)) for r, h in zip(radius, z, strict=True)], spacing)


def _lemons(spacing: float) -> Surface:
    """A heap in the basket and two that rolled out."""
    rng = np.random.default_rng(91)
    pieces = []
    for k in range(16):
        a, r = 2.4 * k, 0.028 * np.sqrt(k)
        pieces.append(
            _tipped(lemon(0.8 * spacing), rng).at(r * np.cos(a), r * np.sin(a), 0.17 - 0.35 * r + 0.02 * rng.uniform())
        )
    pieces += [_tipped(lemon(0.8 * spacing), rng).at(x, y, 0.035) for x, y in ((-0.30, 0.02), (-0.36, -0.09))]
    return merged(pieces)


def _tipped(surface: Surface, rng: np.random.Generator) -> Surface:
    """Lying in some direction."""
    q = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn = np.eye(4)
    turn[:3, :3] = q * np.sign(np.linalg.det(q))
    return surface.moved(turn)
