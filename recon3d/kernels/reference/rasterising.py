"""Triangles seen by one pinhole camera: hard visibility, no gradient.

Olano and Greer, "Triangle Scan Conversion using 2D Homogeneous Coordinates" (1997). With corners p, q, r as pixel
coordinates times depth, (u z, v z, z), the pixel d = (u, v, 1) shows the triangle where the edge functions d . (q x r),
d . (r x p) and d . (p x q) have the sign of det[p q r]. They are in proportion to the weights of the corners, and det
over their sum is the depth. Nothing is divided by a corner's depth, so triangles may reach behind the camera.

All is computed in float64, and term by term: then the edge functions of two triangles are exact negatives of each other
along an edge that they share, and no pixel falls between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from recon3d.kernels.interface import Camera, Rasterised

PAIRS_AT_ONCE = 1 << 20
"""Bounds the memory: more pairs of a face and a pixel are tried in turn."""
SLACK = 1e-2
"""Pixels by which a face's bounding box is widened against rounding."""
NOTHING = torch.iinfo(torch.int64).max


class Triangles(NamedTuple):
    """Faces ready for `try_pixels`, all float64. Row i of `edges` is the edge function that vanishes opposite to corner
    i, with the sign that makes it positive inside."""

    edges: Float[Tensor, "f 3 3"]
    determinant: Float[Tensor, " f"]
    nearest: Float[Tensor, " f"]
    farthest: Float[Tensor, " f"]

    def at(self, faces: Int[Tensor, " n"]) -> Triangles:
        return Triangles(*(tensor[faces] for tensor in self))


@torch.no_grad()
def rasterise(
    vertices: Float[Tensor, "n 3"], faces: Int[Tensor, "f 3"], camera: Camera, near: float = 0.01
) -> Rasterised:
    """The nearest face, from either side, at the centre of every pixel; of faces at one depth the first.

    A centre on an edge belongs to the face. Faces with corners that are not finite are left out, and so is whatever is
    nearer than `near` (> 0, in world units). Raises ValueError for cameras other than pinholes.
    """
    corners = _transformed(pixels_from_world(camera).to(vertices.device), vertices.double())[faces.long()]
    triangles = set_up(corners)
    best = torch.full((camera.height * camera.width,), NOTHING, device=vertices.device)
    for face, x, y in _pairs(bounding_boxes(corners, camera, near)):
        inside, _, depth = try_pixels(triangles.at(face), x, y)
        shown = torch.nonzero(inside & (depth >= near)).squeeze(-1)
        # Depths as whole numbers in the same order, the face below them, so that the least is the first nearest face.
        key = depth[shown].float().view(torch.int32).long() << 32 | face[shown]
        best.scatter_reduce_(0, y[shown] * camera.width + x[shown], key, "amin")
    return _resolved(best.view(camera.height, camera.width), triangles, vertices.dtype)


def pixels_from_world(camera: Camera) -> Float[Tensor, "3 4"]:
    """Takes homogeneous world points to (u z, v z, z), in float64. ValueError for cameras other than pinholes."""
    if camera.projection != "pinhole":
        raise ValueError(f"triangles are rasterised for pinhole cameras only, not {camera.projection}")
    return camera.intrinsics.detach().double() @ camera.camera_from_world.detach()[:3].double()


def set_up(corners: Float[Tensor, "f 3 3"]) -> Triangles:
    """Of faces with the given corners, (u z, v z, z)."""
    following, preceding = corners[:, [1, 2, 0]], corners[:, [2, 0, 1]]
    edges = _cross(following, preceding)
    x, y, z = (corners[:, 0] * edges[:, 0]).unbind(-1)
    determinant = x + y + z
    sign = determinant.sign()
    depths = corners[..., 2]
    return Triangles(edges * sign[:, None, None], determinant * sign, depths.amin(-1), depths.amax(-1))


def bounding_boxes(corners: Float[Tensor, "f 3 3"], camera: Camera, near: float) -> Int[Tensor, "f 4"]:
    """Pixels (left, top, right, bottom) that may show each face: the whole picture for faces that reach nearer than
    `near`, none for those that are nowhere farther."""
    depths = corners[..., 2]
    places = corners[..., :2] / depths[..., None] - 0.5
    size = torch.tensor([camera.width, camera.height], device=corners.device)
    crossing = (depths < near).any(-1, keepdim=True)
    low = torch.where(crossing, 0, (places.amin(1) - SLACK).ceil())
    high = torch.where(crossing, size, (places.amax(1) + SLACK).floor() + 1)
    seen = corners.isfinite().all(-1).all(-1) & (depths >= near).any(-1)
    low, high = low.nan_to_num().clamp_min(0).minimum(size), high.nan_to_num().clamp_min(0).minimum(size)
    return torch.cat([low, torch.where(seen[:, None], high.maximum(low), low)], -1).long()


def try_pixels(
    triangles: Triangles, x: Int[Tensor, " n"], y: Int[Tensor, " n"]
) -> tuple[Bool[Tensor, " n"], Float[Tensor, "n 3"], Float[Tensor, " n"]]:
    """Whether each triangle covers its pixel's centre, and the weights of its corners and the depth there."""
    a, b, c = triangles.edges.unbind(-1)
    values = a * (x + 0.5)[:, None] + (b * (y + 0.5)[:, None] + c)
    total = values[:, 0] + values[:, 1] + values[:, 2]
    share = 1 / total
    # Of a triangle seen almost from its edge the depth is noise, but never beyond that of its corners.
    depth = (triangles.determinant * share).maximum(triangles.nearest).minimum(triangles.farthest)
    return (values >= 0).all(-1) & (total > 0), values * share[:, None], depth


def _pairs(boxes: Int[Tensor, "f 4"]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Every face with every pixel (x, y) of its box, some at a time."""
    left, top, right, bottom = boxes.unbind(-1)
    ends = torch.cumsum((right - left) * (bottom - top), 0)
    total = int(ends[-1]) if len(ends) else 0
    for start in range(0, total, PAIRS_AT_ONCE):
        pair = torch.arange(start, min(start + PAIRS_AT_ONCE, total), device=boxes.device)
        face = torch.searchsorted(ends, pair, right=True)
        width = (right - left)[face]
        place = pair - ends[face] + width * (bottom - top)[face]
        yield face, left[face] + place % width, top[face] + place // width


def _resolved(best: Int[Tensor, "h w"], triangles: Triangles, dtype: torch.dtype) -> Rasterised:
    """What the winners show at their pixels."""
    y, x = torch.nonzero(best != NOTHING, as_tuple=True)
    face = best[y, x] & 0xFFFFFFFF
    faces = best.new_full(best.shape, -1, dtype=torch.int32)
    weights, depth = best.new_zeros(*best.shape, 3, dtype=dtype), best.new_zeros(best.shape, dtype=dtype)
    _, shares, depths = try_pixels(triangles.at(face), x, y)
    faces[y, x], weights[y, x], depth[y, x] = face.int(), shares.to(dtype), depths.to(dtype)
    return Rasterised(faces, weights, depth)


def _cross(a: Float[Tensor, "*n 3"], b: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3"]:
    """As torch.linalg.cross, but without fused operations: _cross(a, b) is exactly -_cross(b, a)."""
    (ax, ay, az), (bx, by, bz) = a.unbind(-1), b.unbind(-1)
    return torch.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], -1)


def _transformed(matrix: Float[Tensor, "3 4"], points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
    """As a matrix product, but the same bits for the same point wherever it stands."""
    x, y, z = points.unbind(-1)
    return torch.stack([row[0] * x + row[1] * y + row[2] * z + row[3] for row in matrix], -1)
