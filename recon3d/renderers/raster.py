"""Triangle meshes seen by pinhole cameras, several samples per pixel: colours as they are, without lights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d import kernels
from recon3d.geometry.triangles import face_normals
from recon3d.kernels.shading import interpolated, pooled
from recon3d.types import Cameras, Mesh, Rendering

__all__ = ["Config", "Raster"]

DARKEST = 0.15
"""Grey of a bare face that is seen from its edge; one that is faced is white."""


@dataclass(frozen=True)
class Config:
    supersample: int = 2
    """Samples along each side of a pixel, which shows their mean."""


class Raster:
    """Both sides of every face show its texture, or else the colours of its vertices, or else a grey: the lighter, the
    more the face is turned towards the camera."""

    accepts = Mesh

    def __init__(self, config: Config) -> None:
        self.config = config

    @torch.no_grad()
    def __call__(self, mesh: Mesh, cameras: Cameras, depth: bool = False) -> Rendering:
        """Pictures of all cameras, which must share one size; no gradient.

        Raises ValueError where the cameras have a lens other than a pinhole or differ in size.
        """
        if cameras.lens != "pinhole":
            raise ValueError(f"triangles are drawn by pinhole cameras only, not {cameras.lens}")
        width, height = (side * self.config.supersample for side in cameras.size)
        surface = Surface(mesh)
        pictures = [self._picture(surface, camera) for camera in cameras.resized(width, height)]
        colour, alpha, summed = (torch.stack(parts) for parts in zip(*pictures, strict=True))
        return Rendering(colour, alpha, summed / alpha.clamp_min(1e-6) if depth else None)

    def _picture(self, surface: Surface, camera: Cameras) -> tuple[Tensor, Tensor, Tensor]:
        """Premultiplied colour, alpha, and depth times alpha."""
        mesh, (width, height) = surface.mesh, camera.size
        lens = kernels.Camera(camera.camera_from_world[0], camera.intrinsics[0], width, height)
        shown = kernels.rasterise(mesh.vertices, mesh.faces, lens)
        covered = (shown.faces >= 0).to(shown.depth)
        colour, alpha, depth = (
            pooled(samples, self.config.supersample)
            for samples in (surface.colours(shown, camera), covered[..., None], shown.depth[..., None])
        )
        return colour, alpha.squeeze(-1), depth.squeeze(-1)


class Surface:
    """A mesh whose corners were looked up, ready to be coloured."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self._uv = self._texture = self._colours = None
        if mesh.texture is not None and mesh.uv is not None:
            self._uv, self._texture = mesh.uv[mesh.faces], (mesh.texture.to(mesh.uv) / 255).permute(2, 0, 1)
        elif mesh.colours is not None:
            self._colours = mesh.colours[mesh.faces]

    def colours(self, shown: kernels.Rasterised, camera: Cameras) -> Float[Tensor, "h w 3"]:
        """Of what is shown; 0 where nothing is."""
        if self._uv is not None and self._texture is not None:
            uv, covered = interpolated(self._uv, shown), shown.faces >= 0
            colours = uv.new_zeros(*covered.shape, 3)
            colours[covered] = looked_up(self._texture, uv[covered])
            return colours
        if self._colours is not None:
            return interpolated(self._colours, shown)
        return interpolated(greys(self.mesh, camera)[:, None].expand(-1, 3, 3), shown)


def looked_up(texture: Float[Tensor, "3 h w"], uv: Float[Tensor, "n 2"]) -> Float[Tensor, "n 3"]:
    """The texture, bilinear between the centres of its texels; beyond its sides it goes on as at them. The origin of
    `uv` is at its lower left."""
    places = 2 * uv - 1
    places[:, 1].neg_()
    seen = functional.grid_sample(texture[None], places[None, None], padding_mode="border", align_corners=False)
    return seen[0, :, 0].mT


def greys(mesh: Mesh, camera: Cameras) -> Float[Tensor, "f 3"]:
    """Of bare faces, by the angle at which the camera looks at them."""
    normals = functional.normalize(face_normals(mesh.vertices, mesh.faces), dim=-1)
    towards = functional.normalize(camera.centres[0] - mesh.vertices[mesh.faces].mean(1), dim=-1)
    facing = (normals * towards).sum(-1, keepdim=True).abs()
    return (DARKEST + (1 - DARKEST) * facing).expand(-1, 3)
