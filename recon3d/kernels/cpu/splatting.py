"""Splatting by the C++ kernels, with its backward pass. Structures share their layout with native/splat.h."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer
from recon3d.kernels.interface import SURFACE_LIGHT, Camera, SplatOptions, Splatted


class _Camera(ctypes.Structure):
    _fields_ = [
        ("camera_from_world", ctypes.c_float * 12),
        ("centre", ctypes.c_float * 3),
        *[(name, ctypes.c_float) for name in ("fx", "fy", "cx", "cy")],
        ("width", ctypes.c_int32),
        ("height", ctypes.c_int32),
        ("near", ctypes.c_float),
        ("antialiased", ctypes.c_int32),
        ("with_depth", ctypes.c_int32),
        ("depth_from", ctypes.c_float),
        ("depth_until", ctypes.c_float),
    ]


class _Gaussians(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_int32),
        ("sh_count", ctypes.c_int32),
        *[(name, ctypes.c_void_p) for name in ("means", "quaternions", "scales", "opacities", "sh")],
    ]


class _GaussianGradients(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("means", "quaternions", "scales", "opacities", "sh", "means2d")]


class _Workspace:
    """Memory of one forward pass and its backward; kept for the next pass when that is done."""

    _free: list[_Workspace] = []  # noqa: RUF012 (shared on purpose)

    def __init__(self) -> None:
        self.handle = ctypes.c_void_p(library().recon3d_workspace_new())

    @classmethod
    def take(cls) -> _Workspace:
        return cls._free.pop() if cls._free else cls()

    def give_back(self) -> None:
        self._free.append(self)


class _Lease:
    """Gives its workspace back when the autograd graph that needs it is gone."""

    def __init__(self) -> None:
        self.workspace = _Workspace.take()

    def __del__(self) -> None:
        self.workspace.give_back()


def _camera(camera: Camera, options: SplatOptions) -> _Camera:
    matrix = camera.camera_from_world.detach().double()
    centre = -matrix[:3, :3].mT @ matrix[:3, 3]
    k = camera.intrinsics.detach()
    return _Camera(
        (ctypes.c_float * 12)(*matrix[:3].flatten().tolist()),
        (ctypes.c_float * 3)(*centre.tolist()),
        *[float(value) for value in (k[0, 0], k[1, 1], k[0, 2], k[1, 2])],
        camera.width,
        camera.height,
        options.near,
        options.antialiased,
        options.with_depth,
        *(SURFACE_LIGHT if options.surface_depth else (1.0, 0.0)),
    )


def _gaussians(tensors: tuple[Tensor, ...]) -> _Gaussians:
    means, sh = tensors[0], tensors[4]
    return _Gaussians(len(means), sh.shape[1], *[t.data_ptr() for t in tensors])


class _Splat(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, camera: Camera, options: SplatOptions, probe: Tensor | None, *inputs: Tensor
    ) -> tuple[Tensor, ...]:
        tensors = tuple(t.detach().contiguous() for t in inputs)
        lease, c_camera = _Lease(), _camera(camera, options)
        colour = torch.empty(camera.height, camera.width, 3)
        alpha = torch.empty(camera.height, camera.width)
        depth = torch.empty(camera.height, camera.width) if options.with_depth else None
        gaussians = _gaussians(tensors)
        status = library().recon3d_splat(
            lease.workspace.handle,
            ctypes.byref(gaussians),
            ctypes.byref(c_camera),
            pointer(colour),
            pointer(alpha),
            pointer(depth),
        )
        check(status)
        ctx.save_for_backward(*tensors)
        ctx.lease, ctx.camera, ctx.probed = lease, c_camera, probe is not None
        return (colour, alpha) if depth is None else (colour, alpha, depth)

    @staticmethod
    def backward(ctx: Any, *d_outputs: Tensor) -> tuple[Tensor | None, ...]:
        tensors = ctx.saved_tensors
        d_outputs = tuple(d.contiguous() for d in d_outputs)
        gradients = tuple(torch.empty_like(t) for t in tensors)
        d_means2d = torch.empty(len(tensors[0]), 2)
        c_gradients = _GaussianGradients(*[t.data_ptr() for t in (*gradients, d_means2d)])
        gaussians = _gaussians(tensors)
        status = library().recon3d_splat_backward(
            ctx.lease.workspace.handle,
            ctypes.byref(gaussians),
            ctypes.byref(ctx.camera),
            *[pointer(d) for d in d_outputs],
            *([pointer(None)] if len(d_outputs) == 2 else []),
            ctypes.byref(c_gradients),
        )
        check(status)
        return None, None, d_means2d if ctx.probed else None, *gradients


def splat(
    means: Float[Tensor, "n 3"],
    quaternions: Float[Tensor, "n 4"],
    scales: Float[Tensor, "n 3"],
    opacities: Float[Tensor, " n"],
    sh: Float[Tensor, "n k 3"],
    camera: Camera,
    options: SplatOptions = SplatOptions(),  # noqa: B008 (immutable)
    mean2d_probe: Float[Tensor, "n 2"] | None = None,
) -> Splatted:
    """`reference.splat`, without gradients by the camera; the probe must be zeros (its gradient is what it is for)."""
    outputs = _Splat.apply(camera, options, mean2d_probe, means, quaternions, scales, opacities, sh)
    colour, alpha, *depth = outputs
    if not depth:
        return Splatted(colour, alpha, None)
    return Splatted(colour, alpha, depth[0].detach() if options.surface_depth else depth[0])


class Work(NamedTuple):
    """What a forward pass took."""

    visible: int
    """Gaussians that reach the picture."""
    pairs: int
    """Of a tile and a Gaussian that reaches it."""
    evaluated: int
    """Pixels at which a Gaussian was evaluated, all Gaussians together."""


def work_of(splatted: Splatted) -> Work:
    """For pictures made by `splat` with gradients, before they are freed."""
    counts = (ctypes.c_int64 * 3)()
    library().recon3d_work(splatted.colour.grad_fn.lease.workspace.handle, counts)  # type: ignore[union-attr]
    return Work(*counts)
