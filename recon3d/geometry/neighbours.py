"""Distances between nearby points."""

from __future__ import annotations

import torch
from jaxtyping import Float
from scipy.spatial import cKDTree
from torch import Tensor


def mean_neighbour_distance(points: Float[Tensor, "n 3"], neighbours: int = 3) -> Float[Tensor, " n"]:
    """Mean distance of each point to its nearest others; 0 where there are no others."""
    count = min(neighbours, len(points) - 1)
    if count < 1:
        return torch.zeros(len(points))
    distances, _ = cKDTree(points.numpy()).query(points.numpy(), count + 1)
    return torch.from_numpy(distances[:, 1:].mean(-1)).to(points)
