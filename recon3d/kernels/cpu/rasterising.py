"""Triangles seen by one camera, by the C++ kernels."""

from __future__ import annotations

import ctypes

import torch
from jaxtyping import Float, Int
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer
from recon3d.kernels.interface import Camera, Rasterised
from recon3d.kernels.reference.rasterising import pixels_from_world


def rasterise(
    vertices: Float[Tensor, "n 3"], faces: Int[Tensor, "f 3"], camera: Camera, near: float = 0.01
) -> Rasterised:
    """`reference.rasterise`."""
    vertices, faces = vertices.detach().contiguous(), faces.int().contiguous()
    size = (camera.height, camera.width)
    shown = Rasterised(torch.empty(size, dtype=torch.int32), torch.empty(*size, 3), torch.empty(size))
    status = library().recon3d_rasterise(
        len(vertices),
        pointer(vertices),
        len(faces),
        pointer(faces),
        (ctypes.c_double * 12)(*pixels_from_world(camera).flatten().tolist()),
        camera.width,
        camera.height,
        ctypes.c_double(near),
        *[pointer(tensor) for tensor in shown],
    )
    check(status)
    return shown
