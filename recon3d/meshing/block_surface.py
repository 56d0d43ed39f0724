"""The surface in blocks of voxels, where the distance is 0: marching cubes on bricks of many blocks, joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from skimage.measure import marching_cubes
from torch import Tensor

from recon3d.meshing.blocks import SIDE, VOXELS, Blocks, Grid
from recon3d.types import Mesh

BRICK = 8
"""Blocks along the side of a brick."""
NODES = BRICK * SIDE + 1
"""Along a brick's side: the last ones are the first of the next brick."""
LEAST = 1e-4
"""Distances nearer to 0 are moved away from it, so that no vertex lies on a node, where several edges meet."""

Array = np.ndarray
Fill = Callable[[Int[Tensor, "n 3"]], Float[Tensor, " n"]]
"""The distance in blocks, by their coordinates, that have no voxels: NaN for unknown."""


class Brick(NamedTuple):
    """Distances at the nodes of a cube of blocks, NaN where unknown; its first node is voxel `first`."""

    first: Int[Tensor, "3"]
    distances: Float[Tensor, "n n n"]


def surface_of(
    grid: Grid, blocks: Blocks, distances: Float[Tensor, "b 512"], fill: Fill | None = None
) -> tuple[Float[Tensor, "v 3"], Int[Tensor, "f 3"]]:
    """Vertices and faces, counter-clockwise seen from where distances are positive.

    `distances` are NaN where nothing is known; there is no surface in cells of eight nodes that are not all known.
    Bricks place the vertices on a common side at the very same places, by which they are joined.
    """
    places, corners, count = [], [], 0
    for brick in _bricks(blocks, distances, fill):
        found = _marched(brick.distances.numpy())
        if found is not None:
            places.append(found[0].astype(np.float64) + brick.first.numpy())
            corners.append(found[1] + count)
            count += len(found[0])
    if not places:
        return torch.zeros(0, 3), torch.zeros(0, 3, dtype=torch.int64)
    joined, number = _joined(np.concatenate(places))
    faces = number[np.concatenate(corners)]
    vertices = torch.from_numpy(joined) * grid.side + grid.origin
    return vertices.float(), torch.from_numpy(faces)


def _bricks(blocks: Blocks, distances: Tensor, fill: Fill | None) -> Iterator[Brick]:
    """All that hold a block, or a block's neighbour below along any axis: its cells reach into that block."""
    holding = blocks.coordinates[:, None] - torch.cartesian_prod(*[torch.arange(2)] * 3)
    slots = torch.cartesian_prod(*[torch.arange(BRICK + 1)] * 3)
    for corner in holding.view(-1, 3).div(BRICK, rounding_mode="floor").unique(dim=0) * BRICK:
        rows = blocks.rows(corner + slots)
        held = rows >= 0
        nodes = torch.full((len(slots), VOXELS), torch.nan)
        nodes[held] = distances[rows[held]]
        if fill is not None:
            nodes[~held] = fill((corner + slots)[~held])[:, None]
        cube = nodes.view(*[BRICK + 1] * 3, *[SIDE] * 3).permute(0, 3, 1, 4, 2, 5).reshape(*[(BRICK + 1) * SIDE] * 3)
        yield Brick(corner * SIDE, cube[:NODES, :NODES, :NODES])


def _marched(distances: Float[Array, "n n n"]) -> tuple[Array, Array] | None:
    """Vertices in steps of the grid and faces; None for none."""
    known = ~np.isnan(distances)
    cells = _whole(known)
    values = np.where(known, distances, 1).astype(np.float32)
    values = np.where(np.abs(values) < LEAST, np.where(values < 0, -LEAST, LEAST), values).astype(np.float32)
    if not cells.any() or values.min() > 0 or values.max() < 0:
        return None
    vertices, faces, _, _ = marching_cubes(values, 0.0, gradient_direction="descent")
    cell = np.floor(vertices[faces].mean(1)).astype(np.int64)
    kept = faces[cells[tuple(cell.T)]]
    used, compact = np.unique(kept, return_inverse=True)
    return (vertices[used], compact.reshape(-1, 3)) if len(used) else None


def _whole(known: Bool[Array, "n n n"]) -> Bool[Array, "m m m"]:
    """Cells whose eight nodes are known."""
    for axis in range(3):
        first, second = (np.take(known, range(i, known.shape[axis] - 1 + i), axis) for i in (0, 1))
        known = first & second
    return known


def _joined(places: Float[Array, "n 3"]) -> tuple[Float[Array, "m 3"], Int[Array, " n"]]:
    """The places without repetitions, and which of them each one is."""
    exact = np.ascontiguousarray(places).view(np.dtype((np.void, 24))).ravel()
    _, first, number = np.unique(exact, return_index=True, return_inverse=True)
    return places[first], number.reshape(-1)


def mesh_of(vertices: Float[Tensor, "v 3"], faces: Int[Tensor, "f 3"]) -> Mesh:
    """Without faces that have no area because corners fell together."""
    a, b, c = faces.unbind(1)
    return Mesh(vertices, faces[(a != b) & (b != c) & (c != a)])
