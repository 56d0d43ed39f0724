"""A mesh's surface laid out flat in a square: what other programs call UV unwrapping."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from recon3d import kernels
from recon3d.errors import BadInput
from recon3d.meshing.charts import LEAST_FACING, Shape, connected_parts, cut_into_charts, shape_of
from recon3d.meshing.packing import packed
from recon3d.types import Mesh

Array = np.ndarray

ROUNDS = 6
"""How often charts that do not lie flat are cut once more."""
POINTS_PER_SIDE = 8
"""Of a face's outline, at which texels are painted that lie within no face."""
OUTLINE = 1e-3
"""Barycentric weight below which a texel is on a face's outline, which may belong to its neighbour as well."""


class Unwrapped(NamedTuple):
    """A mesh cut along the borders of its charts: vertices there are repeated, once per chart."""

    source: Int[Tensor, " m"]
    """The vertex of the whole mesh that each one is."""
    faces: Int[Tensor, "f 3"]
    texels: Float[Tensor, "m 2"]
    """Where each lies in the square, in texels from the left and from the lower side."""


class Flat(NamedTuple):
    """Charts, each looked at along its own direction and turned to fill its rectangle, with as much area as the surface
    has there."""

    source: Int[Array, " m"]
    faces: Int[Array, "f 3"]
    chart: Int[Array, " m"]
    places: Float[Array, "m 2"]
    heights: Float[Array, " m"]

    def sizes(self) -> Float[Array, "c 2"]:
        sizes = np.zeros((self.chart.max() + 1, 2))
        np.maximum.at(sizes, self.chart, self.places)
        return sizes


def unwrapped(mesh: Mesh, side: int, padding: int) -> Unwrapped:
    """A bare mesh laid out without overlaps in a square of `side` texels, with at least twice `padding` texels between
    charts. Raises BadInput where the square is too small for all charts."""
    vertices, faces = mesh.vertices.double().numpy(), mesh.faces.numpy()
    shape, charts = shape_of(vertices, faces), cut_into_charts(vertices, faces)
    for rounds_left in range(ROUNDS, -1, -1):
        flat = laid_flat(vertices, faces, charts, shape)
        unfit = _reversed(flat)
        if len(unfit) == 0 or rounds_left == 0:
            texels = _in_square(flat, side, padding)
            unfit = _covered(flat, texels, side)
            if len(unfit) == 0 or rounds_left == 0:
                break
        apart = charts.copy()
        apart[unfit] += charts.max() + 1
        charts = connected_parts(apart, shape.borders)
    source, corners = torch.from_numpy(flat.source), torch.from_numpy(flat.faces)
    return Unwrapped(source, corners, torch.from_numpy(texels).float())


def _in_square(flat: Flat, side: int, padding: int) -> Float[Array, "m 2"]:
    """Where the vertices lie in the square, in texels."""
    packing = packed(flat.sizes(), side, padding)
    if packing is None:
        raise BadInput("texture", "is too small for a surface in so many pieces", "raise --paint.size")
    return flat.places * packing.scale + packing.corners[flat.chart]


def laid_flat(vertices: Float[Array, "n 3"], faces: Int[Array, "f 3"], charts: Int[Array, " f"], shape: Shape) -> Flat:
    """Every chart seen along the mean of its normals."""
    keys, corners = np.unique(charts[:, None] * len(vertices) + faces, return_inverse=True)
    chart, source = np.divmod(keys, len(vertices))
    corners = corners.reshape(faces.shape)
    right, up, towards = _frames(charts, shape)
    points = vertices[source]
    places = np.stack([(points * axis[chart]).sum(1) for axis in (right, up)], 1)
    flat_areas = np.bincount(charts, shape.areas * np.abs((shape.normals * towards[charts]).sum(1)))
    growth = np.sqrt(np.bincount(charts, shape.areas) / np.maximum(flat_areas, 1e-30)).clip(1, 1 / LEAST_FACING)
    places = _turned(places * growth[chart, None], chart)
    return Flat(source, corners, chart, places, (points * towards[chart]).sum(1))


