"""A small perceptron by the C++ kernels; backward too."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer
from recon3d.kernels.interface import Activation


class _Perceptron(ctypes.Structure):
    _fields_ = [
        ("layers", ctypes.c_int32),
        ("silu", ctypes.c_int32),
        *((name, ctypes.c_void_p) for name in ("widths", "weights", "biases")),
    ]


class Layers:
    """The structure that a call points at, and all it points at."""

    def __init__(self, parameters: Sequence[Tensor], silu: bool) -> None:
        weights, biases = ([p.contiguous() for p in parameters[i::2]] for i in range(2))
        widths = [weights[0].shape[1], *(len(weight) for weight in weights)]
        self.kept = (weights, biases)
        self.widths = (ctypes.c_int32 * len(widths))(*widths)
        self.addresses = [(ctypes.c_void_p * len(some))(*(t.data_ptr() for t in some)) for some in (weights, biases)]
        of_weights, of_biases = (ctypes.addressof(table) for table in self.addresses)
        self.net = _Perceptron(len(weights), silu, ctypes.addressof(self.widths), of_weights, of_biases)


class _Apply(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, silu: bool, inputs: Tensor, *parameters: Tensor) -> Tensor:
        layers, inputs = Layers(parameters, silu), inputs.contiguous()
        out = inputs.new_empty(len(inputs), len(parameters[-1]))
        count = ctypes.c_int64(len(inputs))
        check(library().recon3d_perceptron(ctypes.byref(layers.net), count, pointer(inputs), pointer(out)))
        ctx.silu = silu
        ctx.save_for_backward(inputs, *parameters)
        return out

    @staticmethod
    def backward(ctx: Any, *d_out: Tensor) -> tuple[Tensor | None, ...]:
        inputs, *parameters = ctx.saved_tensors
        layers, given = Layers(parameters, ctx.silu), d_out[0].contiguous()
        d_inputs = torch.empty_like(inputs)
        gradients = inputs.new_empty(sum(tensor.numel() for tensor in parameters))
        arguments = (pointer(inputs), pointer(given), pointer(d_inputs), pointer(gradients))
        check(library().recon3d_perceptron_backward(ctypes.byref(layers.net), ctypes.c_int64(len(inputs)), *arguments))
        return None, d_inputs, *shaped_like(parameters, gradients)


def shaped_like(parameters: Sequence[Tensor], numbers: Float[Tensor, " k"]) -> list[Tensor]:
    """The numbers one after the other, in the shapes of the parameters."""
    parts = numbers.split([tensor.numel() for tensor in parameters])
    return [part.view_as(parameter) for part, parameter in zip(parts, parameters, strict=True)]


def perceptron(
    inputs: Float[Tensor, "n i"], parameters: Sequence[Tensor], activation: Activation
) -> Float[Tensor, "n o"]:
    """`reference.perceptron`."""
    out: Tensor = _Apply.apply(activation == "silu", inputs, *parameters)
    return out
