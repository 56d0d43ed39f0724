"""Points of a surface at even distances of known length: a grid on every face, thinned out until none are too near."""

from __future__ import annotations

import itertools

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import cKDTree

from recon3d.types import Mesh

Array = np.ndarray
Points = Float[Array, "n 3"]

SAMPLE_LIMIT = 50_000_000
"""A surface that takes more samples is not in the units that the spacing is in."""
AT_ONCE = 2_000_000
"""Places of grids that are looked at together."""
FIRST_BATCH = 50_000


def even_samples(mesh: Mesh, spacing: float, generator: np.random.Generator) -> Points:
    """The vertices and a grid on every face with one point per spacing squared, in random order, each left out that is
    nearer than `spacing` to one before it.

    Raises ValueError where that would be more than SAMPLE_LIMIT points.
    """
    points = np.concatenate([mesh.vertices.double().numpy(), face_grids(mesh, spacing)])
    return thinned(points[generator.permutation(len(points))], spacing)


def face_grids(mesh: Mesh, spacing: float) -> Points:
    """Points on every face: a lattice along two of its sides, whose cells have the area of spacing squared.

    A lattice with equal steps t along sides a and b has cells of t^2 |a x b| / (|a| |b|). The sides are those at the
    first corner, as in DTUeval-python: where they are far from upright on each other, points lie closer one way than
    the other, and fewer are left after thinning. Raises as `even_samples`.
    """
    corners = mesh.vertices.double().numpy()[mesh.faces.numpy()]
    starts, sides = corners[:, 0], corners[:, 1:] - corners[:, :1]
    lengths = np.linalg.norm(sides, axis=-1)
    doubled = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=-1)
    flat = doubled > 1e-12 * lengths.prod(-1)  # a face without area has no inside
    starts, sides, lengths, doubled = (values[flat] for values in (starts, sides, lengths, doubled))
    if doubled.sum() / 2 > SAMPLE_LIMIT * spacing**2:
        raise ValueError(f"the surface takes more than {SAMPLE_LIMIT} points {spacing} apart: is it in millimetres?")
    shares = spacing * np.sqrt(lengths.prod(-1) / doubled)[:, None] / lengths  # a step, as a share of each side
    counts = np.maximum(np.ceil(1 / shares - 0.5), 0).astype(np.int64)
    pieces = [_lattice(starts[s], sides[s], shares[s], counts[s]) for s in _slices(counts.prod(-1))]
    return np.concatenate([np.zeros((0, 3)), *pieces])


def _lattice(
    starts: Points, sides: Float[Array, "n 2 3"], shares: Float[Array, "n 2"], counts: Int[Array, "n 2"]
) -> Float[Array, "m 3"]:
    """The points of those faces' lattices that are inside."""
    places = counts.prod(-1)
    face = np.repeat(np.arange(len(places)), places)
    number = np.arange(len(face)) - np.repeat(np.cumsum(places) - places, places)
    along = (np.stack(np.divmod(number, counts[face, 1]), -1) + 0.5) * shares[face]
    inside = along.sum(-1) < 1
    face, along = face[inside], along[inside]
    return np.asarray(starts[face] + np.einsum("nk,nkd->nd", along, sides[face]))


def _slices(sizes: Int[Array, " n"]) -> list[slice]:
    """Stretches of faces with about AT_ONCE places each; one with more is a stretch of its own."""
    changes = np.flatnonzero(np.diff(np.cumsum(sizes) // AT_ONCE)) + 1
    bounds = [0, *changes.tolist(), len(sizes)]
    return [slice(first, last) for first, last in itertools.pairwise(bounds)]


def thinned(points: Points, spacing: float) -> Float[Array, "m 3"]:
    """The points in their order, without each that is nearer than `spacing` to one that stays before it.

    They are taken in batches as large as what has stayed so far: later ones are mostly ruled out by that.
    """
    spacing *= 1 - 1e-9  # neighbours of one lattice are exactly so far apart, up to rounding
    kept, taken = points[:0], 0
    while taken < len(points):
        batch = points[taken : taken + max(FIRST_BATCH, len(kept))]
        taken += len(batch)
        if len(kept):
            distances = cKDTree(kept).query(batch, distance_upper_bound=spacing, workers=-1)[0]
            batch = batch[~(distances < spacing)]
        kept = np.concatenate([kept, batch[_first_ones(batch, spacing)]])
    return kept


def _first_ones(points: Points, spacing: float) -> Bool[Array, " n"]:
    """Which points stay. In every round those stay that have no undecided neighbour before them, and theirs go."""
    pairs = cKDTree(points).query_pairs(spacing, output_type="ndarray") if len(points) else np.zeros((0, 2), np.int64)
    pairs.sort(axis=1)
    stay, undecided = np.zeros(len(points), bool), np.ones(len(points), bool)
    while undecided.any():
        pairs = pairs[undecided[pairs].all(-1)]
        waiting = np.zeros(len(points), bool)
        waiting[pairs[:, 1]] = True
        chosen = undecided & ~waiting
        stay |= chosen
        undecided &= ~chosen
        undecided[pairs[chosen[pairs[:, 0]], 1]] = False
    return stay
