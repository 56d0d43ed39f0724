"""Adam and noise by the C++ kernels."""

from __future__ import annotations

import ctypes

from jaxtyping import Bool, Float
from torch import Tensor

from recon3d.kernels.cpu.library import check, library, pointer


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
    status = library().recon3d_adam_step(
        ctypes.c_int64(len(parameter)),
        columns,
        pointer(parameter),
        pointer(gradient),
        pointer(moments[0]),
        pointer(moments[1]),
        c_rates,
        ctypes.c_int64(step),
        pointer(rows),
    )
    check(status)


def perturb_means(
    means: Float[Tensor, "n 3"],
    quaternions: Float[Tensor, "n 4"],
    log_scales: Float[Tensor, "n 3"],
    opacity_logits: Float[Tensor, " n"],
    strength: float,
    seed: int,
) -> None:
    """`reference.perturb_means`; every tensor must be contiguous."""
    status = library().recon3d_perturb_means(
        ctypes.c_int64(len(means)),
        pointer(means),
        pointer(quaternions),
        pointer(log_scales),
        pointer(opacity_logits),
        ctypes.c_float(strength),
        ctypes.c_uint64(seed % 2**64),
    )
    check(status)
