"""A run or a file, opened to be shown."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from recon3d.engine import recipe
from recon3d.engine.reconstruction import load
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput, UsageError
from recon3d.io.camera_path import read_camera_path
from recon3d.io.meshes import SUFFIXES as MESHES
from recon3d.io.meshes import glb_of, read_mesh
from recon3d.io.ply_table import read_ply_header
from recon3d.server.messages import Split
from recon3d.server.outlook import outlook_from_cameras, outlook_on_gaussians, outlook_on_mesh
from recon3d.server.photos import photos_of_run, views_of
from recon3d.server.show import Show
from recon3d.types import Cameras

UP_IN_MESHES, UP_IN_SPLATS = "y", "-y"
"""What is up where nobody says: in glTF, and in most files of Gaussians."""


def open_show(target: Path, mesh: Path | None = None, up: str | None = None) -> Show:
    """A run folder, or a file of Gaussians (PLY, SPZ) or of a mesh (GLB, OBJ, PLY); a mesh in the same frame may be
    shown with it. `up` is an axis like "-y", of files that do not say.

    Raises BadInput for what cannot be read, and UsageError for two meshes.
    """
    if not target.exists():
        raise BadInput(target, "there is no such run or file", "name a run folder, or a PLY, SPZ, GLB or OBJ file")
    beside = None if mesh is None else glb_of(read_mesh(mesh))
    if target.is_dir():
        return dataclasses.replace(show_of_run(RunFolder.open(target)), mesh=beside)
    if is_mesh(target):
        if beside is not None:
            raise UsageError("--mesh", f"goes with splats, and {target} is a mesh itself", "leave it out")
        surface = read_mesh(target)
        return Show(target.name, "file", outlook_on_mesh(surface, up or UP_IN_MESHES), mesh=glb_of(surface))
    shown = load(target)
    outlook = outlook_on_gaussians(shown.gaussians, up or UP_IN_SPLATS)
    return Show(target.name, "file", outlook, shown, beside)


def show_of_run(run: RunFolder) -> Show:
    """With its cameras, and the photos if they are still there. Raises BadInput for a run of a radiance field."""
    shown = load(run.path)
    _ = shown.gaussians
    record = run.read_manifest()
    splits: dict[Split, tuple[list[str], Cameras]] = {}
    for split in ("train", "test"):
        if run.cameras(split).is_file():
            splits[split] = (record["scene"]["split"][split], read_camera_path(run.cameras(split))[0])
    background = recipe.resolve(str(run.recipe)).parts["objective"].config.background
    return Show(
        run.path.resolve().name,
        "run",
        outlook_from_cameras(splits["train"][1]),
        shown,
        views=views_of(splits),
        photos=photos_of_run(run),
        run=run,
        status="finished" if record.get("status") == "finished" else "stopped",
        background="black" if background == "black" else "white",
    )


def is_mesh(path: Path) -> bool:
    """PLY holds either: a mesh has faces."""
    suffix = path.suffix.lower()
    return suffix in MESHES and (suffix != ".ply" or read_ply_header(path).element("face") is not None)
