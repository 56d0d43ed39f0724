"""What stands on deck: cabin, skylight, hatch, windlass, wheel, barrels, rope, lanterns; and the flags above."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis import shapes
from recon3d.synthesis.ketch import hull, stuff
from recon3d.synthesis.ketch.rig import MAIN, MIZZEN
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Number, Point, Surface, merged

Array = np.ndarray

_PORTHOLES = (-0.28, -0.20, -0.12)
_BARRELS = ((0.30, -0.12), (0.36, -0.10), (0.00, 0.14))


def parts(spacing: float) -> list[Part]:
    """All fittings."""
    return [
        Part(_trunks(spacing), stuff.cream_paint()),
        Part(_woodwork(spacing), stuff.mahogany()),
        Part(_barrels(spacing), stuff.pine()),
        Part(_brass(spacing), stuff.brass()),
        Part(_ironwork(spacing), stuff.iron()),
        Part(_coils(spacing), stuff.hemp()),
        Part(_flags(spacing), stuff.flag_cloth()),
    ]


def _on_deck(x: Number, y: Number = 0) -> Point:
    height = float(hull.deck_height(np.array([x]))[0])
    return x, y, height + 0.012 * (1 - (y / 0.22) ** 2)


def _standing(surface: Surface, x: Number, y: Number = 0, raised: Number = 0) -> Surface:
    """The piece with its local origin on deck."""
    x, y, z = _on_deck(x, y)
    return surface.at(x, y, z + raised)


def _trunks(spacing: float) -> Surface:
    """Walls of the cabin and of the hatch."""
    cabin = shapes.box((0.27, 0.19, 0.085), spacing, 0.006)
    hatch = shapes.box((0.15, 0.15, 0.05), spacing, 0.005)
    return merged([_standing(cabin, -0.20, 0, 0.03), _standing(hatch, 0.43, 0, 0.012)])


def _woodwork(spacing: float) -> Surface:
    """Roofs, doors, fife rail, windlass, tiller."""
    pieces = [
        _standing(shapes.box((0.30, 0.215, 0.014), spacing, 0.006), -0.20, 0, 0.078),
        _standing(shapes.box((0.09, 0.085, 0.026), spacing, 0.008), -0.235, 0, 0.096),
        _standing(shapes.box((0.008, 0.06, 0.07), spacing, 0.002), -0.337, 0, 0.035),
        _standing(shapes.box((0.165, 0.165, 0.012), spacing, 0.005), 0.43, 0, 0.04),
        _standing(shapes.box((0.012, 0.13, 0.010), spacing, 0.003), MAIN - 0.045, 0, 0.055),
        *(_standing(shapes.box((0.012, 0.012, 0.06), spacing, 0.003), MAIN - 0.045, y, 0.03) for y in (-0.055, 0.055)),
        *(_standing(shapes.box((0.022, 0.018, 0.07), spacing, 0.004), 0.60, y, 0.03) for y in (-0.05, 0.05)),
        _turned([(0, -0.06), (0.014, -0.06), (0.022, -0.02), (0.022, 0.02), (0.014, 0.06), (0, 0.06)], spacing, 0.60),
    ]
    return merged([*pieces, _wheel(spacing)])


def _turned(profile: list[tuple[Number, Number]], spacing: float, x: float) -> Surface:
    """A turned drum lying across the ship."""
    on_its_side = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
    return _standing(shapes.lathe(profile, 0.6 * spacing).moved(on_its_side), x, 0, 0.045)


def _wheel(spacing: float) -> Surface:
    """The steering wheel on its post: a rim and eight spokes that reach past it as handles."""
    pieces = [shapes.tube(shapes.circle(0.040, 0), 0.0055, 0.006)]
    for a in np.arange(8) * np.pi / 4:
        pieces.append(shapes.rod((0, 0, 0), (0, 0.058 * np.cos(a), 0.058 * np.sin(a)), 0.0035, 0.006))
    post = shapes.box((0.03, 0.05, 0.06), spacing, 0.008)
    return merged([_standing(merged(pieces), -0.66, 0, 0.065), _standing(post, -0.685, 0, 0.03)])


def _barrels(spacing: float) -> Surface:
    staves = [(0, 0), (0.024, 0), (0.029, 0.02), (0.030, 0.035), (0.029, 0.05), (0.024, 0.07), (0, 0.068)]
    barrel = shapes.lathe(staves, 0.6 * spacing)
    return merged([_standing(barrel, x, y) for x, y in _BARRELS])


def _brass(spacing: float) -> Surface:
    """Frames of the portholes, hoops of the barrels, the bell and the lanterns on the rails."""
    frame = shapes.tube(shapes.circle(0.017, 1), 0.0045, 0.006)
    pieces = [_standing(frame, x, 0, 0.036).at(0, y, 0) for x in _PORTHOLES for y in (-0.098, 0.098)]
    hoops = []
    for low, r in ((0.012, 0.0285), (0.052, 0.0295)):
        hoop = [(r - 0.002, low), (r, low), (r, low + 0.007), (r - 0.002, low + 0.007)]
        hoops.append(shapes.lathe(hoop, 0.6 * spacing))
    pieces += [_standing(merged(hoops), x, y) for x, y in _BARRELS]
    bell = [(0, 0.01), (0.014, 0.0), (0.017, 0.0), (0.011, 0.012), (0.008, 0.028), (0, 0.03)]
    pieces.append(_standing(shapes.lathe(bell, 0.005), MAIN - 0.045, 0.0, 0.065))
    lantern = [(0, 0), (0.013, 0), (0.010, 0.006), (0.010, 0.022), (0.013, 0.026), (0.004, 0.038), (0, 0.038)]
    for side in (-1.0, 1.0):
        x, y, z = hull.rail(np.array([-0.45]), side)[0]
        pieces.append(shapes.lathe(lantern, 0.5 * spacing).at(x, y, z + 0.01))
    return merged(pieces)


def _ironwork(spacing: float) -> Surface:
    """Glass of the portholes, seen as dark discs; the stove pipe; the anchor at the bow."""
    glass = shapes.rod((0, -0.0012, 0), (0, 0.0012, 0), 0.0165, 0.006)
    pieces = [_standing(glass, x, 0, 0.036).at(0, y, 0) for x in _PORTHOLES for y in (-0.0955, 0.0955)]
    pipe = shapes.rod((0, 0, 0.07), (0, 0, 0.15), 0.009, 0.6 * spacing)
    hood = shapes.rod((0, 0, 0.15), (0, 0, 0.157), 0.015, 0.6 * spacing)
    return merged([*pieces, _standing(merged([pipe, hood]), -0.13, 0.06), _anchor(spacing)])


def _anchor(spacing: float) -> Surface:
    """Hung below the rail on the starboard bow."""
    top = hull.rail(np.array([0.62]), -1.0, -0.022, 0.02)[0]
    low = hull.rail(np.array([0.60]), -1.0, -0.012, 0.125)[0]
    arms = [low + np.array([d, -0.004 - 0.2 * abs(d), 0.045 * (d / 0.05) ** 2]) for d in np.linspace(-0.05, 0.05, 11)]
    stock = [top + np.array([0.0, 0.0, -0.012]) + d * np.array([1.0, -0.15, 0.1]) for d in (-0.04, 0.04)]
    shank = np.linspace(top, low, 14)
    return merged([shapes.tube(np.array(path), 0.0055, 0.6 * spacing) for path in (shank, arms, stock)])


def _coils(spacing: float) -> Surface:
    """Coiled rope on the foredeck and by the mizzen."""
    turns = np.linspace(0, 4 * 2 * np.pi, 160)
    radius = 0.020 + 0.0065 * turns / (2 * np.pi)
    flat = np.stack([radius * np.cos(turns), radius * np.sin(turns), np.full_like(turns, 0.008)], -1)
    coil = shapes.tube(flat, 0.0045, 0.006)
    return merged([_standing(coil, 0.53, 0.02), _standing(coil, -0.44, -0.10)])


def _flags(spacing: float) -> Surface:
    """A swallow-tailed pennant at the main truck and a small square flag at the mizzen peak."""
    pennant = _flag((MAIN + 0.026, 0.0, 1.262), 0.24, (0.036, 0.006), spacing)
    ensign = _flag((MIZZEN, 0.0, 0.795), 0.11, (0.055, 0.055), spacing)
    return merged([pennant, ensign])


def _flag(hoist: Point, length: float, heights: tuple[float, float], spacing: float) -> Surface:
    """Cloth that waves aft of its hoist, from the first to the second height."""
    s = np.linspace(0, 1, int(length / spacing) * 2)[None, :]
    t = np.linspace(0, 1, 6)[:, None]
    height = heights[0] + s * (heights[1] - heights[0])
    wave = 0.018 * s**0.6 * np.sin(9 * length * s / 0.24 + 0.5)
    x, z = -length * s * 0.97 + 0 * t, -t * height - 0.012 * s
    turned = np.radians(14)
    points = np.stack([x * np.cos(turned), -x * np.sin(turned) + wave + 0 * t, z], -1)
    return shapes.grid(points + np.array(hoist))
