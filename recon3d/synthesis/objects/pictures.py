"""Pictures of a mesh with colours at its vertices, from any cameras, and the truth of what they show."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d import kernels
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
    of four samples.

    Raises ValueError for a mesh without colours, other lenses, and cameras that differ in size.
    """
    if mesh.colours is None or cameras.lens != "pinhole":
        raise ValueError("pictures want a mesh with colours and pinhole cameras")
    width, height = (2 * side for side in cameras.size)
    corners = functional.pad(mesh.colours, (0, 1), value=1.0)  # the fourth channel becomes coverage
    seen = [_pooled(_interpolated(corners, mesh, _shown(mesh, c))) for c in cameras.resized(width, height)]
    pictures = torch.stack(seen)
    return Views(cameras, pictures[..., :3], pictures[..., 3])


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
    first, second, third = mesh.vertices[mesh.faces[shown.faces[here].long()].long()].unbind(1)
    normal = functional.normalize(torch.linalg.cross(second - first, third - first), dim=-1, eps=1e-20)
    away = ((first - camera.centres[0].to(first)) * normal).sum(-1, keepdim=True) > 0
    normals = shown.depth.new_zeros(*shown.depth.shape, 3)
    normals[here] = torch.where(away, -normal, normal)
    return shown.depth, normals


def _shown(mesh: Mesh, camera: Cameras) -> kernels.Rasterised:
    lens = kernels.Camera(camera.camera_from_world[0], camera.intrinsics[0], *camera.size)
    return kernels.rasterise(mesh.vertices, mesh.faces, lens)


def _interpolated(values: Float[Tensor, "n c"], mesh: Mesh, shown: kernels.Rasterised) -> Float[Tensor, "h w c"]:
    """Values of vertices where pixels show them; 0 where they show nothing."""
    faces = shown.faces.flatten()
    here = torch.nonzero(faces >= 0).squeeze(-1)
    corners = mesh.faces.index_select(0, faces.index_select(0, here))
    weights = shown.weights.view(-1, 3).index_select(0, here)
    parts = [values.index_select(0, corners[:, k]) * weights[:, k : k + 1] for k in range(3)]
    picture = values.new_zeros(len(faces), values.shape[1]).index_copy_(0, here, parts[0] + parts[1] + parts[2])
    return picture.view(*shown.faces.shape, -1)


def _pooled(samples: Float[Tensor, "h w c"]) -> Float[Tensor, "h2 w2 c"]:
    """Means of 2 x 2 samples; rows first, for then what is added lies together."""
    height, width, channels = samples.shape
    upper, lower = samples.view(height // 2, 2, width * channels).unbind(1)
    left, right = (upper + lower).view(height // 2, width // 2, 2, channels).unbind(2)
    return (left + right) / 4
