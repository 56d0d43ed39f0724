"""Planes and perceptron by the C++ kernels; backward too."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer
from recon3d.kernels.cpu.perceptron import Layers, shaped_like
from recon3d.kernels.interface import Activation


class _Planes(ctypes.Structure):
    _fields_ = [("values", ctypes.c_void_p), *((name, ctypes.c_int32) for name in ("channels", "height", "width"))]


class _Points(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_int64),
        ("shadows", ctypes.c_void_p),
        ("beside", ctypes.c_void_p),
        ("extra", ctypes.c_int32),
    ]


class _Call:
    """The structures that a call points at, and all they point at."""

    def __init__(
        self, planes: Tensor, shadows: Tensor, beside: Tensor, parameters: Sequence[Tensor], silu: bool
    ) -> None:
        self.kept = [planes.permute(0, 2, 3, 1).contiguous(), shadows.contiguous(), beside.contiguous()]
        values, shadows, beside = self.kept
        self.layers = Layers(parameters, silu)
        _, height, width, channels = values.shape
        self.planes = _Planes(pointer(values), channels, height, width)
        self.points = _Points(len(beside), pointer(shadows), pointer(beside), beside.shape[1])

    @property
    def arguments(self) -> tuple[Any, ...]:
        return ctypes.byref(self.planes), ctypes.byref(self.layers.net), ctypes.byref(self.points)


class _Decode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, silu: bool, shadows: Tensor, beside: Tensor, planes: Tensor, *parameters: Tensor) -> Tensor:
        call = _Call(planes, shadows, beside, parameters, silu)
        out = planes.new_empty(len(beside), len(parameters[-1]))
        check(library().recon3d_decode(*call.arguments, pointer(out)))
        ctx.silu = silu
        ctx.save_for_backward(shadows, beside, planes, *parameters)
        return out

    @staticmethod
    def backward(ctx: Any, *d_out: Tensor) -> tuple[Tensor | None, ...]:
        shadows, beside, planes, *parameters = ctx.saved_tensors
        call = _Call(planes, shadows, beside, parameters, ctx.silu)
        gradients = planes.new_empty(sum(tensor.numel() for tensor in (planes, *parameters)))
        check(library().recon3d_decode_backward(*call.arguments, pointer(d_out[0].contiguous()), pointer(gradients)))
        of_planes, of_parameters = gradients.tensor_split([planes.numel()])
        count, channels, height, width = planes.shape
        laid = of_planes.view(count, height, width, channels).permute(0, 3, 1, 2)
        return None, None, None, laid, *shaped_like(parameters, of_parameters)


def decode(
    planes: Float[Tensor, "3 c h w"],
    shadows: Float[Tensor, "3 n 2"],
    beside: Float[Tensor, "n e"],
    parameters: Sequence[Tensor],
    activation: Activation,
) -> Float[Tensor, "n o"]:
    """`reference.decode`, with gradients by planes and parameters only."""
    raw: Tensor = _Decode.apply(activation == "silu", shadows.detach(), beside.detach(), planes, *parameters)
    return raw
