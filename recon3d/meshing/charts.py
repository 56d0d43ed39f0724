"""A surface cut into charts: connected parts that lie flat, with little stretch, if they are seen from one direction.

Every face goes to the one of the six axes that it faces best, unless its neighbours outvote it; what then hangs
together is a chart. That is coarser than what packages for texture artists do, and takes a fraction of the time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Array = np.ndarray

AXES = np.concatenate([np.eye(3), -np.eye(3)])
LEAST_FACING = 0.2
"""Cosine of the steepest angle at which a face lies in a chart: it is stretched by one over this."""
ROUNDS, PERSUASION = 8, 0.7
"""How often neighbours vote, and how much the votes of all of them count beside the cosine."""
SMALL = 1e-3
"""Charts with less of the surface than this share go to their neighbours, where those can take them."""


class Borders(NamedTuple):
    """Pairs of faces that share an edge, and how long it is."""

    first: Int[Array, " e"]
    second: Int[Array, " e"]
    length: Float[Array, " e"]

    def votes(self, labels: Int[Array, " f"], trusted: Array | None = None) -> Float[Array, "f 6"]:
        """For every face, which shares of its outline border on the labels; on those of trusted faces only."""
        count, total = len(labels), np.zeros((len(labels), len(AXES)))
        around = np.full(count, 1e-30)
        for here, there in ((self.first, self.second), (self.second, self.first)):
            weight = self.length if trusted is None else self.length * trusted[there]
            total += np.bincount(here * 6 + labels[there], weight, 6 * count).reshape(count, 6)
            around += np.bincount(here, self.length, count)
        return total / around[:, None]


class Shape(NamedTuple):
    """Triangles as charts are cut of them."""

    normals: Float[Array, "f 3"]
    areas: Float[Array, " f"]
    borders: Borders


def cut_into_charts(vertices: Float[Array, "n 3"], faces: Int[Array, "f 3"]) -> Int[Array, " f"]:
    """The number of every face's chart, from 0 without gaps."""
    shape = shape_of(vertices, faces)
    facing = shape.normals @ AXES.T
    labels, open_to = facing.argmax(1), facing > LEAST_FACING
    for _ in range(ROUNDS):
        labels = np.where(open_to, facing + PERSUASION * shape.borders.votes(labels), facing - 1).argmax(1)
    for _ in range(ROUNDS):
        charts = connected_parts(labels, shape.borders)
        large = np.bincount(charts, shape.areas) >= SMALL * shape.areas.sum()
        votes = np.where(open_to, shape.borders.votes(labels, large[charts]), 0)
        moving = ~large[charts] & (votes.max(1) > 0)
        if not moving.any():
            break
        labels = np.where(moving, votes.argmax(1), labels)
    return connected_parts(labels, shape.borders)


def shape_of(vertices: Float[Array, "n 3"], faces: Int[Array, "f 3"]) -> Shape:
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    twice = np.linalg.norm(normals, axis=1)
    return Shape(normals / np.maximum(twice, 1e-30)[:, None], twice / 2, borders_of(vertices, faces))


def borders_of(vertices: Float[Array, "n 3"], faces: Int[Array, "f 3"]) -> Borders:
    """Of faces that share vertices. Where more than two meet in an edge, they border in turn."""
    ends = np.sort(np.stack([faces, np.roll(faces, -1, 1)], -1).reshape(-1, 2), 1)
    edges = ends[:, 0].astype(np.int64) * len(vertices) + ends[:, 1]
    order = np.argsort(edges, kind="stable")
    same = np.nonzero(edges[order][1:] == edges[order][:-1])[0]
    first, second = order[same], order[same + 1]
    length = np.linalg.norm(vertices[ends[first, 0]] - vertices[ends[first, 1]], axis=1)
    return Borders(first // 3, second // 3, length)


def connected_parts(labels: Int[Array, " f"], borders: Borders) -> Int[Array, " f"]:
    """Numbers of the parts of a surface that hang together and have one label."""
    same = labels[borders.first] == labels[borders.second]
    pairs = borders.first[same], borders.second[same]
    joined = coo_array((np.ones(len(pairs[0]), bool), pairs), shape=(len(labels),) * 2)
    return connected_components(joined, directed=False)[1]
