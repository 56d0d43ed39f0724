"""Pictures over a background by the C++ kernels."""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer


class _Over(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, colour: Tensor, alpha: Tensor, background: tuple[float, ...]) -> Tensor:
        colour, alpha = colour.detach().contiguous(), alpha.detach().contiguous()
        picture, c_background = torch.empty_like(colour), (ctypes.c_float * 3)(*background)
        pixels = ctypes.c_int64(alpha.numel())
        check(library().recon3d_over(pixels, pointer(colour), pointer(alpha), c_background, pointer(picture)))
        ctx.background = c_background
        return picture

    @staticmethod
    def backward(ctx: Any, *d_outputs: Tensor) -> tuple[Tensor | None, ...]:
        d_picture = d_outputs[0].contiguous()
        d_alpha = d_picture.new_empty(d_picture.shape[:-1])
        pixels = ctypes.c_int64(d_alpha.numel())
        check(library().recon3d_over_backward(pixels, pointer(d_picture), ctx.background, pointer(d_alpha)))
        return d_picture, d_alpha, None


def over(
    colour: Float[Tensor, "*v h w 3"], alpha: Float[Tensor, "*v h w"], background: Float[Tensor, "3"]
) -> Float[Tensor, "*v h w 3"]:
    """`reference.over`, without a gradient by the background."""
    picture: Tensor = _Over.apply(colour, alpha, tuple(background.tolist()))
    return picture
