"""What is shown: Gaussians, a mesh or both, with the cameras and photos they came from."""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine.reconstruction import Reconstruction
from recon3d.engine.render import shown_depth
from recon3d.engine.run_folder import RunFolder
from recon3d.geometry.rotations import rotation_between, rotation_from_quaternion
from recon3d.geometry.spherical_harmonics import dc_from_colour
from recon3d.io.edits import read_edits
from recon3d.io.images import jpeg_of
from recon3d.io.spz import spz_of
from recon3d.metrics.backgrounds import BACKGROUNDS
from recon3d.server.messages import Exhibit, PictureRequest, Status, View
from recon3d.server.outlook import Outlook
from recon3d.server.photos import Photos
from recon3d.types import Cameras, Edits, Gaussians

JPEG_QUALITY = 80


@dataclass(frozen=True)
class Show:
    """`gaussians` and `mesh` (the content of a GLB file) are None where there is no such thing."""

    title: str
    kind: Literal["run", "file", "fit"]
    outlook: Outlook
    reconstruction: Reconstruction | None = None
    mesh: bytes | None = None
    views: tuple[View, ...] = ()
    photos: Photos | None = None
    run: RunFolder | None = None
    status: Status = "finished"
    background: Literal["white", "black"] = "white"
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False)

    def exhibit(self) -> Exhibit:
        """The message about all this."""
        shown = self.reconstruction
        return Exhibit(
            title=self.title,
            kind=self.kind,
            status=self.status,
            splats=0 if shown is None else len(shown.gaussians),
            mesh=self.mesh is not None,
            photos=self.photos is not None,
            views=self.views,
            up=self.outlook.up,
            centre=self.outlook.centre,
            distance=self.outlook.distance,
            near=0.0 if shown is None else shown.splatting.near,
            antialiased=shown is not None and shown.splatting.antialiased,
            background=self.background,
            edits=self._edits(),
            writable=self.run is not None,
            pictures=shown is not None or self.kind == "fit",
        )

    def _edits(self) -> Edits | None:
        """Those of the run folder, unless they are of other Gaussians: the run may have gone on since."""
        if self.run is None or self.reconstruction is None or not self.run.edits.is_file():
            return None
        edits = read_edits(self.run.edits)
        return edits if edits.splats == len(self.reconstruction.gaussians) else None

    @cached_property
    def spz(self) -> bytes | None:
        """The Gaussians as SPZ."""
        shown = self.reconstruction
        return None if shown is None else spz_of(shown.gaussians, shown.splatting.antialiased)

    def picture(self, request: PictureRequest) -> bytes:
        """JPEG of the Gaussians, or of nothing where there are none yet. One is drawn at a time."""
        background = torch.tensor(BACKGROUNDS[request.background])
        with self._lock:
            if self.reconstruction is None:
                return jpeg_of(background.expand(request.height, request.width, 3), JPEG_QUALITY)
            return jpeg_of(self._drawn(self.reconstruction, request, background), JPEG_QUALITY)

    def _drawn(self, shown: Reconstruction, request: PictureRequest, background: Tensor) -> Tensor:
        camera = _camera(request)
        if request.mode == "depth":
            return shown_depth(shown.render(camera, depth=True))
        if request.mode == "normals":
            gaussians = coloured_by_normals(shown.gaussians, camera.centres[0], torch.tensor(self.outlook.up))
            shown = dataclasses.replace(shown, representation=gaussians)
        return shown.render(camera).over(background)[0]


def coloured_by_normals(gaussians: Gaussians, eye: Float[Tensor, "3"], up: Float[Tensor, "3"]) -> Gaussians:
    """With the directions of their shortest axes, towards the eye, as colours: 0.5 + 0.5 times each component, turned
    so that up is y, as the viewer shows them."""
    rows = torch.arange(len(gaussians))
    normals = rotation_from_quaternion(gaussians.quaternions)[rows, :, gaussians.scales.argmin(-1)]
    away = ((gaussians.means - eye) * normals).sum(-1, keepdim=True) >= 0
    upright = rotation_between(torch.nn.functional.normalize(up, dim=0), torch.tensor([0.0, 1.0, 0.0]))
    colours = 0.5 + 0.5 * torch.where(away, -normals, normals) @ upright.mT
    return dataclasses.replace(gaussians, sh=dc_from_colour(colours)[:, None])


def _camera(request: PictureRequest) -> Cameras:
    (focal_x, focal_y), (centre_x, centre_y) = request.focal, request.centre
    intrinsics = torch.tensor([[focal_x, 0, centre_x], [0, focal_y, centre_y], [0, 0, 1]])
    matrix = torch.tensor(request.world_from_camera).view(1, 4, 4)
    return Cameras(matrix, intrinsics[None], torch.tensor([request.width]), torch.tensor([request.height]))
