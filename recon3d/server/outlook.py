"""From where to look at first, and what is up."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine.camera_paths import REACH, extent_of, middle_of, up_axis
from recon3d.types import Cameras, Gaussians, Mesh
from recon3d.types.edits import Vector


@dataclass(frozen=True)
class Outlook:
    """In the frame of the files: what to look at, from how far away, and which way is up."""

    centre: Vector
    distance: float
    up: Vector


def outlook_from_cameras(cameras: Cameras) -> Outlook:
    """As those who took the photos looked."""
    middle, up = middle_of(cameras)
    distance = float((cameras.centres.double() - middle).norm(dim=-1).median())
    return Outlook(_vector(middle), max(distance, 1e-6), _vector(up))


def outlook_on_gaussians(gaussians: Gaussians, up: str) -> Outlook:
    """As an orbit around them looks; `up` is an axis like "-y"."""
    middle, extent = extent_of(gaussians)
    return Outlook(_vector(middle), max(REACH * extent, 1e-6), _vector(up_axis(up)))


def outlook_on_mesh(mesh: Mesh, up: str) -> Outlook:
    """From where all of it is seen; `up` is an axis like "-y"."""
    low, high = mesh.vertices.double().amin(0), mesh.vertices.double().amax(0)
    return Outlook(_vector((low + high) / 2), max(1.3 * float((high - low).norm()), 1e-6), _vector(up_axis(up)))


def _vector(values: Float[Tensor, "3"]) -> Vector:
    x, y, z = torch.as_tensor(values).tolist()
    return x, y, z
