"""The hull: its lines as a table of offsets, its planking, deck, bulwark and keel."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from recon3d.synthesis import shapes
from recon3d.synthesis.colours import linear
from recon3d.synthesis.ketch import stuff
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Surface, merged

Array = np.ndarray

# Table of offsets, as shipwrights keep it: station, height of the rail, half breadth at the rail, bottom of the body,
# and how full the section is (1 is a wedge, less is round).
_OFFSETS = np.array(
    [
        [-0.80, 0.135, 0.110, 0.010, 0.75],
        [-0.60, 0.098, 0.168, -0.110, 0.80],
        [-0.30, 0.070, 0.218, -0.185, 0.58],
        [0.00, 0.068, 0.232, -0.205, 0.50],
        [0.30, 0.095, 0.214, -0.200, 0.58],
        [0.58, 0.150, 0.130, -0.175, 0.85],
        [0.72, 0.188, 0.062, -0.140, 1.05],
        [0.80, 0.215, 0.006, -0.060, 1.20],
    ]
)
_LINES = PchipInterpolator(_OFFSETS[:, 0], _OFFSETS[:, 1:])
STERN, BOW = _OFFSETS[0, 0], _OFFSETS[-1, 0]
WATERLINE = -0.045
BULWARK = 0.045


def rail(x: Float[Array, " k"], side: float, inset: float = 0.0, drop: float = 0.0) -> Float[Array, "k 3"]:
    """Points along the rail on one side (+1 port, -1 starboard), moved inboard and down."""
    lines = _LINES(x)
    return np.stack([x, side * np.maximum(lines[:, 1] - inset, 0.0), lines[:, 0] - drop], -1)


def section(x: Float[Array, " n"], share: Float[Array, "m n"]) -> Float[Array, "m n 3"]:
    """Points of the port half of the body; `share` runs from 0 at the keel to 1 at the rail, in height."""
    height, breadth, bottom, fullness = (column[None, :] for column in _LINES(x).T)
    half = breadth * (1 - (1 - share) ** 2.3) ** fullness
    return np.stack([np.broadcast_to(x, half.shape), half, bottom + share * (height - bottom)], -1)


def parts(spacing: float) -> list[Part]:
    """The hull with everything that grows out of it."""
    return [
        Part(_body(spacing), stuff.hull_paint()),
        Part(_transom(spacing), stuff.mahogany()),
        Part(_keel(spacing), stuff.mahogany()),
        Part(_deck(spacing), stuff.deck_planks()),
        Part(_bulwarks(spacing), stuff.cream_paint()),
        Part(_rails(spacing), stuff.mahogany()),
    ]


def _stations(spacing: float, bow: float = BOW) -> Array:
    return np.linspace(STERN, bow, int((bow - STERN) / spacing))


def _body(spacing: float) -> Surface:
    """Bands of paint from the keel up: red below the water, a pale line, blue-green, an ochre strake at the rail."""
    x = _stations(spacing)
    height, bottom = _LINES(x)[:, 0], _LINES(x)[:, 2]
    line = [np.clip((z - bottom) / (height - bottom), 0, 1) for z in (WATERLINE, WATERLINE + 0.014)]
    borders = [0 * x, *line, 1 - 0.031 / (height - bottom), 1 - 0.016 / (height - bottom), 0 * x + 1]
    colours = ["#86392b", "#eadfc4", "#24606a", "#cf9f42", "#24606a"]
    bands = []
    for low, high, colour in zip(borders, borders[1:], colours, strict=False):
        rows = max(2, int((high - low).max() * 0.4 / spacing) + 1)
        # Squared steps at the keel, where the section is nearly flat.
        steps = np.linspace(0, 1, rows)[:, None] ** (1.7 if low is borders[0] else 1.0)
        port = section(x, low + steps * (high - low))
        uv = np.stack([port[..., 0], _girth(port)], -1)
        starboard = port * [1, -1, 1]
        bands += [s.tinted(linear(colour)) for s in (shapes.grid(port[::-1], uv[::-1]), shapes.grid(starboard, uv))]
    return merged(bands)


def _girth(points: Array) -> Array:
    """Where on the planking a point lies, measured around the section from the keel, so that planks run fair."""
    height, breadth, bottom, _ = np.moveaxis(_LINES(points[..., 0]), -1, 0)
    up = (points[..., 2] - bottom) / (height - bottom)
    return np.asarray(0.18 * (up + points[..., 1] / np.maximum(breadth, 1e-3)))


def _transom(spacing: float) -> Surface:
    share = np.linspace(0, 1, int(0.25 / spacing))[:, None]
    port = section(np.array([STERN]), share)[:, 0]
    across = np.linspace(-1, 1, int(0.25 / spacing))[:, None, None]
    points = port * np.concatenate([0 * across + 1, across, 0 * across + 1], -1)
    return shapes.grid(points, points[..., [1, 2]])


def _keel(spacing: float) -> Surface:
    """Keel, stem and sternpost in one plank, and the rudder behind it."""
    x = np.concatenate([np.linspace(-0.79, -0.72, int(0.2 / spacing)), np.linspace(-0.71, 0.815, int(1.5 / spacing))])
    body = _LINES(np.clip(x, STERN, BOW))
    upper = np.stack([x, 0 * x, body[:, 2] + 0.012], -1)
    straight = np.interp(x, [-0.79, -0.72, 0.62, 0.74, 0.80, 0.815], [0.0, -0.265, -0.225, -0.19, -0.10, 0.20])
    lower = np.stack([x, 0 * x, np.minimum(straight, upper[:, 2] - 0.001)], -1)
    stem = shapes.tube(np.array([[0.803, 0, z] for z in np.arange(-0.09, 0.25, spacing)]), 0.013, spacing)
    thickness = np.array([0.0, 0.026, 0.0])
    return merged([shapes.plate(lower, upper, thickness, spacing), stem, _rudder(spacing)])


def _rudder(spacing: float) -> Surface:
    z = np.linspace(-0.262, 0.02, int(0.3 / spacing))
    front = np.stack([-0.7215 - 0.264 * (z + 0.262), 0 * z, z], -1)
    back = front - np.stack([np.interp(z, [-0.262, -0.1, 0.02], [0.11, 0.095, 0.035]), 0 * z, 0 * z], -1)
    blade = shapes.plate(front, back, np.array([0.0, 0.018, 0.0]), spacing)
    stock = shapes.rod((-0.79, 0, -0.02), (-0.812, 0, 0.12), 0.011, spacing)
    return merged([blade, stock])


def deck_height(x: Float[Array, " k"]) -> Float[Array, " k"]:
    """Height of the deck at its edges; its middle is a little higher."""
    return np.asarray(_LINES(x)[:, 0] - BULWARK)


def _deck(spacing: float) -> Surface:
    x, across = _stations(spacing), np.linspace(-1, 1, int(0.46 / spacing))
    half = np.maximum(_LINES(x)[:, 1] - 0.008, 0.0)
    y = across[:, None] * half
    z = deck_height(x) + 0.012 * (1 - across[:, None] ** 2) * np.minimum(half / 0.2, 1)
    points = np.stack([np.broadcast_to(x, y.shape), y, z], -1)
    return shapes.grid(points, points[..., :2])


def _bulwarks(spacing: float) -> Surface:
    """The inner face of the planking above the deck, on both sides and across the stern."""
    sides = []
    share = np.linspace(0, 1, max(3, int(BULWARK / spacing)))[:, None, None]
    for side in (-1.0, 1.0):
        x = _stations(spacing, 0.785)
        low, high = rail(x, side, 0.012, BULWARK + 0.004), rail(x, side, 0.010)
        sides.append(shapes.grid(low + share * (high - low)).facing(np.array([0.0, -side, 0.0])))
    corner = rail(np.array([STERN + 0.012]), 1.0, 0.012)[0]
    y = np.linspace(-corner[1], corner[1], int(2 * corner[1] / spacing))
    across = np.stack([np.full_like(y, corner[0]), y, np.full_like(y, corner[2])], -1)
    low = across - np.array([0, 0, BULWARK + 0.006])
    sides.append(shapes.grid(low + share * (across - low)).facing(np.array([1.0, 0.0, 0.0])))
    return merged(sides)


def _rails(spacing: float) -> Surface:
    """Cap rail, rubbing strake below it, and stanchions inside."""
    pieces = []
    x = _stations(spacing, 0.795)
    for side in (-1.0, 1.0):
        pieces.append(shapes.tube(rail(x, side, 0.004, -0.002), 0.0115, spacing))
        pieces.append(shapes.tube(rail(x, side, -0.001, 0.042), 0.006, spacing))
        for post in rail(np.linspace(-0.7, 0.68, 16), side, 0.016):
            foot, top = post - [0, 0, BULWARK], post
            pieces.append(shapes.tube(shapes.resampled(np.stack([foot, top]), spacing), 0.006, spacing))
    aft = rail(np.array([STERN, STERN]), 1.0, 0.0, -0.002) * [[1, 1, 1], [1, -1, 1]]
    pieces.append(shapes.tube(shapes.resampled(aft, spacing), 0.0115, spacing))
    return merged(pieces)
