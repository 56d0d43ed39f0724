"""Pictures of a mesh with colours at its vertices, from any cameras, and the truth of what they show."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d import kernels
from recon3d.geometry.triangles import face_normals
from recon3d.kernels.shading import interpolated, pooled
from recon3d.types import Cameras, Mesh, Views


class Pictures(NamedTuple):
    """`colour` is premultiplied by `alpha`, the share of the pixel that the mesh covers. `depth` (z in the camera's
    frame) and `normals` (unit, in the world, towards the camera) are those at pixel centres; 0 where there is nothing.
    """

    colour: Float[Tensor, "v h w 3"]
    alpha: Float[Tensor, "v h w"]
    depth: Float[Tensor, "v h w"]
    normals: Float[Tensor, "v h w 3"]


@torch.no_grad()
def photographed(mesh: Mesh, cameras: Cameras) -> Views:
    """What pinhole cameras of one size see of a closed mesh with colours, on the mesh's device. A pixel shows the mean
    of four samples, and knows their mean depth.

    Raises ValueError for a mesh without colours, other lenses, and cameras that differ in size.
    """
    if mesh.colours is None or cameras.lens != "pinhole":
        raise ValueError("pictures want a mesh with colours and pinhole cameras")
    width, height = (2 * side for side in cameras.size)
    corners = functional.pad(mesh.colours, (0, 1), value=1.0)[mesh.faces]  # the fourth channel becomes coverage
    shown = [_shown(mesh, camera) for camera in cameras.resized(width, height)]
    pictures = torch.stack([pooled(interpolated(corners, one), 2) for one in shown])
    alpha, summed = pictures[..., 3], torch.stack([pooled(one.depth[..., None], 2)[..., 0] for one in shown])
    return Views(cameras, pictures[..., :3], alpha, depth=summed / alpha.clamp_min(1e-6))


@torch.no_grad()
def pictures(mesh: Mesh, cameras: Cameras) -> Pictures:
    """Pictures with exact depth and normals. Raises as `photographed`."""
    views = photographed(mesh, cameras)
    truths = [_truth(mesh, camera) for camera in cameras]
    depth, normals = (torch.stack(parts) for parts in zip(*truths, strict=True))
    assert views.alpha is not None
    return Pictures(views.images, views.alpha, depth, normals)


def _truth(mesh: Mesh, camera: Cameras) -> tuple[Float[Tensor, "h w"], Float[Tensor, "h w 3"]]:
    """Depth and normals at pixel centres."""
    shown = _shown(mesh, camera)
    here = torch.nonzero(shown.faces >= 0, as_tuple=True)
    faces = mesh.faces[shown.faces[here].long()]
    normal = functional.normalize(face_normals(mesh.vertices, faces), dim=-1, eps=1e-20)
    away = ((mesh.vertices[faces[:, 0]] - camera.centres[0].to(normal)) * normal).sum(-1, keepdim=True) > 0
    normals = shown.depth.new_zeros(*shown.depth.shape, 3)
    normals[here] = torch.where(away, -normal, normal)
    return shown.depth, normals


def _shown(mesh: Mesh, camera: Cameras) -> kernels.Rasterised:
    lens = kernels.Camera(camera.camera_from_world[0], camera.intrinsics[0], *camera.size)
    return kernels.rasterise(mesh.vertices, mesh.faces, lens)
