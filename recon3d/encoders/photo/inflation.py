"""A first guess at an object's shape from its silhouette: as thick as it is wide, locally."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import distance_transform_edt, maximum_filter
from torch import Tensor

REACH = 0.25
"""Share of the picture's side across which a part is taken to be of one width."""


def half_thickness(alpha: Float[Tensor, "s s"]) -> Float[Tensor, "s s"]:
    """How far the object reaches towards the camera and away from it, in shares of the picture's side, were every part
    of it round: half of a circle's chord at that distance from the silhouette's edge (after Igarashi et al. 1999,
    "Teddy")."""
    inside = alpha.detach().cpu().numpy() > 0.5
    from_edge = distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    radius = maximum_filter(from_edge, max(3, round(REACH * len(alpha))))
    chord = np.sqrt(from_edge * (2 * radius - from_edge)) / len(alpha)
    return torch.from_numpy(chord).to(alpha)
