"""The C++ kernels (`native/`) behind the signatures of `reference`, for float32 tensors on the CPU.

The library has a plain C interface and is found beside this package, built once per instruction set; the best one the
machine can run is loaded at first use.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sysconfig
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from recon3d.errors import Missing, OutOfResources
from recon3d.kernels.interface import Camera, SplatOptions, Splatted

INSTRUCTION_SETS = ("baseline", "avx2", "avx512")
"""By the level that `recon3d_cpu_level` reports."""


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
    ]


class _Gaussians(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_int32),
        ("sh_count", ctypes.c_int32),
        *[(name, ctypes.c_void_p) for name in ("means", "quaternions", "scales", "opacities", "sh")],
    ]


class _GaussianGradients(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("means", "quaternions", "scales", "opacities", "sh", "means2d")]


def instruction_set() -> str | None:
    """The build that this machine will use, or None where the kernels were not built (no compiler at install)."""
    return _best_build()[0]


@functools.cache
def _best_build() -> tuple[str | None, Path | None]:
    # An editable install keeps the sources here and puts what it builds among the installed packages.
    folders = (Path(__file__).parent, Path(sysconfig.get_path("platlib")) / "recon3d" / "kernels")
    builds = {
        name: path
        for folder in reversed(folders)
        for name in INSTRUCTION_SETS
        if (path := folder / "native" / f"recon3d_{name}.so").is_file()
    }
    if not builds:
        return None, None
    level = 0
    if "baseline" in builds:
        level = ctypes.CDLL(str(builds["baseline"])).recon3d_cpu_level()
    wanted = os.environ.get("RECON3D_INSTRUCTION_SET")
    if wanted is not None and wanted not in builds:
        raise Missing("RECON3D_INSTRUCTION_SET", f"{wanted} is not built", f"choose from {', '.join(builds)}")
    name = wanted or next(n for n in reversed(INSTRUCTION_SETS[: level + 1]) if n in builds)
    return name, builds[name]


@functools.cache
def _library() -> ctypes.CDLL:
    _, path = _best_build()
    if path is None:
        raise Missing("CPU kernels", "they were not built", "install a C++ compiler and reinstall recon3d")
    library = ctypes.CDLL(str(path))
    library.recon3d_workspace_new.restype = ctypes.c_void_p
    library.recon3d_workspace_free.argtypes = [ctypes.c_void_p]
    library.recon3d_work.restype = None
    library.recon3d_set_threads(default_threads())
    return library


def default_threads() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads(count: int) -> None:
    """How many threads all kernels share from now on. Results do not depend on it."""
    _library().recon3d_set_threads(count)


def _check(status: int) -> None:
    if status == 1:
        raise OutOfResources("CPU kernels", "out of memory", "use fewer Gaussians or a smaller picture (--downscale)")
    if status != 0:
        raise ValueError(f"a CPU kernel refused its arguments (status {status})")


def _pointer(tensor: Tensor | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if tensor is None else tensor.data_ptr())


class _Workspace:
    """Memory of one forward pass and its backward; kept for the next pass when that is done."""

    _free: list[_Workspace] = []  # noqa: RUF012 (shared on purpose)

    def __init__(self) -> None:
        self.handle = ctypes.c_void_p(_library().recon3d_workspace_new())

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
        status = _library().recon3d_splat(
            lease.workspace.handle,
            ctypes.byref(gaussians),
            ctypes.byref(c_camera),
            _pointer(colour),
            _pointer(alpha),
            _pointer(depth),
        )
        _check(status)
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
        status = _library().recon3d_splat_backward(
            ctx.lease.workspace.handle,
            ctypes.byref(gaussians),
            ctypes.byref(ctx.camera),
            *[_pointer(d) for d in d_outputs],
            *([_pointer(None)] if len(d_outputs) == 2 else []),
            ctypes.byref(c_gradients),
        )
        _check(status)
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
    colour, alpha = outputs[:2]
    return Splatted(colour, alpha, outputs[2] if options.with_depth else None)


class Work(NamedTuple):
    """What a forward pass took."""

    visible: int
    """Gaussians that reach the picture."""
    pairs: int
    """Of a 16x16 tile and a Gaussian that reaches it."""
    evaluated: int
    """Pixels at which a Gaussian was evaluated, all Gaussians together."""


def work_of(splatted: Splatted) -> Work:
    """For pictures made by `splat` with gradients, before they are freed."""
    counts = (ctypes.c_int64 * 3)()
    _library().recon3d_work(splatted.colour.grad_fn.lease.workspace.handle, counts)  # type: ignore[union-attr]
    return Work(*counts)


class _L1Ssim(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, prediction: Tensor, target: Tensor, ssim_weight: float) -> Tensor:
        prediction, target = prediction.detach().contiguous(), target.detach().contiguous()
        gradient, loss = torch.empty_like(prediction), ctypes.c_double()
        height, width, _ = prediction.shape
        status = _library().recon3d_l1_ssim(
            _pointer(prediction),
            _pointer(target),
            height,
            width,
            ctypes.c_float(ssim_weight),
            _pointer(gradient),
            ctypes.byref(loss),
        )
        _check(status)
        ctx.save_for_backward(gradient)
        return torch.tensor(loss.value, dtype=prediction.dtype)

    @staticmethod
    def backward(ctx: Any, *d_loss: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return (gradient if d_loss[0] == 1 else gradient * d_loss[0]), None, None


def l1_ssim(
    prediction: Float[Tensor, "h w 3"], target: Float[Tensor, "h w 3"], ssim_weight: float
) -> Float[Tensor, ""]:
    """`reference.l1_ssim`; the gradient by the prediction is made in the same pass, none by the target."""
    loss: Tensor = _L1Ssim.apply(prediction, target, ssim_weight)
    return loss


def adam_step(
    parameter: Float[Tensor, "n ..."],
    gradient: Float[Tensor, "n ..."],
    moments: tuple[Float[Tensor, "n ..."], Float[Tensor, "n ..."]],
    rates: Float[Tensor, " c"],
    step: int,
    rows: Bool[Tensor, " n"] | None = None,
) -> None:
    """`reference.adam_step`; every tensor must be contiguous, since it is changed in place."""
    for tensor in (parameter, gradient, *moments):
        if not tensor.is_contiguous():
            raise ValueError("adam_step works in place and wants contiguous tensors")
    columns = parameter[0].numel() if len(parameter) else 1
    c_rates = (ctypes.c_float * columns)(*rates.expand(columns).tolist())
    status = _library().recon3d_adam_step(
        ctypes.c_int64(len(parameter)),
        columns,
        _pointer(parameter),
        _pointer(gradient),
        _pointer(moments[0]),
        _pointer(moments[1]),
        c_rates,
        ctypes.c_int64(step),
        _pointer(rows),
    )
    _check(status)


def perturb_means(
    means: Float[Tensor, "n 3"],
    quaternions: Float[Tensor, "n 4"],
    log_scales: Float[Tensor, "n 3"],
    opacity_logits: Float[Tensor, " n"],
    strength: float,
    seed: int,
) -> None:
    """`reference.perturb_means`; every tensor must be contiguous."""
    status = _library().recon3d_perturb_means(
        ctypes.c_int64(len(means)),
        _pointer(means),
        _pointer(quaternions),
        _pointer(log_scales),
        _pointer(opacity_logits),
        ctypes.c_float(strength),
        ctypes.c_uint64(seed % 2**64),
    )
    _check(status)
