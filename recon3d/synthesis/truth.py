"""Exact depth, normals and meshes as files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float

from recon3d.io import meshes
from recon3d.io.atomic import write_bytes
from recon3d.io.images import write_image
from recon3d.synthesis.colours import srgb
from recon3d.synthesis.lighting import Baked, Light
from recon3d.synthesis.model import Model
from recon3d.types import Mesh

Array = np.ndarray


def write_depth(path: Path, depth: Float[Array, "h w"], unit: float) -> None:
    """A 16-bit PNG of z depth in steps of `unit`; 0 means nothing is there.

    Raises ValueError for depths that do not fit, and as `atomic.write_bytes`.
    """
    steps = np.round(depth / unit)
    if steps.max() > 65535:
        raise ValueError(f"depth {depth.max():g} does not fit into 16 bits of {unit:g}")
    write_bytes(path, cv2.imencode(".png", steps.astype(np.uint16))[1].tobytes())


def write_normals(path: Path, normals: Float[Array, "h w 3"]) -> None:
    """An 8-bit RGB PNG: (n + 1) / 2 of unit world normals; black where nothing is there."""
    there = np.linalg.norm(normals, axis=-1, keepdims=True) > 0.5
    write_image(path, np.where(there, (normals + 1) / 2, 0.0))


def write_mesh(path: Path, model: Model, light: Light, baked: Baked) -> None:
    """The model's triangles as a binary GLB (y up, as glTF wants it), in the colours they have in the pictures.

    Raises as `atomic.write_bytes`.
    """
    sunlight = (baked.sun * np.maximum(model.cosines(light.sun.direction), 0))[:, None] * light.sun.colour
    lit = srgb(model.vertex_colours() * (baked.ambient + sunlight) / np.pi)
    y_up = model.vertices[:, [0, 2, 1]] * [1, 1, -1]
    faces = torch.from_numpy(model.faces.astype(np.int64))
    meshes.write_mesh(path, Mesh(torch.from_numpy(y_up).float(), faces, torch.from_numpy(lit).float()))
