"""How alike two surfaces are: Chamfer distance and F-scores, by the protocol of TripoSR (Tochilkin et al. 2024, 4.1).

Both surfaces are sampled at 10,000 points, uniformly by area, independently of each other. Units are those in which the
truth's bounding box is centred on the origin and its longest side reaches from -1 to 1. What the paper leaves open is
meant so: the Chamfer distance is the mean of the two mean distances, from each sample to the nearest one of the other
surface (not squared); the F-score at t is the harmonic mean of precision, the share of the mesh's samples within t of
one of the truth's, and recall, the same the other way.

A photo tells neither where an object is nor how large, so before that the mesh is laid onto the truth by the similarity
(rotation, scale and shift, no mirror) that `registration.registered` finds; without `aligned`, it is compared where it
is. Independent samples of the same surface are not at distance 0 but at 0.5 sqrt(area / 10,000): 0.018 for a sphere.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree

from recon3d.metrics.registration import moved, registered
from recon3d.types import Mesh

Array = np.ndarray

SAMPLES = 10_000
THRESHOLDS = (0.1, 0.2, 0.5)


def mesh_scores(mesh: Mesh, truth: Mesh, aligned: bool = True, seed: int = 0) -> dict[str, float]:
    """`chamfer`, and `f_0.1`, `f_0.2`, `f_0.5`. The same for the same seed.

    Raises ValueError for a mesh without any area.
    """
    generator = np.random.default_rng(seed)
    low, high = _bounds(truth)
    middle, scale = (low + high) / 2, 2 / (high - low).max()
    points, true_points = (scale * (surface_samples(m, SAMPLES, generator) - middle) for m in (mesh, truth))
    if aligned:
        points = moved(registered(points, true_points), points)
    there, back = cKDTree(true_points).query(points)[0], cKDTree(points).query(true_points)[0]
    scores = {"chamfer": float(there.mean() + back.mean()) / 2}
    return scores | {f"f_{t}": f_score(float((there < t).mean()), float((back < t).mean())) for t in THRESHOLDS}


def f_score(precision: float, recall: float) -> float:
    """Their harmonic mean; 0 where both are."""
    return 2 * precision * recall / max(precision + recall, np.finfo(float).tiny)


def surface_samples(mesh: Mesh, count: int, generator: np.random.Generator) -> Float[Array, "n 3"]:
    """Points of the surface, uniform by area, in random order. Raises ValueError where there is no area."""
    corners = mesh.vertices.double().numpy()[mesh.faces.numpy()]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    if not areas.sum() > 0:
        raise ValueError("a mesh without any area has no surface to sample")
    chosen = corners[generator.choice(len(areas), count, p=areas / areas.sum())]
    # Uniform in a triangle (Osada et al. 2002, equation 1).
    root, along = np.sqrt(generator.random((count, 1))), generator.random((count, 1))
    return (1 - root) * chosen[:, 0] + root * (1 - along) * chosen[:, 1] + root * along * chosen[:, 2]


def _bounds(mesh: Mesh) -> tuple[Float[Array, "3"], Float[Array, "3"]]:
    """Lowest and highest coordinates of what the faces use."""
    used = mesh.vertices.double().numpy()[mesh.faces.numpy()].reshape(-1, 3)
    return used.min(0), used.max(0)
