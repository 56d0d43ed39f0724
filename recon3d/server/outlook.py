"""From where to look at first, and what is up."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine.camera_paths import extent_of, middle_of
from recon3d.types import Cameras, Gaussians, Mesh
from recon3d.types.edits import Vector

AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


@dataclass(frozen=True)
class Outlook:
    """In the frame of the files: what to look at, from how far away, and which way is up."""

    centre: Vector
    distance: float
    up: Vector


def up_axis(name: str) -> Vector:
    """The direction of "z" or "-y"."""
    x, y, z = AXES[name.strip("-")]
    sign = -1.0 if name.startswith("-") else 1.0
    return sign * x, sign * y, sign * z


def outlook_from_cameras(cameras: Cameras) -> Outlook:
    """As those who took the photos looked."""
    middle, up = middle_of(cameras)
    distance = float((cameras.centres.double() - middle).norm(dim=-1).median())
    return Outlook(_vector(middle), max(distance, 1e-6), _vector(up))


def outlook_on_gaussians(gaussians: Gaussians, up: Vector) -> Outlook:
    middle, extent = extent_of(gaussians)
    return Outlook(_vector(middle), max(3.6 * extent, 1e-6), up)


def outlook_on_mesh(mesh: Mesh, up: Vector) -> Outlook:
    """From where all of it is seen."""
    low, high = mesh.vertices.double().amin(0), mesh.vertices.double().amax(0)
    return Outlook(_vector((low + high) / 2), max(1.3 * float((high - low).norm()), 1e-6), up)


def _vector(values: Float[Tensor, "3"]) -> Vector:
    x, y, z = torch.as_tensor(values).tolist()
    return x, y, z
