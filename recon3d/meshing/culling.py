"""What of a surface is left out because no camera vouches for it: beyond all pictures, or beside the object's masks."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from recon3d.meshing.cleaning import with_faces
from recon3d.types import Cameras, Mesh

GROWN = 0.01
"""Share of a picture's longer side by which its mask is grown before anything is left out."""


def culled(mesh: Mesh, views: Iterable[tuple[Cameras, Bool[Tensor, "h w"] | None]]) -> Mesh:
    """A bare mesh without the faces of which a vertex is in no picture, or in one but outside the mask of the object
    that it has.

    `views` are single pinhole cameras in the mesh's frame, and which pixels show the object, where that is known. The
    mask is grown by a disk of GROWN, as 2DGS (Huang et al. 2024) grows those of DTU.
    """
    reached = torch.zeros(len(mesh.vertices), dtype=torch.bool)
    outside = torch.zeros_like(reached)
    for camera, mask in views:
        within, pixels, _ = (values[0] for values in camera.sees(mesh.vertices.to(camera.world_from_camera)))
        reached |= within
        if mask is not None:
            column, row = pixels[within].long().unbind(-1)
            outside[within] |= ~grown(mask)[row, column]
    return with_faces(mesh, (reached & ~outside)[mesh.faces].all(-1))


def grown(mask: Bool[Tensor, "h w"]) -> Bool[Tensor, "h w"]:
    """By a disk of GROWN."""
    radius = max(1, round(GROWN * max(mask.shape)))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    return torch.from_numpy(cv2.dilate(mask.numpy().astype(np.uint8), disk)).bool()
