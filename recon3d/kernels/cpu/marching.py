"""Samples of rays, and what is seen of them, by the C++ kernels."""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer
from recon3d.kernels.interface import Cells, RayBundle, RaySamples


class _Bundle(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("origins", "directions", "near", "far", "offsets")),
    ]


class _Steps(ctypes.Structure):
    _fields_ = [("count", ctypes.c_int32), ("edges", ctypes.c_void_p)]


class _Cells(ctypes.Structure):
    _fields_ = [
        ("resolution", ctypes.c_int32),
        ("contracted", ctypes.c_int32),
        ("half_size", ctypes.c_float),
        ("occupied", ctypes.c_void_p),
    ]


class _Samples(ctypes.Structure):
    _fields_ = [
        ("rays", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("starts", "optical", "colours", "distances")),
    ]


def ray_samples(rays: RayBundle, edges: Float[Tensor, " e"], cells: Cells) -> RaySamples:
    """`reference.ray_samples`."""
    rays = RayBundle(*(tensor.contiguous() for tensor in rays))
    edges, count = edges.contiguous(), len(rays.near)
    occupied = None if cells.occupied is None else cells.occupied.contiguous()
    resolution = 0 if occupied is None else len(occupied)
    arguments = (
        ctypes.byref(_Bundle(count, *(pointer(tensor) for tensor in rays))),
        ctypes.byref(_Steps(len(edges) - 1, pointer(edges))),
        ctypes.byref(_Cells(resolution, cells.contracted, cells.half_size, pointer(occupied))),
    )
    starts = torch.zeros(count + 1, dtype=torch.int64)
    check(library().recon3d_count_samples(*arguments, pointer(starts[1:])))
    starts = starts.cumsum(0)
    distances, lengths = (edges.new_empty(int(starts[-1])) for _ in range(2))
    check(library().recon3d_place_samples(*arguments, pointer(starts), pointer(distances), pointer(lengths)))
    return RaySamples(starts, distances, lengths)


class _Composite(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, starts: Tensor, distances: Tensor, optical: Tensor, colours: Tensor) -> Tensor:
        tensors = [tensor.contiguous() for tensor in (starts, optical, colours, distances)]
        seen = optical.new_empty(len(starts) - 1, 5)
        samples = _Samples(len(seen), *(pointer(tensor) for tensor in tensors))
        check(library().recon3d_composite(ctypes.byref(samples), pointer(seen)))
        ctx.save_for_backward(*tensors, seen)
        return seen

    @staticmethod
    def backward(ctx: Any, *d_seen: Tensor) -> tuple[Tensor | None, ...]:
        *tensors, seen = ctx.saved_tensors
        samples = _Samples(len(seen), *(pointer(tensor) for tensor in tensors))
        given, d_optical, d_colours = d_seen[0].contiguous(), *(torch.empty_like(t) for t in tensors[1:3])
        parts = (pointer(tensor) for tensor in (seen, given, d_optical, d_colours))
        check(library().recon3d_composite_backward(ctypes.byref(samples), *parts))
        return None, None, d_optical, d_colours


def composite(
    starts: Int[Tensor, " s"],
    optical: Float[Tensor, " n"],
    colours: Float[Tensor, "n 3"],
    distances: Float[Tensor, " n"],
) -> Float[Tensor, "_ 5"]:
    """`reference.composite`, with gradients by optical depths and colours."""
    seen: Tensor = _Composite.apply(starts, distances.detach(), optical, colours)
    return seen
