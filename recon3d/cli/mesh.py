"""turn photos of single objects, or a finished fit, into meshes

recon3d mesh RUN makes a mesh of what a fit has learnt of a scene; recon3d mesh RUN --help tells its flags. Otherwise:

One photo, one object, one forward pass of a large reconstruction model. Transparency says what the object is; without
any, what lies along the photo's border is taken for background. Where the photo shows the surface, the mesh takes its
colours (--paint.no-photo: only those that the model makes up).

The model that comes with recon3d, pocket, is a small one. TripoSR knows far more of the sides that a photo does not
show: --recipe triposr --weights stabilityai/TripoSR, or the path of its file. Nothing is downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from recon3d.cli import _mesh_run
from recon3d.cli._recipe_flags import parsed

DEFAULT = "pocket"


@dataclass(frozen=True)
class Arguments:
    photos: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Photos: PNG, JPEG, WebP, TIFF or BMP."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FILE|FOLDER")] = None
    """GLB, OBJ or PLY file for one photo, folder for more; by default NAME OF THE PHOTO.glb in meshes/."""
    faces: Annotated[int, tyro.conf.arg(metavar="N")] = 20_000
    """Thin the mesh out to so many faces at most; 0 keeps all."""
    vertex_colours: bool = False
    """Colour the vertices instead of a texture."""
    watertight: bool = False
    """Make sure that the mesh bounds a solid, for 3D printing or simulation: closed, every edge shared by two faces."""
    background: Literal["auto", "border", "rembg"] = "auto"
    """How the object is found in photos without transparency: border takes what lies along it for background, rembg
    asks that package, if it and its model are installed; auto is border for smooth backgrounds, else rembg if it is
    there."""
    render: Literal["none", "png", "mp4"] = "none"
    """Show every mesh from all around, beside it: png is a sheet of 8 views, mp4 a film of one turn."""
    recipe: str = DEFAULT
    """A recipe of configs/ by name, or a TOML or JSON file."""
    weights: Annotated[str | None, tyro.conf.arg(metavar="FILE|OWNER/NAME")] = None
    """What the recipe's network has learnt: a file, or a name on the Hugging Face hub if its cache has that; by default
    those that come with recon3d. Only pocket has any."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of the network's products; auto is bfloat16 on hardware that has it."""
    device: str = "auto"
    """Where the network is: auto, cpu, cuda or cuda:N."""
    overwrite: bool = False
    """Replace files that exist."""


def run(words: list[str]) -> int:
    if _mesh_run.names_a_run(words):
        return _mesh_run.run(words)
    return _mesh(*parsed(Arguments, words, "mesh", __doc__, DEFAULT))


def _mesh(arguments: Arguments, overrides: dict[str, dict[str, Any]]) -> int:
    from recon3d.engine.mesh_photos import MeshRequest, mesh_photos
    from recon3d.engine.recipe import resolve

    if arguments.vertex_colours:
        shared = {key: value for key, value in overrides.get("paint", {}).items() if key in ("photo", "points_at_once")}
        overrides["paint"] = {"name": "vertex_colours", **shared}
    request = MeshRequest(
        arguments.photos,
        tuple(_outputs(arguments)),
        resolve(arguments.recipe, overrides),
        arguments.weights,
        faces=arguments.faces,
        watertight=arguments.watertight,
        background=arguments.background,
        render=arguments.render,
        precision=arguments.precision,
        device=arguments.device,
        overwrite=arguments.overwrite,
    )
    mesh_photos(request, print)
    if arguments.weights is None:
        print(f"{arguments.recipe} is a small model; TripoSR's weights know more: --recipe triposr --weights FILE")
    return 0


def _outputs(arguments: Arguments) -> list[Path]:
    if arguments.output is not None and arguments.output.suffix and len(arguments.photos) == 1:
        return [arguments.output]
    folder = arguments.output or Path("meshes")
    return [folder / f"{photo.stem}.glb" for photo in arguments.photos]
