"""Planes and perceptron by the C++ kernels; backward too."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer
from recon3d.kernels.interface import Activation


class _Planes(ctypes.Structure):
    _fields_ = [("values", ctypes.c_void_p), *((name, ctypes.c_int32) for name in ("channels", "height", "width"))]


class _Perceptron(ctypes.Structure):
    _fields_ = [
        ("layers", ctypes.c_int32),
        ("silu", ctypes.c_int32),
        *((name, ctypes.c_void_p) for name in ("widths", "weights", "biases")),
    ]


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
        weights, biases = ([p.contiguous() for p in parameters[i::2]] for i in range(2))
        self.kept += [*weights, *biases]
        widths = [weights[0].shape[1], *(len(weight) for weight in weights)]
        self.widths = (ctypes.c_int32 * len(widths))(*widths)
        self.addresses = [(ctypes.c_void_p * len(some))(*(t.data_ptr() for t in some)) for some in (weights, biases)]
        _, height, width, channels = values.shape
        self.planes = _Planes(pointer(values), channels, height, width)
        of_weights, of_biases = (ctypes.addressof(table) for table in self.addresses)
        self.perceptron = _Perceptron(len(weights), silu, ctypes.addressof(self.widths), of_weights, of_biases)
        self.points = _Points(len(beside), pointer(shadows), pointer(beside), beside.shape[1])

    @property
    def arguments(self) -> tuple[Any, ...]:
        return ctypes.byref(self.planes), ctypes.byref(self.perceptron), ctypes.byref(self.points)


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
        of_planes, *of_parameters = gradients.split([tensor.numel() for tensor in (planes, *parameters)])
        count, channels, height, width = planes.shape
        laid = of_planes.view(count, height, width, channels).permute(0, 3, 1, 2)
        shaped = [g.view_as(p) for g, p in zip(of_parameters, parameters, strict=True)]
        return None, None, None, laid, *shaped


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
