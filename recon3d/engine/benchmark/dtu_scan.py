"""DTU's scanned surfaces as the data set publishes them: points, what the scanner could see, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from recon3d.errors import BadInput
from recon3d.io.matlab import read_matlab
from recon3d.io.ply_table import read_ply_header, read_vertices
from recon3d.metrics.dtu_surface import Observed, Scan

POINTS, OBSERVED, PLANE = "Points/stl/stl{0:03d}_total.ply", "ObsMask/ObsMask{0}_10.mat", "ObsMask/Plane{0}.mat"


def find_truth(folders: Sequence[Path], number: int) -> Path:
    """The first of the folders that has the scan's points. Raises BadInput where none has."""
    for folder in folders:
        if (folder / POINTS.format(number)).is_file():
            return folder
    reason = f"holds no {POINTS.format(number)}"
    raise BadInput(folders[0], reason, "name the folder of DTU's Points and ObsMask with --ground-truth")


def read_scan(folder: Path, number: int) -> Scan:
    """The scan of that number; without ObsMask or Plane where their files are not there. Raises BadInput for broken
    files."""
    vertices = read_vertices(read_ply_header(folder / POINTS.format(number)))
    points = np.asarray(vertices.columns(("x", "y", "z")), np.float64)
    plane = folder / PLANE.format(number)
    return Scan(points, _observed(folder / OBSERVED.format(number)), _plane(plane) if plane.is_file() else None)


def lacking_files(folder: Path, number: int) -> list[str]:
    """Those of ObsMask and Plane that are not there."""
    return [name for kind in (OBSERVED, PLANE) if not (folder / (name := kind.format(number))).is_file()]


def _observed(path: Path) -> Observed | None:
    if not path.is_file():
        return None
    arrays = read_matlab(path, ("ObsMask", "BB", "Res"))
    cells, box, size = arrays["ObsMask"], arrays["BB"], arrays["Res"]
    if cells.ndim != 3 or box.shape != (2, 3) or size.size != 1 or not size.flat[0] > 0:
        raise BadInput(path, "has an ObsMask, BB or Res of a wrong shape", "copy it again")
    low, high = box.astype(np.float64)
    return Observed(cells > 0, low, high, float(size.flat[0]))


def _plane(path: Path) -> Float[np.ndarray, "4"]:
    values = read_matlab(path, ("P",))["P"]
    if values.size != 4:
        raise BadInput(f"{path}: P", f"has {values.size} numbers, not 4", "copy it again")
    return values.reshape(4).astype(np.float64)
