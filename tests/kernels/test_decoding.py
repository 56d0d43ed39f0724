"""Planes and perceptron: the specification against its words, the C++ twin against the specification."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from recon3d import kernels
from recon3d.kernels import cpu, reference

needs_cpu = pytest.mark.skipif(cpu.instruction_set() is None, reason="the CPU kernels were not built")


def made(
    channels: int, size: tuple[int, int], extra: int, hidden: tuple[int, ...], count: int, dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """Planes, shadows (some of them outside), what is beside, parameters."""
    torch.manual_seed(channels + count)
    widths = (3 * channels + extra, *hidden, 4)
    parameters = []
    for inputs, outputs in pairwise(widths):
        parameters += [torch.randn(outputs, inputs, dtype=dtype) / inputs**0.5, torch.randn(outputs, dtype=dtype)]
    shadows = torch.rand(3, count, 2, dtype=dtype) * 2.6 - 1.3
    planes = torch.randn(3, channels, *size, dtype=dtype)
    return planes, shadows, torch.randn(count, extra, dtype=dtype), parameters


SIZES = [
    (5, (7, 9), 3, (6, 6), 1000),
    (12, (16, 16), 4, (32, 32), 20_001),  # several parts
    (40, (8, 8), 0, (64,) * 9, 300),
    (1, (2, 3), 1, (1,), 65),
    (4, (6, 6), 0, (), 40),  # one layer only
    (3, (4, 4), 2, (5,), 0),
]


@needs_cpu
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("activation", ["silu", "relu"])
def test_twins(sizes, activation: str) -> None:
    """Values and gradients; the specification in float64."""
    planes, shadows, beside, parameters = made(*sizes, torch.float32)
    results = []
    for decode, dtype in ((cpu.decode, torch.float32), (reference.decode, torch.float64)):
        learnt = [tensor.detach().to(dtype).requires_grad_() for tensor in (planes, *parameters)]
        out = decode(learnt[0], shadows.to(dtype), beside.to(dtype), learnt[1:], activation)
        d_out = torch.randn(out.shape, generator=torch.Generator().manual_seed(3)).to(dtype)
        out.backward(d_out)
        results.append([out.detach(), *[tensor.grad for tensor in learnt]])
    for actual, expected in zip(*results, strict=True):
        scale = float(expected.abs().max()) if expected.numel() else 0.0
        torch.testing.assert_close(actual, expected.float(), atol=2e-5 * scale + 1e-7, rtol=1e-4)


@needs_cpu
def test_threads_do_not_change_a_bit() -> None:
    planes, shadows, beside, parameters = made(12, (16, 16), 4, (32, 32), 40_000, torch.float32)
    learnt = [tensor.requires_grad_() for tensor in (planes, *parameters)]
    results = []
    for threads in (1, 2, 3):
        cpu.set_threads(threads)
        out = cpu.decode(learnt[0], shadows, beside, learnt[1:], "silu")
        results.append([out, *torch.autograd.grad(out.square().sum(), learnt)])
    cpu.set_threads(cpu.default_threads())
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_a_perceptron_that_passes_on_shows_the_planes() -> None:
    """At the middle of a cell, that cell; outside, nothing; beside, what is beside."""
    planes = torch.arange(3 * 2 * 4 * 6, dtype=torch.float64).view(3, 2, 4, 6) + 1
    middles = torch.tensor([[(2 + 0.5) / 6 * 2 - 1, (1 + 0.5) / 4 * 2 - 1], [3.0, 0.0]], dtype=torch.float64)
    beside = torch.tensor([[7.0], [8.0]], dtype=torch.float64)
    identity = [torch.eye(7, dtype=torch.float64), torch.zeros(7, dtype=torch.float64)]
    out = kernels.decode(planes, middles.expand(3, 2, 2), beside, identity, "relu")
    torch.testing.assert_close(out[0], torch.cat([planes[:, :, 1, 2].flatten(), beside[0]]))
    torch.testing.assert_close(out[1], torch.tensor([0.0] * 6 + [8.0], dtype=torch.float64))


def test_gradients_by_points_come_from_the_specification() -> None:
    planes, shadows, beside, parameters = made(3, (5, 5), 2, (4,), 20, torch.float32)
    shadows.requires_grad_()
    kernels.decode(planes, shadows, beside, parameters, "silu").sum().backward()
    assert shadows.grad is not None
    assert float(shadows.grad.abs().max()) > 0


@needs_cpu
@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf"), 1e30])
def test_points_that_are_nowhere_harm_no_others(odd: float) -> None:
    planes, shadows, beside, parameters = made(3, (5, 5), 2, (4,), 20, torch.float32)
    before = cpu.decode(planes, shadows, beside, parameters, "silu")
    shadows[:, 7] = odd
    after = cpu.decode(planes, shadows, beside, parameters, "silu")
    others = torch.arange(20) != 7
    assert torch.equal(after[others], before[others])
    assert bool(after.isfinite().all())
