"""Reading tileable pictures at any number of positions."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float

Array = np.ndarray

_WIDTH = 4096  # cv2.remap wants fewer than 32768 rows and columns, so a list of positions is folded into rows


def bilinear(tile: Float[Array, "s s *c"], at: Float[Array, "n 2"]) -> Float[Array, "n c"]:
    """Values of a square float32 tile at (x, y) in units of the tile, which repeats without end; c is 1 to 4."""
    count = len(at)
    rows = max(1, -(-count // _WIDTH))
    folded = np.zeros((rows * _WIDTH, 2), np.float32)
    folded[:count] = (at % 1.0) * len(tile) - 0.5
    where = folded.reshape(rows, _WIDTH, 2)
    # OpenCV's type stubs do not know that the second map may be None.
    values = cv2.remap(tile, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)  # type: ignore[call-overload]
    return np.asarray(values).reshape(rows * _WIDTH, -1)[:count]
