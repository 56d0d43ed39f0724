"""The well: a ring of stone, a windlass between two posts, a tiled roof, a rope and a bucket."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis import shapes
from recon3d.synthesis.materials import Material
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Surface, merged
from recon3d.synthesis.terrace import stuff
from recon3d.synthesis.terrace.roof import Roof

Array = np.ndarray

_RIM = 0.80  # height of the wall
_AXLE = 1.42  # height of the windlass
_ROOF = Roof(length=2.04, half=0.78, eave=1.90, ridge=2.42)
_BUCKET = (0.12, -0.66, _RIM + 0.035)


def parts(spacing: float) -> list[Part]:
    """Everything that belongs to the well."""
    fine = 0.7 * spacing
    tiles = merged([_ROOF.tiles(fine), _ROOF.ridge_tiles(9, 0.08, fine)])
    return [
        Part(_ring(spacing), stuff.well_stone()),
        Part(_rim_and_step(0.8 * spacing), stuff.cap_stone()),
        Part(_frame(spacing), stuff.oak()),
        Part(tiles, stuff.roof_tiles()),
        Part(_ceiling(spacing), stuff.grey_wood()),
        Part(_ropes(fine), stuff.rope()),
        Part(_bucket(fine), stuff.door_wood()),
        Part(_ironwork(fine), stuff.iron()),
    ]


def _relief(surface: Surface, material: Material, spacing: float) -> Surface:
    return surface.displaced(material.texture.height_at(surface.uv, spacing))


def _ring(spacing: float) -> Surface:
    """The wall, outside and in, down to the dark."""
    around = 4 * stuff.WELL_STONE
    outside = shapes.lathe([(0.77, -0.05), (0.755, 0.4), (0.75, _RIM - 0.06)], 0.8 * spacing, around)
    inside = shapes.lathe([(0.52, _RIM - 0.06), (0.52, -1.6)], spacing, around)
    bottom = shapes.lathe([(0.54, -1.58), (0.0, -1.57)], 3 * spacing)
    return merged([*(_relief(wall, stuff.well_stone(), spacing) for wall in (outside, inside)), bottom])


def _rim_and_step(spacing: float) -> Surface:
    """The ring of dressed stones on top of the wall and the one at its foot."""
    low, high = _RIM - 0.07, _RIM + 0.03
    rim = [(0.50, low), (0.86, low), (0.86, _RIM), (0.83, high), (0.53, high), (0.50, _RIM), (0.50, low)]
    step = [(1.16, -0.05), (1.16, 0.09), (1.14, 0.11), (0.7, 0.11)]
    rings = [shapes.lathe(rim, spacing, 4.8), shapes.lathe(step, spacing, 7.2)]
    return merged([_relief(ring, stuff.cap_stone(), spacing) for ring in rings])


def _frame(spacing: float) -> Surface:
    """Posts on the rim, the windlass with its grip, and the timbers under the roof."""
    post = shapes.box((0.11, 0.11, 1.42), spacing, 0.012).at(0, 0, _RIM + 0.68)
    brace = shapes.rod((0, 0.02, 1.62), (0, 0.36, 2.02), 0.032, spacing)
    rafter = shapes.rod((0, 0.0, _ROOF.ridge - 0.07), (0, 0.70, _ROOF.eave - 0.01), 0.035, spacing)
    truss = merged([brace, rafter, brace.turned(180), rafter.turned(180)])
    pieces = [piece.at(x, 0, 0) for x in (-0.68, 0.68) for piece in (post, truss)]
    pieces += [truss_end.at(x, 0, 0) for x in (-0.93, 0.93) for truss_end in (rafter, rafter.turned(180))]
    pieces.append(shapes.box((1.9, 0.09, 0.10), spacing, 0.010).at(0, 0, _ROOF.ridge - 0.10))
    pieces += [shapes.box((1.9, 0.07, 0.07), spacing, 0.010).at(0, y, _ROOF.eave + 0.09) for y in (-0.52, 0.52)]
    pieces.append(shapes.rod((-0.62, 0, _AXLE), (0.62, 0, _AXLE), 0.075, spacing))
    pieces.append(shapes.rod((0.90, 0.16, _AXLE - 0.17), (1.06, 0.16, _AXLE - 0.17), 0.022, 0.6 * spacing))
    return merged(pieces)


def _ceiling(spacing: float) -> Surface:
    """Boards under the tiles, seen from below, and along the two gable ends."""
    boards = _ROOF.slope(spacing, lift=-0.015).flipped()
    edge = shapes.box((0.03, 0.95, 0.085), spacing, 0.004)
    pitch = float(np.arctan2(_ROOF.ridge - _ROOF.eave, _ROOF.half))
    c, s = np.cos(pitch), np.sin(pitch)
    middle = (0.0, -_ROOF.half / 2, (_ROOF.eave + _ROOF.ridge) / 2 - 0.005)
    raised = edge.moved(np.array([[1, 0, 0, 0], [0, c, -s, 0], [0, s, c, 0], [0, 0, 0, 1.0]])).at(*middle)
    half = merged([boards, *(raised.at(x, 0, 0) for x in (-1.025, 1.025))])
    return merged([half, half.turned(180)])


def _ropes(spacing: float) -> Surface:
    """Turns around the drum, and the end that leads to the bucket on the rim."""
    turn = np.linspace(0, 9 * 2 * np.pi, 9 * 24)
    x = np.linspace(-0.16, 0.14, len(turn))
    coil = np.stack([x, 0.089 * np.cos(turn), _AXLE + 0.089 * np.sin(turn)], -1)
    fall = shapes.curve([(0.14, -0.089, _AXLE), (0.15, -0.16, 1.25), (0.13, -0.36, 1.16), (0.12, -0.60, 1.235)], 0.02)
    return merged([shapes.tube(coil, 0.014, spacing), shapes.tube(fall, 0.013, spacing)])


def _bucket(spacing: float) -> Surface:
    """Staves: open above, with a floor inside."""
    profile = [(0, 0.0), (0.105, 0.0), (0.135, 0.25), (0.122, 0.25), (0.096, 0.03), (0, 0.03)]
    return shapes.lathe(profile, spacing).at(*_BUCKET)


def _ironwork(spacing: float) -> Surface:
    """Hoops and handle of the bucket; the crank of the windlass."""
    pieces = []
    for low, r in ((0.03, 0.110), (0.19, 0.130)):
        hoop = [(r - 0.005, low), (r + 0.002, low), (r + 0.005, low + 0.028), (r - 0.003, low + 0.028)]
        pieces.append(shapes.lathe(hoop, spacing).at(*_BUCKET))
    angle = np.linspace(0, np.pi, 24)
    arch = np.stack([0.132 * np.cos(angle), 0.06 * np.sin(angle), 0.24 + 0.16 * np.sin(angle)], -1)
    pieces.append(shapes.tube(arch, 0.007, spacing).at(*_BUCKET))
    crank = [(0.60, 0, _AXLE), (0.90, 0, _AXLE), (0.90, 0.16, _AXLE - 0.17), (1.04, 0.16, _AXLE - 0.17)]
    pieces.append(shapes.tube(shapes.resampled(np.array(crank), 0.03), 0.016, spacing))
    return merged(pieces)
