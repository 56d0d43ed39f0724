"""Putting copies of pieces where their like belongs: left and right, around an axis, at corners, in rows."""

from __future__ import annotations

import dataclasses

import numpy as np

from recon3d.synthesis.objects.fusing import Piece
from recon3d.synthesis.objects.solids import Solid
from recon3d.synthesis.surface import Number

Array = np.ndarray


def both(piece: Piece, axis: str = "y") -> list[Piece]:
    """The piece and its mirror image."""
    return [piece, piece.mirrored(axis)]


def corners(piece: Piece) -> list[Piece]:
    """The piece and its mirror images in x, in y and in both."""
    return [twin for one in both(piece, "x") for twin in both(one, "y")]


def around(piece: Piece, count: int) -> list[Piece]:
    """The piece `count` times around z, evenly."""
    return [piece.turned("z", 360 / count * k) for k in range(count)]


def row(piece: Piece, count: int, step: tuple[Number, Number, Number]) -> list[Piece]:
    """The piece `count` times, every one a step further; the row's middle is where the piece was."""
    shifts = (np.arange(count) - (count - 1) / 2)[:, None] * np.asarray(step, float)
    return [piece.at(*shift) for shift in shifts]


def merged(solids: list[Solid]) -> Solid:
    """Solids that do not touch as one, for warps that take them together."""
    starts = np.cumsum([0, *(len(s.vertices) for s in solids[:-1])])
    return Solid(
        np.concatenate([s.vertices for s in solids]),
        np.concatenate([s.faces + start for s, start in zip(solids, starts, strict=True)]),
        np.concatenate([s.rest for s in solids]),
    )


def resting_on(solid: Solid, z: Number) -> Solid:
    """The solid shifted up or down until its lowest point is at height z."""
    return solid.at(0, 0, z - float(solid.vertices[:, 2].min()))


def moved_rest(solid: Solid, shift: Array) -> Solid:
    """The solid with its material shifted, so that its copies do not look alike."""
    return dataclasses.replace(solid, rest=solid.rest + shift)
