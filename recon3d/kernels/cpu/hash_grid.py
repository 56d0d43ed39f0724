"""The hash grid by the C++ kernels; backward too."""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer
from recon3d.kernels.interface import GridLevels

GRID_FEATURES = (2, 4, 8)
"""Of a row; other numbers are for the reference."""


class _Grid(ctypes.Structure):
    _fields_ = [
        ("levels", ctypes.c_int32),
        ("features", ctypes.c_int32),
        ("resolutions", ctypes.c_void_p),
        ("starts", ctypes.c_void_p),
    ]


class _Call:
    """The structure that a call points at, and all it points at."""

    def __init__(self, levels: GridLevels, features: int) -> None:
        count = len(levels.resolutions)
        self.resolutions = (ctypes.c_int32 * count)(*levels.resolutions)
        self.starts = (ctypes.c_int64 * (count + 1))(*levels.starts)
        tables = (ctypes.addressof(table) for table in (self.resolutions, self.starts))
        self.grid = _Grid(count, features, *tables)


class _HashEncode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, points: Tensor, levels: GridLevels) -> Tensor:
        table, points = table.contiguous(), points.contiguous()
        call = _Call(levels, table.shape[1])
        out = table.new_empty(len(points), len(levels.resolutions) * table.shape[1])
        count = ctypes.c_int64(len(points))
        check(
            library().recon3d_hash_encode(ctypes.byref(call.grid), pointer(table), count, pointer(points), pointer(out))
        )
        ctx.levels, ctx.shape = levels, table.shape
        ctx.save_for_backward(points)
        return out

    @staticmethod
    def backward(ctx: Any, *d_out: Tensor) -> tuple[Tensor | None, ...]:
        (points,) = ctx.saved_tensors
        call = _Call(ctx.levels, ctx.shape[1])
        d_table, given = points.new_empty(ctx.shape), d_out[0].contiguous()
        arguments = (ctypes.c_int64(len(points)), pointer(points), pointer(given), pointer(d_table))
        check(library().recon3d_hash_encode_backward(ctypes.byref(call.grid), *arguments))
        return d_table, None, None


def hash_encode(table: Float[Tensor, "t f"], points: Float[Tensor, "n 3"], levels: GridLevels) -> Float[Tensor, "n c"]:
    """`reference.hash_encode`, with a gradient by the table only, for rows of GRID_FEATURES."""
    features: Tensor = _HashEncode.apply(table, points.detach(), levels)
    return features
