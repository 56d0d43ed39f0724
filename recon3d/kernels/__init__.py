"""Hot operations on bare tensors, in three backends with the same names and signatures.

`reference` is plain torch and the specification; `cpu` is C++; `cuda` is gsplat. Call them from here: the best backend
for the tensors' device is chosen once, unless `use` or the environment variable RECON3D_KERNELS names another. Whatever
a backend cannot do goes to the reference, said once in the log.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
import os
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from recon3d.errors import Missing, UsageError
from recon3d.kernels import cpu, reference
from recon3d.kernels.interface import (
    Activation,
    Camera,
    Cells,
    GridLevels,
    Rasterised,
    RayBundle,
    RaySamples,
    SplatOptions,
    Splatted,
)

__all__ = [
    "Camera",
    "Cells",
    "GridLevels",
    "Rasterised",
    "RayBundle",
    "RaySamples",
    "SplatOptions",
    "Splatted",
    "adam_step",
    "backend_for",
    "composite",
    "decode",
    "hash_encode",
    "l1_ssim",
    "over",
    "perceptron",
    "perturb_means",
    "rasterise",
    "ray_samples",
    "splat",
    "use",
]

BACKENDS = ("auto", "reference", "cpu", "cuda")
_log = logging.getLogger("recon3d.kernels")
_wanted = "auto"


def use(name: str) -> None:
    """Choose the backend from now on: one of BACKENDS. UsageError for another name, Missing where it cannot run."""
    global _wanted
    if name not in BACKENDS:
        raise UsageError(f"kernels {name!r}", "unknown", f"choose from {', '.join(BACKENDS)}")
    if name == "cpu" and cpu.instruction_set() is None:
        raise Missing("CPU kernels", "they were not built", "install a C++ compiler and reinstall recon3d")
    if name == "cuda" and not _has_gsplat():
        raise Missing("CUDA kernels", "gsplat or a CUDA device is missing", "pip install 'recon3d[cuda]'")
    _wanted = name


def backend_for(device: torch.device) -> str:
    """The backend that serves this device: "reference", "cpu" or "cuda"."""
    wanted = os.environ.get("RECON3D_KERNELS", _wanted) if _wanted == "auto" else _wanted
    if wanted == "reference":
        return "reference"
    if device.type == "cpu" and wanted in ("auto", "cpu") and cpu.instruction_set() is not None:
        return "cpu"
    if device.type == "cuda" and wanted in ("auto", "cuda") and _has_gsplat():
        return "cuda"
    return "reference"


@functools.cache
def _has_gsplat() -> bool:
    return torch.cuda.is_available() and importlib.util.find_spec("gsplat") is not None


@functools.cache
def _say_once(message: str) -> None:
    _log.warning(message)


def _backend(operation: str, tensor: Tensor) -> ModuleType:
    """The module that will do `operation` on such tensors."""
    name = backend_for(tensor.device)
    if name == "reference":
        if tensor.device.type != "meta" and _wanted != "reference" and "RECON3D_KERNELS" not in os.environ:
            _say_once(f"{operation} on {tensor.device.type} runs on the slow torch reference (see recon3d doctor)")
        return reference
    if name == "cpu":
        return cpu if tensor.dtype == torch.float32 else reference
    from recon3d.kernels import cuda

    return cuda if hasattr(cuda, operation) else reference


def splat(*gaussians: Any, camera: Camera, options: SplatOptions, mean2d_probe: Tensor | None = None) -> Splatted:
    """See `reference.splat`."""
    backend = _backend("splat", gaussians[0])
    needs_camera_gradient = camera.camera_from_world.requires_grad or camera.intrinsics.requires_grad
    if backend is not reference and (camera.projection != "pinhole" or needs_camera_gradient):
        _say_once(f"splatting a {camera.projection} camera, or its gradient, runs on the slow torch reference")
        backend = reference
    result: Splatted = backend.splat(*gaussians, camera, options, mean2d_probe)
    return result


def rasterise(vertices: Tensor, faces: Tensor, camera: Camera, near: float = 0.01) -> Rasterised:
    """See `reference.rasterise`."""
    result: Rasterised = _backend("rasterise", vertices).rasterise(vertices, faces, camera, near)
    return result


def decode(
    planes: Tensor, shadows: Tensor, beside: Tensor, parameters: Sequence[Tensor], activation: Activation
) -> Tensor:
    """See `reference.decode`."""
    backend = reference if shadows.requires_grad or beside.requires_grad else _backend("decode", planes)
    raw: Tensor = backend.decode(planes, shadows, beside, parameters, activation)
    return raw


def hash_encode(table: Tensor, points: Tensor, levels: GridLevels) -> Tensor:
    """See `reference.hash_encode`."""
    fits = not points.requires_grad and table.shape[1] in cpu.GRID_FEATURES
    backend = _backend("hash_encode", table) if fits else reference
    features: Tensor = backend.hash_encode(table, points, levels)
    return features


def ray_samples(rays: RayBundle, edges: Tensor, cells: Cells) -> RaySamples:
    """See `reference.ray_samples`."""
    samples: RaySamples = _backend("ray_samples", edges).ray_samples(rays, edges, cells)
    return samples


def composite(starts: Tensor, optical: Tensor, colours: Tensor, distances: Tensor) -> Tensor:
    """See `reference.composite`."""
    backend = reference if distances.requires_grad else _backend("composite", optical)
    seen: Tensor = backend.composite(starts, optical, colours, distances)
    return seen


def over(colour: Tensor, alpha: Tensor, background: Tensor) -> Tensor:
    """See `reference.over`."""
    backend = reference if background.requires_grad else _backend("over", colour)
    picture: Tensor = backend.over(colour, alpha, background)
    return picture


def _dispatched(operation: str) -> Callable[..., Any]:
    @functools.wraps(getattr(reference, operation))
    def call(tensor: Tensor, *rest: Any) -> Any:
        return getattr(_backend(operation, tensor), operation)(tensor, *rest)

    return call


l1_ssim = _dispatched("l1_ssim")
adam_step = _dispatched("adam_step")
perceptron = _dispatched("perceptron")
perturb_means = _dispatched("perturb_means")
