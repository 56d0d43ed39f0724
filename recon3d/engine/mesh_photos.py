"""From photos of single objects to meshes: mesh = extract(encode(view_of(photo)))."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from recon3d.encoders.photo.cutout import Background, cut_out
from recon3d.encoders.photo.framing import framed
from recon3d.engine.device import network_device
from recon3d.engine.encoder_weights import load_encoder
from recon3d.engine.field_on_device import FieldOnDevice
from recon3d.engine.mesh_files import Pictured, check_outputs, rendering_of
from recon3d.engine.precision import Precision, autocast
from recon3d.engine.recipe import Recipe
from recon3d.engine.turntable import write_turntable
from recon3d.errors import PartialResult, Recon3dError, UsageError
from recon3d.io.images import read_upright_image, write_image
from recon3d.io.meshes import write_mesh
from recon3d.meshing.finishing import finished
from recon3d.meshing.solids import Report, report_of
from recon3d.types import Cameras, Mesh, RadianceField, Views

Say = Callable[[str], None]


@dataclass(frozen=True)
class MeshRequest:
    """What the user asked for. `outputs` has one file per photo."""

    photos: tuple[Path, ...]
    outputs: tuple[Path, ...]
    recipe: Recipe
    weights: str | None = None
    """Those that come with recon3d, where none are named."""
    faces: int = 0
    """No more than so many; 0 keeps all."""
    watertight: bool = False
    """Make sure that every mesh bounds a solid."""
    background: Background = "auto"
    """How objects are found in photos without transparency."""
    render: Pictured = "none"
    """Pictures of every mesh from all around, beside it."""
    precision: Precision = "auto"
    """Of the network's products."""
    device: str = "auto"
    """Where the network is: auto, cpu, cuda or cuda:N."""
    overwrite: bool = False

    def check(self) -> None:
        """Raises UsageError or BadInput for what can be known to fail before anything is read."""
        self.recipe.require("surface", "paint", purpose="to mesh a photo")
        if not hasattr(self.recipe.parts["encoder"].build, "viewpoint"):
            reason = f"its encoder, {self.recipe.parts['encoder'].name}, takes no photos"
            raise UsageError(f"recipe {self.recipe.name}", reason, "choose pocket or triposr")
        if not self.photos:
            raise UsageError("photos", "none are given", "name at least one")
        if len(set(self.outputs)) < len(self.outputs):
            raise UsageError("photos", "two of them would be written to the same file", "mesh them in turn")
        check_outputs(self.outputs, self.render, self.overwrite)


def mesh_photos(request: MeshRequest, say: Say) -> None:
    """A mesh per photo; beside it the photo as the network saw it (NAME.input.png) and, if they are asked for, pictures
    of the mesh (NAME.render.png or .mp4).

    Raises as `MeshRequest.check`, `network_device` and `load_encoder`, and what a photo raises where it is the only
    one; of several, those that fail are said and left out, and PartialResult is raised in the end.
    """
    request.check()
    device = network_device(request.device)
    encode = load_encoder(request.recipe, request.weights, say).to(device)
    failed = 0
    for photo, output in zip(request.photos, request.outputs, strict=True):
        try:
            _mesh_photo(photo, output, encode, request, say)
        except Recon3dError as error:
            if len(request.photos) == 1:
                raise
            failed += 1
            say(f"left out: {error}")
    if failed:
        raise PartialResult("photos", f"{failed} of {len(request.photos)} could not be meshed", "see above")


def _mesh_photo(photo: Path, output: Path, encode: Any, request: MeshRequest, say: Say) -> None:
    began = time.perf_counter()
    view, how = view_of(photo, encode.viewpoint(), request.background)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_image(output.with_name(f"{output.stem}.input.png"), view.straight()[0])
    with torch.no_grad():
        mesh, report = extracted(field_of(view, encode, request.precision), view, request)
    mesh = mesh.moved(front_from_world(encode.viewpoint()))
    write_mesh(output, mesh)
    seconds = time.perf_counter() - began
    say(f"{output}: {len(mesh.faces)} faces, {report}; {seconds:.1f} s; the object was found {how}")
    if request.render != "none":
        write_turntable(rendering_of(output, request.render), mesh)
        say(f"{rendering_of(output, request.render)}: the mesh from all around")


def field_of(view: Views, encode: Any, precision: Precision) -> FieldOnDevice:
    """What the network makes of a photo, to be asked from the CPU wherever the network is."""
    device = next(encode.parameters()).device
    with autocast(precision, device):
        return FieldOnDevice(encode(view.to(device)), device)


def extracted(field: RadianceField, view: Views, request: MeshRequest) -> tuple[Mesh, Report]:
    """The surface of the field that was made of a photo, as a mesh that other programs like, and how good a solid it
    is."""
    parts = request.recipe.parts
    mesh = finished(parts["surface"].build(parts["surface"].config)(field), request.faces, request.watertight)
    return parts["paint"].build(parts["paint"].config)(mesh, field, view), report_of(mesh)


def view_of(photo: Path, viewpoint: Cameras, background: Background = "auto") -> tuple[Views, str]:
    """The object in a photo, cut out and centred, as seen from the viewpoint; and how it was found."""
    picture = read_upright_image(photo)
    alpha, how = cut_out(picture, photo, background)
    return framed(picture, alpha, viewpoint), how


def front_from_world(viewpoint: Cameras) -> torch.Tensor:
    """Turns what is seen from a level viewpoint as glTF wants it: y up, the front towards +z."""
    turn = torch.eye(4)
    turn[:3, :3] = torch.diag(torch.tensor([1.0, -1.0, -1.0])) @ viewpoint.camera_from_world[0, :3, :3]
    return turn
