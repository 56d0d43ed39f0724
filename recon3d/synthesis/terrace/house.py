"""The farmhouse behind the terrace: plastered walls with stone corners, shutters, a door, a roof of barrel tiles."""

from __future__ import annotations

import dataclasses

import numpy as np

from recon3d.synthesis import shapes
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Surface, merged
from recon3d.synthesis.terrace import stuff
from recon3d.synthesis.terrace.roof import Roof

Array = np.ndarray

WIDTH, DEPTH, EAVE, RIDGE = 9.6, 6.0, 4.5, 6.1
FRONT = -DEPTH / 2
_DOOR, _WINDOWS = -0.6, ((-3.1, 1.35), (2.4, 1.35), (-3.1, 3.45), (-0.6, 3.45), (2.4, 3.45))


def placed(surface: Surface) -> Surface:
    """From the frame of the house (middle of its floor, front towards -y) to the world."""
    return surface.turned(7.0).at(1.6, 13.8, -0.05)


def parts(spacing: float) -> list[Part]:
    """The whole house. It is seen from six metres or more, so its vertices are farther apart."""
    step = 2.5 * spacing
    local = [
        Part(_walls(step), stuff.house_plaster()),
        Part(_stonework(step), stuff.quoin_stone()),
        Part(_roof(1.2 * spacing), stuff.roof_tiles()),
        Part(_woodwork(step), stuff.oak()),
        Part(_shutters(step), stuff.shutters()),
        Part(_panes(step), stuff.dark_glass()),
        Part(_door(step), stuff.door_wood()),
    ]
    return [dataclasses.replace(part, surface=placed(part.surface)) for part in local]


def _walls(step: float) -> Surface:
    """Four walls, two gables and a chimney."""
    body = shapes.box((WIDTH, DEPTH, EAVE), step, 0.03).at(0, 0, EAVE / 2)
    chimney = shapes.box((0.75, 0.6, 1.9), step, 0.03).at(2.6, 0.7, RIDGE + 0.1)
    y = np.linspace(-DEPTH / 2, DEPTH / 2, int(DEPTH / step))
    low = np.stack([0 * y, y, 0 * y + EAVE - 0.1], -1)
    high = low + np.stack([0 * y, 0 * y, 0.11 + (RIDGE - EAVE) * (1 - np.abs(y) / (DEPTH / 2))], -1)
    gable = shapes.plate(low, high, np.array([0.28, 0, 0]), step)
    return merged([body, chimney, *(gable.at(x, 0, 0) for x in (-WIDTH / 2 + 0.15, WIDTH / 2 - 0.15))])


def _stonework(step: float) -> Surface:
    """Quoins at the corners, frames around door and windows, a doorstep, a plinth, the top of the chimney."""
    pieces = []
    for side in (-1, 1):
        for k in range(12):
            long = 0.55 if k % 2 else 0.32
            stone = shapes.box((long, 0.10, 0.36), step, 0.02)
            pieces.append(stone.at(side * (WIDTH / 2 - long / 2 + 0.03), FRONT - 0.012, 0.19 + 0.375 * k))
    for x, z in _WINDOWS:
        pieces.append(shapes.box((1.22, 0.16, 0.14), step, 0.015).at(x, FRONT - 0.03, z - 0.69))
        pieces.append(shapes.box((1.22, 0.12, 0.20), step, 0.015).at(x, FRONT - 0.01, z + 0.70))
    pieces.append(shapes.box((1.62, 0.14, 0.26), step, 0.015).at(_DOOR, FRONT - 0.02, 2.36))
    for side in (-1, 1):
        pieces.append(shapes.box((0.24, 0.13, 2.26), step, 0.015).at(_DOOR + 0.68 * side, FRONT - 0.015, 1.12))
    pieces.append(shapes.box((0.95, 0.8, 0.12), step, 0.02).at(2.6, 0.7, RIDGE + 1.05))
    pieces.append(shapes.box((1.9, 0.7, 0.16), step, 0.02).at(_DOOR, FRONT - 0.35, 0.06))
    pieces.append(shapes.box((WIDTH + 0.06, DEPTH + 0.06, 0.5), step, 0.02).at(0, 0, 0.15))
    return merged([piece.unrolled_at(0.17 * k, 0.31 * k) for k, piece in enumerate(pieces)])


def _roof(step: float) -> Surface:
    overhang = 0.45
    fall = (RIDGE - EAVE) * overhang / (DEPTH / 2)
    roof = Roof(WIDTH + 0.7, DEPTH / 2 + overhang, EAVE - fall + 0.06, RIDGE + 0.06)
    return merged([roof.tiles(step), roof.ridge_tiles(26, 0.11, 2 * step)])


def _woodwork(step: float) -> Surface:
    """Rafter ends under the eave, window frames and glazing bars."""
    rafter = shapes.box((0.09, 0.5, 0.12), step, 0.01)
    upright, across = shapes.box((0.07, 0.08, 1.2), step, 0.008), shapes.box((0.9, 0.08, 0.07), step, 0.008)
    bars = [shapes.box((0.05, 0.06, 1.16), step, 0.006), shapes.box((0.86, 0.06, 0.035), step, 0.006).at(0, 0, 0.1)]
    frame = [across.at(0, 0, 0.57), across.at(0, 0, -0.57), upright.at(0.43, 0, 0), upright.at(-0.43, 0, 0)]
    window = merged(frame + bars)
    rafters = [rafter.at(x, FRONT - 0.2, EAVE - 0.10) for x in np.linspace(-4.7, 4.7, 19)]
    return merged(rafters + [window.at(x, FRONT - 0.02, z) for x, z in _WINDOWS])


def _shutters(step: float) -> Surface:
    """Open against the wall: a frame around slats."""
    frame = [shapes.box((0.08, 0.06, 1.3), step, 0.01).at(x, 0, 0) for x in (-0.23, 0.23)]
    frame += [shapes.box((0.48, 0.06, 0.08), step, 0.01).at(0, 0, z) for z in (-0.61, 0.0, 0.61)]
    slats = [shapes.box((0.42, 0.05, 0.045), step, 0.012).at(0, -0.004, z) for z in np.arange(-0.54, 0.56, 0.09)]
    shutter = merged([*frame, *slats, shapes.box((0.44, 0.03, 1.25), step)])
    return merged([shutter.at(x + side * 0.80, FRONT - 0.035, z) for x, z in _WINDOWS for side in (-1, 1)])


def _panes(step: float) -> Surface:
    return merged([shapes.box((0.84, 0.04, 1.14), step).at(x, FRONT + 0.005, z) for x, z in _WINDOWS])


def _door(step: float) -> Surface:
    """Upright boards."""
    board = shapes.box((0.195, 0.05, 2.2), step, 0.012)
    boards = [board.unrolled_at(0.4 * k, 0.15 * k).at(_DOOR - 0.5 + 0.2 * k, 0, 0) for k in range(6)]
    return merged(boards).at(0, FRONT - 0.01, 1.15)
