"""How far a surface is from DTU's scanned one, in millimetres.

The mesh is sampled every 0.2 mm (`even_samples`) and cut to the box from BB[0] - 60 mm to BB[1] + 120 mm. Accuracy is
the mean distance to the scan of those samples that lie where the scanner could see (the ObsMask); completeness is the
mean distance to all those samples of the scan's points above the table (the Plane). Distances from 20 mm on are left
out of both means. The Chamfer distance is the mean of the two. What has no ObsMask is not cut, what has no Plane is
complete only with its table; such numbers are not the published ones.

Source: `eval.py` of jzhangbs/DTUeval-python, after the evaluation of Jensen et al. 2014. Its shuffle has no seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial import cKDTree

from recon3d.metrics.even_samples import even_samples
from recon3d.types import Mesh

NAME = "dtu-surface"
SCANS = (24, 37, 40, 55, 63, 65, 69, 83, 97, 105, 106, 110, 114, 118, 122)
SPARSE_SETS = ((23, 24, 33), (43, 42, 44))
"""The pictures, counted from 0, of the two sets of 3 views of SparseNeuS and VolRecon; a score is the mean of both."""

SPACING, FARTHEST = 0.2, 20.0
BELOW, ABOVE = 60.0, 120.0
"""How far beyond either corner of the box there may be anything; millimetres, all four."""

Points = Float[np.ndarray, "n 3"]


@dataclass(frozen=True)
class Observed:
    """Where the scanner could see: cells of `size` mm, the first one's middle at `low`; the box ends at `high`."""

    cells: Bool[np.ndarray, "x y z"]
    low: Float[np.ndarray, "3"]
    high: Float[np.ndarray, "3"]
    size: float

    def near(self, points: Points) -> Bool[np.ndarray, " n"]:
        """Which points lie in the widened box."""
        return np.asarray(((points >= self.low - BELOW) & (points < self.high + ABOVE)).all(-1))

    def seen(self, points: Points) -> Bool[np.ndarray, " n"]:
        """Which points lie in cells that the scanner could see."""
        cells = np.rint((points - self.low) / self.size).astype(np.int64)
        inside = ((cells >= 0) & (cells < self.cells.shape)).all(-1)
        seen = np.zeros(len(points), bool)
        seen[inside] = self.cells[tuple(cells[inside].T)]
        return seen


@dataclass(frozen=True)
class Scan:
    """The truth in DTU's frame, mm. A point p is above the table where plane . (p, 1) > 0."""

    points: Points
    observed: Observed | None = None
    plane: Float[np.ndarray, "4"] | None = None

    def above_the_table(self) -> Float[np.ndarray, "m 3"]:
        if self.plane is None:
            return self.points
        return self.points[self.points @ self.plane[:3] + self.plane[3] > 0]


def surface_scores(mesh: Mesh, scan: Scan, seed: int = 0) -> dict[str, float]:
    """`accuracy`, `completeness` and `chamfer` in mm, of a mesh in DTU's frame; the same for the same seed. NaN where
    there is nothing within 20 mm.

    Raises ValueError for a mesh so large that it cannot be in millimetres.
    """
    samples = even_samples(mesh, SPACING, np.random.default_rng(seed))
    if scan.observed is not None:
        samples = samples[scan.observed.near(samples)]
    seen = samples if scan.observed is None else samples[scan.observed.seen(samples)]
    accuracy, completeness = mean_distance(seen, scan.points), mean_distance(scan.above_the_table(), samples)
    return {"accuracy": accuracy, "completeness": completeness, "chamfer": (accuracy + completeness) / 2}


def mean_distance(points: Points, others: Float[np.ndarray, "m 3"]) -> float:
    """From the points to the nearest of the others, the mean of those below 20 mm; NaN where there are none."""
    if len(points) == 0 or len(others) == 0:
        return float("nan")
    distances = cKDTree(others).query(points, distance_upper_bound=FARTHEST, workers=-1)[0]
    near = distances[distances < FARTHEST]
    return float(near.mean()) if len(near) else float("nan")
