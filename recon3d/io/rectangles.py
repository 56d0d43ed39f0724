"""Rectangles of pixels: the largest in which all are good, and the smallest around all good ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int


class Window(NamedTuple):
    """A rectangle of whole pixels: the picture's columns left .. left + width - 1, and likewise its rows."""

    left: int
    top: int
    width: int
    height: int


EMPTY = Window(0, 0, 0, 0)


def largest_window(
    good: Bool[np.ndarray, "h w"], columns: Int[np.ndarray, " w"], rows: Int[np.ndarray, " h"]
) -> Window:
    """The window of largest area whose samples are all good; EMPTY where there are no four neighbouring ones.

    The picture is sampled at those rising columns and rows. Row by row, `heights` counts the good pixels above each
    column; the largest window that stands on a row is found from them with a stack, in time linear in the samples.
    """
    best = EMPTY
    cells = good[:-1, :-1] & good[1:, :-1] & good[:-1, 1:] & good[1:, 1:]
    heights = np.zeros(len(columns) - 1, dtype=np.int64)
    for i, good_cells in enumerate(cells):
        heights = np.where(good_cells, heights + rows[i + 1] - rows[i], 0)
        left, width, height = _largest_under(heights.tolist(), columns.tolist())
        if (width + 1) * (height + 1) > best.width * best.height and height > 0:
            best = Window(left, int(rows[i + 1]) - height, width + 1, height + 1)
    return best


def _largest_under(heights: list[int], edges: list[int]) -> tuple[int, int, int]:
    """(left, width, height) of the largest rectangle under a bar chart; bar i spans edges[i] to edges[i + 1]."""
    best = (0, 0, 0)
    rising: list[tuple[int, int]] = []  # (left, height) of the bars that may still extend to the right
    for edge, height in zip(edges, [*heights, 0], strict=True):
        left = edge
        while rising and rising[-1][1] >= height:
            left, bar = rising.pop()
            if bar and (bar + 1) * (edge - left + 1) > (best[1] + 1) * (best[2] + 1):
                best = (left, edge - left, bar)
        rising.append((left, height))
    return best


def bounding_window(
    good: Bool[np.ndarray, "h w"], columns: Int[np.ndarray, " w"], rows: Int[np.ndarray, " h"]
) -> Window:
    """The smallest window around the good samples; EMPTY where there are none."""
    if not good.any():
        return EMPTY
    across, down = columns[good.any(0)], rows[good.any(1)]
    left, top = int(across[0]), int(down[0])
    return Window(left, top, int(across[-1]) - left + 1, int(down[-1]) - top + 1)