def _frames(charts: Int[Array, " f"], shape: Shape) -> tuple[Array, Array, Array]:
    """Axes of the charts: rightwards, upwards, towards the eye."""
    weighted = shape.normals * shape.areas[:, None]
    towards = np.stack([np.bincount(charts, weighted[:, i]) for i in range(3)], 1)
    towards = _unit(towards)
    right = _unit(np.cross(np.where(np.abs(towards[:, :1]) < 0.6, np.eye(3)[0], np.eye(3)[1]), towards))
    return right, np.cross(towards, right), towards


def _unit(vectors: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
    """Of length 1, or 0 where there is no direction."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1), 1e-30)[:, None]


def _turned(places: Float[Array, "m 2"], chart: Int[Array, " m"]) -> Float[Array, "m 2"]:
    """Each chart in the least rectangle around it, long side to the right, lower left corner at the origin."""
    result = np.empty_like(places)
    order = np.argsort(chart, kind="stable")
    for some in np.split(order, np.nonzero(np.diff(chart[order]))[0] + 1):
        (_, (width, height), degrees) = cv2.minAreaRect(places[some].astype(np.float32))
        angle = np.radians(degrees + (90 if height > width else 0))
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        turned = places[some] @ turn.T
        result[some] = turned - turned.min(0)
    return result


def _reversed(flat: Flat) -> Int[Array, " k"]:
    """Faces that are seen from behind, and must leave their charts."""
    (ax, ay), (bx, by), (cx, cy) = flat.places[flat.faces].transpose(1, 2, 0)
    return np.nonzero((bx - ax) * (cy - ay) < (by - ay) * (cx - ax))[0]


def _covered(flat: Flat, texels: Float[Array, "m 2"], side: int) -> Int[Array, " k"]:
    """Faces that lie below another face of their chart, as far as texels tell, and must leave it."""
    depth = 1 + (flat.heights.max() - flat.heights) / max(float(np.ptp(flat.heights)), 1e-30)
    above = shown_faces(texels, flat.faces, side, depth)
    below = shown_faces(texels, flat.faces, side, 3 - depth)
    within = torch.minimum(above.weights, below.weights).amin(-1) > OUTLINE
    return np.unique(below.faces[within & (above.faces != below.faces)].numpy())


def painted_faces(flat: Unwrapped, side: int) -> kernels.Rasterised:
    """Which face every texel shows, and where in it; row 0 is the lowest. Texels that only a face's outline runs
    through show that, so that thin faces are painted too."""
    shown = shown_faces(flat.texels.numpy(), flat.faces.numpy(), side)
    corners = flat.texels[flat.faces]
    for weights in _outline_points():
        column, row = (corners * weights[:, None]).sum(1).long().clamp(0, side - 1).unbind(-1)
        free = torch.nonzero(shown.faces[row, column] < 0).squeeze(-1)
        shown.faces[row[free], column[free]] = free.int()
        shown.weights[row[free], column[free]] = weights
    return shown


def _outline_points() -> Float[Tensor, "k 3"]:
    """Barycentric weights of points along all sides of a triangle."""
    share = torch.arange(POINTS_PER_SIDE) / POINTS_PER_SIDE
    side = torch.stack([1 - share, share, torch.zeros_like(share)], -1)
    return torch.cat([side.roll(i, 1) for i in range(3)])


def shown_faces(
    texels: Float[Array, "m 2"], faces: Int[Array, "f 3"], side: int, depth: Float[Array, " m"] | float = 1.0
) -> kernels.Rasterised:
    """Which face every texel's centre shows, the nearest one where there are several; row 0 is the lowest."""
    depths = np.broadcast_to(depth, len(texels))
    vertices = np.concatenate([texels * depths[:, None], depths[:, None]], 1)
    camera = kernels.Camera(torch.eye(4), torch.eye(3), side, side)
    return kernels.rasterise(torch.from_numpy(vertices.astype(np.float32)), torch.from_numpy(faces), camera)
