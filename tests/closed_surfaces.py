"""What the tests of objects ask of surfaces."""

from __future__ import annotations

import numpy as np


def is_closed(vertices: np.ndarray, faces: np.ndarray) -> bool:
    """Every edge is gone along as often one way as the other; vertices at the same place count as one."""
    place = np.unique(vertices, axis=0, return_inverse=True)[1].reshape(-1)
    corners = place[faces]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    keys = edges[:, 0] * len(place) + edges[:, 1]
    back = edges[:, 1] * len(place) + edges[:, 0]
    return bool((np.sort(keys) == np.sort(back)).all())
