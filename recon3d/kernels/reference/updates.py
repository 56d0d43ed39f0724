"""What changes parameters in place: an optimiser's step, and noise."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from recon3d.kernels.reference.splatting import covariances


def adam_step(
    parameter: Float[Tensor, "n ..."],
    gradient: Float[Tensor, "n ..."],
    moments: tuple[Float[Tensor, "n ..."], Float[Tensor, "n ..."]],
    rates: Float[Tensor, " c"],
    step: int,
    rows: Bool[Tensor, " n"] | None = None,
) -> None:
    """One step of Adam (Kingma and Ba 2015, algorithm 1; beta 0.9 and 0.999, epsilon 1e-15) in place.

    `rates` holds one learning rate per column of the flattened row; `rows` leaves the others, moments and all, alone.
    `step` counts from 1.
    """
    if rows is None:
        rows = torch.ones(len(parameter), dtype=torch.bool, device=parameter.device)
    chosen = gradient[rows].flatten(1) if gradient.dim() > 1 else gradient[rows, None]
    first, second = (moment[rows].reshape(chosen.shape) for moment in moments)
    first = ADAM_BETA1 * first + (1 - ADAM_BETA1) * chosen
    second = ADAM_BETA2 * second + (1 - ADAM_BETA2) * chosen * chosen
    update = (first / (1 - ADAM_BETA1**step)) / ((second / (1 - ADAM_BETA2**step)).sqrt() + ADAM_EPSILON)
    with torch.no_grad():
        shape = parameter[rows].shape
        moments[0][rows], moments[1][rows] = first.reshape(shape), second.reshape(shape)
        parameter[rows] -= (rates.to(update) * update).reshape(shape)


ADAM_BETA1, ADAM_BETA2, ADAM_EPSILON = 0.9, 0.999, 1e-15


def perturb_means(
    means: Float[Tensor, "n 3"],
    quaternions: Float[Tensor, "n 4"],
    log_scales: Float[Tensor, "n 3"],
    opacity_logits: Float[Tensor, " n"],
    strength: float,
    seed: int,
) -> None:
    """Move each mean, in place, by Gaussian noise shaped like its Gaussian and gated to the faint ones.

    Kheradmand et al., "3D Gaussian Splatting as Markov Chain Monte Carlo" (2024), equation 9:
    strength * sigmoid(100 (0.005 - opacity)) * covariance @ noise. The noise of row i depends on (seed, i) only.
    """
    opacities = torch.sigmoid(opacity_logits)
    gate = torch.sigmoid(100 * (0.005 - opacities))
    noise = counter_noise(len(means), seed).to(means) * (strength * gate)[:, None]
    noise = torch.where((gate > PERTURB_GATE_MIN)[:, None], noise, 0)
    spread = covariances(quaternions, torch.exp(log_scales))
    means += (spread @ noise[:, :, None]).squeeze(-1)


PERTURB_GATE_MIN = 0.01
"""Below this gate (opacity above about 0.05) the noise is left out: it would move nothing visibly."""


def counter_noise(count: int, seed: int) -> Float[Tensor, "n 3"]:
    """Noise that depends on (seed, row, column) alone, so any order of work gives the same.

    SplitMix64 (Steele et al. 2014) hashes the counter; the sum of four 16-bit uniforms, which every machine adds up
    alike, is a normal of mean 0 and variance 1 but for its tails, which end at 3.46.
    """
    counter = torch.arange(3 * count, dtype=torch.int64) + _to_int64(seed * 0x9E3779B97F4A7C15)
    bits = _splitmix64(_splitmix64(counter))
    total = torch.stack([(bits >> shift) & 0xFFFF for shift in (0, 16, 32, 48)]).sum(0)
    return ((total - 2 * 0xFFFF).double() * NOISE_SCALE).reshape(count, 3)


NOISE_SCALE = 2.6429e-5
"""1 / standard deviation of the sum of four uniforms on 0..65535, which is sqrt(4 (65536^2 - 1) / 12)."""


def _to_int64(value: int) -> int:
    """The signed number with the same low 64 bits."""
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value


def _splitmix64(x: Tensor) -> Tensor:
    def shift_right(value: Tensor, bits: int) -> Tensor:
        return (value >> bits) & ((1 << (64 - bits)) - 1)  # torch shifts signed numbers arithmetically

    x = x + _to_int64(0x9E3779B97F4A7C15)
    x = (x ^ shift_right(x, 30)) * _to_int64(0xBF58476D1CE4E5B9)
    x = (x ^ shift_right(x, 27)) * _to_int64(0x94D049BB133111EB)
    return x ^ shift_right(x, 31)
