"""The surface of a run that a benchmark has fitted."""

from __future__ import annotations

from pathlib import Path

from recon3d.engine.mesh_run import MeshRunRequest, Sources, surface_of
from recon3d.engine.reconstruction import load
from recon3d.engine.run_folder import RunFolder
from recon3d.meshing.finishing import finished
from recon3d.types import Mesh


def mesh_of_run(run: Path) -> Mesh:
    """The surface of a finished run, in the frame of the scene's files: all of what `recon3d mesh RUN` writes, not
    thinned out. Raises BadInput where there is none, and what reading the run and its scene raises."""
    request, reconstruction = MeshRunRequest(run, run / "mesh.ply"), load(run)
    photos = RunFolder.open(run).read_scene().train
    sources = Sources(reconstruction, reconstruction.cameras("train"), photos)
    return finished(surface_of(sources, request, lambda text: None), request.faces, request.watertight)
