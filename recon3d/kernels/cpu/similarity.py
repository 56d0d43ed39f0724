"""L1 + SSIM by the C++ kernels; its gradient is made on the way."""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer


class _L1Ssim(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, prediction: Tensor, target: Tensor, ssim_weight: float) -> Tensor:
        prediction, target = prediction.detach().contiguous(), target.detach().contiguous()
        gradient, loss = torch.empty_like(prediction), ctypes.c_double()
        height, width, _ = prediction.shape
        status = library().recon3d_l1_ssim(
            pointer(prediction),
            pointer(target),
            height,
            width,
            ctypes.c_float(ssim_weight),
            pointer(gradient),
            ctypes.byref(loss),
        )
        check(status)
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
