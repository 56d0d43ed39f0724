"""The sails, with the ropes sewn to them: boltropes round their edges, reef points across."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from recon3d.synthesis import shapes
from recon3d.synthesis.ketch import stuff
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Point, Surface, merged

Array = np.ndarray

MAIN_MAST, MIZZEN_MAST = 0.20, -0.53  # where the masts stand
STAYSAIL_TACK, JIB_TACK = 0.77, 1.11


@dataclass(frozen=True)
class Sail:
    """A sail between tack, clew, peak and throat (throat = peak for a triangle), drawn amidships.

    It is turned by `swing` degrees to port about the upright through x = `pivot`, and filled to port by `belly`.
    """

    corners: tuple[Point, Point, Point, Point]
    swing: float
    pivot: float
    belly: float
    reefs: tuple[float, ...] = ()

    def points(self, s: Float[Array, "*n"], t: Float[Array, "*n"]) -> Float[Array, "*n 3"]:
        """Points from luff (s = 0) to leech (1) and from foot (t = 0) to head (1)."""
        tack, clew, peak, throat = (np.array(corner) for corner in self.corners)
        s, t = s[..., None], t[..., None]
        flat = (1 - t) * ((1 - s) * tack + s * clew) + t * ((1 - s) * throat + s * peak)
        # Deepest a little before the middle; the foot hangs in a curve.
        depth = self.belly * 4 * s**0.8 * (1 - s) * (1 - 0.7 * t) * np.minimum(1, 0.4 + 3 * t)
        sag = 0.03 * (1 - t) ** 3 * 4 * s * (1 - s)
        return swung(flat + depth * np.array([0, 1.0, 0]) - sag * np.array([0, 0, 1.0]), self.swing, self.pivot)

    def cloth(self, spacing: float) -> Surface:
        """The sheet; its strips of cloth run up and down."""
        tack, clew, peak, _ = (np.array(corner) for corner in self.corners)
        columns, rows = (int(np.linalg.norm(edge) / spacing) + 2 for edge in (clew - tack, peak - clew))
        s, t = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows), indexing="xy")
        points = self.points(s, t)
        return shapes.grid(points, np.stack([points[..., 0] - 0.12 * points[..., 2], points[..., 2]], -1))

    def boltrope(self, spacing: float) -> Surface:
        """The rope around the edge."""
        along, fixed = np.linspace(0, 1, int(0.7 / spacing)), np.ones(int(0.7 / spacing))
        around = [(along, 0 * fixed), (fixed, along), (1 - along, fixed), (0 * fixed, 1 - along)]
        edges = [self.points(s, t) for s, t in around]
        return merged(
            [shapes.tube(edge, 0.0034, spacing) for edge in edges if np.linalg.norm(edge[-1] - edge[0]) > 0.01]
        )

    def reef_points(self) -> list[Surface]:
        """Short ends hanging on both sides, in rows."""
        ends = []
        for t in self.reefs:
            for s in np.linspace(0.08, 0.92, 9):
                knot = self.points(np.array(s), np.array(t))
                for side in (-1, 1):
                    end = shapes.rod((0, 0.004 * side, 0), (0, 0.010 * side, -0.034), 0.0026, 0.008)
                    ends.append(end.at(*knot))
        return ends


def swung(points: Float[Array, "*n 3"], degrees: float, pivot: float) -> Float[Array, "*n 3"]:
    """Points turned about the upright through x = `pivot`, what is behind it to port."""
    a = np.radians(-degrees)
    x, y = points[..., 0] - pivot, points[..., 1]
    return np.stack([pivot + np.cos(a) * x - np.sin(a) * y, np.sin(a) * x + np.cos(a) * y, points[..., 2]], -1)


_MAIN_CORNERS = ((0.17, 0, 0.165), (-0.40, 0, 0.185), (-0.235, 0, 0.93), (0.17, 0, 0.70))
_MIZZEN_CORNERS = ((-0.55, 0, 0.205), (-0.93, 0, 0.225), (-0.81, 0, 0.70), (-0.55, 0, 0.55))
_STAYSAIL_CORNERS = ((0.77, 0, 0.255), (0.31, 0, 0.19), (0.255, 0, 0.76), (0.255, 0, 0.76))
_JIB_CORNERS = ((1.11, 0, 0.315), (0.47, 0, 0.30), (0.27, 0, 1.02), (0.27, 0, 1.02))
_TOPSAIL_CORNERS = ((0.165, 0, 0.745), (-0.215, 0, 0.965), (0.165, 0, 1.20), (0.165, 0, 1.20))

MAINSAIL = Sail(_MAIN_CORNERS, 11.0, MAIN_MAST, 0.075, (0.17, 0.32))
MIZZEN = Sail(_MIZZEN_CORNERS, 13.0, MIZZEN_MAST, 0.055, (0.22,))
STAYSAIL = Sail(_STAYSAIL_CORNERS, 12.0, STAYSAIL_TACK, 0.065)
JIB = Sail(_JIB_CORNERS, 10.0, JIB_TACK, 0.085)
TOPSAIL = Sail(_TOPSAIL_CORNERS, 11.0, MAIN_MAST, 0.022)


def parts(spacing: float) -> list[Part]:
    """Three tanned sails, two pale ones, and their ropes."""
    tanned, pale = (MAINSAIL, MIZZEN, STAYSAIL), (JIB, TOPSAIL)
    ropes = [sail.boltrope(spacing) for sail in tanned + pale] + [end for sail in tanned for end in sail.reef_points()]
    return [
        Part(merged([sail.cloth(spacing) for sail in tanned]), stuff.tanned_cloth()),
        Part(merged([sail.cloth(spacing) for sail in pale]), stuff.pale_cloth()),
        Part(merged(ropes), stuff.hemp()),
    ]
