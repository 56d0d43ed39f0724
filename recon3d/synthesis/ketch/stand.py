"""The stand: a moulded walnut board, two cradles cut to the hull, and a brass plate."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis import shapes
from recon3d.synthesis.ketch import hull, stuff
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Surface, merged

Array = np.ndarray

_TOP = -0.345  # height of the board


def parts(spacing: float) -> list[Part]:
    """The whole stand."""
    plate = shapes.box((0.24, 0.006, 0.034), spacing, 0.002).at(0.0, -0.219, _TOP - 0.040)
    return [Part(_board(spacing), stuff.walnut()), Part(_cradles(spacing), stuff.walnut()), Part(plate, stuff.brass())]


def _board(spacing: float) -> Surface:
    """Two boards, the lower one wider, with a rounded step between them, on four feet."""
    pieces = [
        shapes.box((1.22, 0.38, 0.03), spacing, 0.012).at(0, 0, _TOP - 0.012),
        shapes.box((1.28, 0.435, 0.045), spacing, 0.012).at(0, 0, _TOP - 0.042),
    ]
    foot = shapes.lathe([(0, -0.02), (0.026, -0.02), (0.034, -0.008), (0.030, 0.004), (0, 0.004)], 0.7 * spacing)
    pieces += [foot.at(x, y, _TOP - 0.068) for x in (-0.57, 0.57) for y in (-0.165, 0.165)]
    return merged(pieces)


def _cradles(spacing: float) -> Surface:
    """Boards across the ship whose upper edge is the hull's own section, each on a foot and cut out to an arch."""
    pieces = []
    for x in (-0.38, 0.38):
        share = np.linspace(0, 0.42, int(0.25 / spacing))[:, None]
        port = hull.section(np.array([x]), share)[:, 0]
        edge = np.concatenate([port[::-1] * [1, -1, 1], port[1:]]) - [0, 0, 0.002]
        across = edge[:, 1] / edge[:, 1].max()
        floor = _TOP + 0.002 + 0.045 * np.clip(1 - (across / 0.62) ** 2, 0, 1) ** 0.5
        lower = np.stack([edge[:, 0], 0.94 * edge[:, 1], floor], -1)
        pieces.append(shapes.plate(lower, edge, np.array([0.035, 0, 0]), spacing))
        pieces.append(shapes.box((0.06, 0.36, 0.014), spacing, 0.005).at(x, 0, _TOP + 0.007))
    return merged(pieces)
