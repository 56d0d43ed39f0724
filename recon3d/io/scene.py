"""The one door to a scene on disk: which format it is in, and what to say where it is in none."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Protocol, runtime_checkable

from recon3d.errors import BadInput
from recon3d.io import blender, colmap, idr, transforms_json
from recon3d.io.assembly import SceneOptions, Split
from recon3d.io.scene_paths import pictures_in
from recon3d.types import Scene

__all__ = ["SceneOptions", "Split", "load_scene"]


@runtime_checkable
class Format(Protocol):
    """What a module that reads one format offers."""

    __name__: str

    def recognises(self, folder: Path) -> bool: ...

    def read(self, folder: Path, options: SceneOptions) -> Scene: ...


# Where a folder is in several formats, the first is read: the ones further up were derived from those below.
FORMATS: tuple[Format, ...] = (blender, transforms_json, colmap, idr)
DEFAULTS = SceneOptions()


def load_scene(path: Path, options: SceneOptions = DEFAULTS) -> Scene:
    """The scene in a folder, whichever of the formats it is in; `Scene.format` names it.

    Only headers of pictures are read; call `check` on its views to find broken pictures early. Raises BadInput for
    what is no scene or a broken one. Nothing in the folder is changed, and nothing outside it is read.
    """
    _refuse_no_folder(path)
    recognised = [module for module in FORMATS if module.recognises(path)]
    if not recognised:
        raise _no_cameras(path)
    scene = recognised[0].read(path, options)
    if len(recognised) == 1:
        return scene
    note = f"the folder is also in the format {', '.join(map(_name, recognised[1:]))}; {scene.format} was read"
    return dataclasses.replace(scene, notes=(note, *scene.notes))


def _name(module: Format) -> str:
    return module.__name__.rpartition(".")[2]


def _refuse_no_folder(path: Path) -> None:
    if path.is_file():
        raise BadInput(path, "is a file, not a folder", f"name the folder of the scene: {path.parent}")
    if not path.is_dir():
        raise BadInput(path, "there is no such folder", "check the path")
    if not any(path.iterdir()):
        raise BadInput(path, "the folder is empty", "put pictures and their cameras there")


def _no_cameras(path: Path) -> BadInput:
    pictures = max(len(pictures_in(folder)) for folder in (path, path / "images", path / "image"))
    if pictures:
        make = "make them with COLMAP (colmap automatic_reconstructor) or nerfstudio (ns-process-data images)"
        return BadInput(path, f"holds {pictures} pictures but no cameras", make)
    expected = "transforms_train.json, transforms.json, a COLMAP model in sparse/0, or cameras_sphere.npz with image/"
    return BadInput(path, "is not a scene", f"expected {expected}")
