"""What a single-photo model has to beat: answers that need no learning, or none that looks at the photo.

The mean object is the mean picture of many objects, whatever the photo shows. The inflated silhouette is what the photo
shows, as round as its outline allows, with the photo painted on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.ndimage import distance_transform_edt
from scipy.sparse import coo_array, eye_array
from scipy.sparse.linalg import spsolve
from skimage.measure import marching_cubes
from torch import Tensor

from recon3d.types import Mesh, Rendering, Views

Array = np.ndarray

OUTSIDE = -1.0
"""Squared half thickness of what is not there."""


def mean_object(targets: Iterable[Views]) -> Rendering:
    """The mean colour and alpha of what many objects show to the same cameras."""
    colour, alpha, count = torch.zeros(()), torch.zeros(()), 0
    for views in targets:
        assert views.alpha is not None
        colour, alpha, count = colour + views.images, alpha + views.alpha, count + 1
    return Rendering(colour / count, alpha / count)


def inflated(photo: Views) -> Mesh:
    """A closed surface with `colours`, in the world of the one view's camera and as far from it as the origin is."""
    assert photo.alpha is not None
    inside = photo.alpha[0].numpy() > 0.5
    squared = np.pad(squared_thickness(inside), 1, constant_values=OUTSIDE).T  # column, row
    reach = int(np.ceil(np.sqrt(squared.max()))) + 1
    solid = squared[..., None] - np.arange(-reach, reach + 1.0) ** 2  # column, row, depth: a right-handed grid
    places, faces, _, _ = marching_cubes(solid, 0.0, gradient_direction="ascent")
    pixels, depths = torch.from_numpy(places[:, :2].copy()) - 1, torch.from_numpy(places[:, 2].copy()) - reach
    focal, distance = photo.cameras.intrinsics[0, 0, 0], photo.cameras.centres[0].norm()
    depths = distance * (1 + depths / focal)  # what is a pixel deep is as long as what is a pixel wide
    vertices = photo.cameras.unproject(pixels[None] + 0.5, depths[None])[0]
    return Mesh(vertices.float(), torch.from_numpy(faces.astype(np.int64)), colours_at(photo, inside, pixels))


def squared_thickness(inside: Bool[Array, "h w"]) -> Float[Array, "h w"]:
    """Half the thickness of the inflated silhouette, squared, in pixels; `OUTSIDE` beyond it.

    Its Laplacian is -4 and it vanishes on the outline, so that a disc becomes a ball (Joshi and Carr 2008, "Repousse").
    """
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(inside.sum())
    pairs = (number[:-1], number[1:]), (number[:, :-1], number[:, 1:])
    first, second = np.concatenate([np.stack(pair).reshape(2, -1) for pair in pairs], 1)
    both = (first >= 0) & (second >= 0)
    rows, columns = np.concatenate([first[both], second[both]]), np.concatenate([second[both], first[both]])
    neighbours = coo_array((np.ones(len(rows)), (rows, columns)), shape=(inside.sum(),) * 2)
    squared = np.full(inside.shape, OUTSIDE)
    squared[inside] = spsolve((4 * eye_array(inside.sum()) - neighbours).tocsc(), np.full(inside.sum(), 4.0))
    return squared


def colours_at(photo: Views, inside: Bool[Array, "h w"], pixels: Float[Tensor, "n 2"]) -> Float[Tensor, "n 3"]:
    """The object's own colour at pixels (column, row), or at the nearest that show it."""
    assert photo.alpha is not None
    row, column = distance_transform_edt(~inside, return_indices=True, return_distances=False)
    at = pixels.round().long()
    x, y = (at[:, i].clamp(0, inside.shape[1 - i] - 1).numpy() for i in (0, 1))
    near = torch.from_numpy(row[y, x]).long(), torch.from_numpy(column[y, x]).long()
    return (photo.images[0][near] / photo.alpha[0][near][:, None]).clamp(0, 1)
