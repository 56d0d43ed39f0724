"""From photos of single objects to meshes: mesh = extract(encode(view_of(photo)))."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from recon3d.encoders.networks.published import adopt
from recon3d.encoders.photo.cutout import cut_out
from recon3d.encoders.photo.framing import framed
from recon3d.engine.export import refuse_existing_file
from recon3d.engine.recipe import Recipe
from recon3d.errors import PartialResult, Recon3dError, UsageError
from recon3d.io.images import read_upright_image, write_image
from recon3d.io.meshes import SUFFIXES, write_mesh
from recon3d.io.weights import find_weights, read_weights
from recon3d.meshing.cleaning import Report, report_of, simplified, without_specks
from recon3d.types import Cameras, Mesh, RadianceField, Views

Say = Callable[[str], None]

SPECK = 0.01
"""Pieces with fewer faces than this share of the largest one's are dropped."""


@dataclass(frozen=True)
class MeshRequest:
    """What the user asked for. `outputs` has one file per photo."""

    photos: tuple[Path, ...]
    outputs: tuple[Path, ...]
    recipe: Recipe
    weights: str
    faces: int = 0
    """No more than so many; 0 keeps all."""
    overwrite: bool = False

    def check(self) -> None:
        """Raises UsageError or BadInput for what can be known to fail before anything is read."""
        self.recipe.require("surface", "paint", purpose="to mesh a photo")
        if not hasattr(self.recipe.parts["encoder"].build, "viewpoint"):
            reason = f"its encoder, {self.recipe.parts['encoder'].name}, takes no photos"
            raise UsageError(f"recipe {self.recipe.name}", reason, "choose triposr")
        if not self.photos:
            raise UsageError("photos", "none are given", "name at least one")
        if len(set(self.outputs)) < len(self.outputs):
            raise UsageError("photos", "two of them would be written to the same file", "mesh them in turn")
        for output in self.outputs:
            if output.suffix.lower() not in SUFFIXES:
                raise UsageError(output, "is not a mesh file", f"choose one of {', '.join(SUFFIXES)}")
            refuse_existing_file(output, self.overwrite)


def mesh_photos(request: MeshRequest, say: Say) -> None:
    """A mesh per photo, and beside it the photo as the network saw it (NAME.input.png).

    Raises as `MeshRequest.check` and `load_encoder`, and what a photo raises where it is the only one; of several,
    those that fail are said and left out, and PartialResult is raised in the end.
    """
    request.check()
    encode = load_encoder(request.recipe, request.weights, say)
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
    view, how = view_of(photo, encode.viewpoint())
    assert view.alpha is not None
    output.parent.mkdir(parents=True, exist_ok=True)
    write_image(output.with_name(f"{output.stem}.input.png"), torch.cat([view.images, view.alpha[..., None]], -1)[0])
    with torch.no_grad():
        mesh, report = extracted(encode(view), request)
    write_mesh(output, mesh.moved(front_from_world(encode.viewpoint())))
    seconds = time.perf_counter() - began
    say(f"{output}: {len(mesh.faces)} faces, {report}; {seconds:.1f} s; the object was found {how}")


def extracted(field: RadianceField, request: MeshRequest) -> tuple[Mesh, Report]:
    """The field's surface as a mesh that other programs like, and how good a solid it is."""
    parts = request.recipe.parts
    mesh = without_specks(parts["surface"].build(parts["surface"].config)(field), SPECK)
    if request.faces:
        mesh = simplified(mesh, request.faces)
    return parts["paint"].build(parts["paint"].config)(mesh, field), report_of(mesh)


def view_of(photo: Path, viewpoint: Cameras) -> tuple[Views, str]:
    """The object in a photo, cut out and centred, as seen from the viewpoint; and how it was found."""
    picture = read_upright_image(photo)
    alpha, how = cut_out(picture, photo)
    return framed(picture, alpha, viewpoint), how


def load_encoder(recipe: Recipe, weights: str, say: Say) -> nn.Module:
    """The recipe's encoder with published weights. Raises BadInput where they are not found or do not fit."""
    part = recipe.parts["encoder"]
    path = find_weights(weights)
    read = read_weights(path)
    with torch.device("meta"):  # shapes but no numbers: it is about to get others
        network: nn.Module = part.build(part.config)
    adopt(network, read.tensors, part.build.published, path)
    say(f"weights {path}, sha256 {read.sha256}")
    return network.eval().requires_grad_(False)


def front_from_world(viewpoint: Cameras) -> torch.Tensor:
    """Turns what is seen from a level viewpoint as glTF wants it: y up, the front towards +z."""
    turn = torch.eye(4)
    turn[:3, :3] = torch.diag(torch.tensor([1.0, -1.0, -1.0])) @ viewpoint.camera_from_world[0, :3, :3]
    return turn
