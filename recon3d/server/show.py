"""What is shown: Gaussians, a mesh or both, with the cameras and photos they came from."""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from recon3d.engine.reconstruction import Reconstruction
from recon3d.engine.render import shown_depth
from recon3d.engine.run_folder import RunFolder
from recon3d.geometry.rotations import rotation_from_quaternion
from recon3d.geometry.spherical_harmonics import dc_from_colour
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
    edits: Edits | None = None
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
            near=0.0 if shown is None else shown.renderer.config.near,
            antialiased=shown is not None and shown.renderer.config.antialiased,
            background=self.background,
            edits=self.edits,
            writable=self.run is not None,
            pictures=shown is not None or self.kind == "fit",
        )

    @cached_property
    def spz(self) -> bytes | None:
        """The Gaussians as SPZ."""
        shown = self.reconstruction
        return None if shown is None else spz_of(shown.gaussians, shown.renderer.config.antialiased)

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
            shown = dataclasses.replace(shown, gaussians=self._with_normals)
        return shown.render(camera).over(background)[0]

    @cached_property
    def _with_normals(self) -> Gaussians:
        assert self.reconstruction is not None
        return coloured_by_normals(self.reconstruction.gaussians)


def coloured_by_normals(gaussians: Gaussians) -> Gaussians:
    """With the directions of their shortest axes as colours, 0.5 + 0.5 times each component; of an axis' two directions
    the one towards +z, +y or +x, whichever comes first, for Gaussians have no front."""
    rows = torch.arange(len(gaussians))
    axes = rotation_from_quaternion(torch.nn.functional.normalize(gaussians.quaternions, dim=-1))
    normals = axes[rows, :, gaussians.scales.argmin(-1)]
    signs = torch.where(normals[:, 2:].abs() > 1e-6, normals[:, 2:], normals[:, 1:2]).sign()
    return dataclasses.replace(gaussians, sh=dc_from_colour(0.5 + 0.5 * normals * signs)[:, None])


def _camera(request: PictureRequest) -> Cameras:
    (focal_x, focal_y), (centre_x, centre_y) = request.focal, request.centre
    intrinsics = torch.tensor([[focal_x, 0, centre_x], [0, focal_y, centre_y], [0, 0, 1]])
    matrix = torch.tensor(request.world_from_camera).view(1, 4, 4)
    return Cameras(matrix, intrinsics[None], torch.tensor([request.width]), torch.tensor([request.height]))
