"""What becomes of a raw surface before it is painted."""

from __future__ import annotations

from recon3d.meshing.cleaning import simplified, without_specks
from recon3d.meshing.solids import made_solid
from recon3d.types import Mesh

SPECK = 0.01
"""Pieces with fewer faces than this share of the largest one's are dropped."""


def finished(mesh: Mesh, faces: int, watertight: bool) -> Mesh:
    """A bare mesh without specks, thinned out to so many faces (0 keeps all), and a solid where that is asked for.

    Raises as `made_solid`.
    """
    mesh = without_specks(mesh, SPECK)
    if faces:
        mesh = simplified(mesh, faces)
    return without_specks(made_solid(mesh), SPECK) if watertight else mesh
