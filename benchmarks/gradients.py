"""Relative error (Euclidean norm) of the CPU kernels' outputs and gradients against the float64 reference.

python benchmarks/gradients.py [GAUSSIANS ...]
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import torch
from torch import Tensor

from recon3d.kernels import cpu, reference
from recon3d.kernels.interface import Camera, SplatOptions, Splatted

NAMES = ("means", "quaternions", "scales", "opacities", "sh")
WIDTH, HEIGHT = 64, 48


def make(count: int) -> list[Tensor]:
    """A cloud of Gaussians of all shapes, exact in float32."""
    g = torch.Generator().manual_seed(count)
    tensors = [
        torch.randn(count, 3, generator=g) + torch.tensor([0.0, 0, 3.2]),
        torch.randn(count, 4, generator=g),
        torch.exp(torch.randn(count, 3, generator=g) * 0.9 - 2.8),
        torch.rand(count, generator=g).clamp(0.01, 0.995),
        torch.randn(count, 16, 3, generator=g) * 0.3,
    ]
    return tensors


def run(splat, tensors: list[Tensor], dtype: torch.dtype) -> tuple[Splatted, list[Tensor]]:
    """Outputs, and gradients of a fixed random combination of them."""
    leaves = [t.to(dtype, copy=True).requires_grad_() for t in tensors]
    focal = WIDTH / 2 / math.tan(0.5)
    intrinsics = torch.tensor([[focal, 0, WIDTH / 2], [0, focal, HEIGHT / 2], [0, 0, 1]], dtype=dtype)
    camera = Camera(torch.eye(4, dtype=dtype), intrinsics, WIDTH, HEIGHT)
    out = splat(*leaves, camera, SplatOptions(with_depth=True))
    g = torch.Generator().manual_seed(7)
    sum((part * torch.randn(part.shape, generator=g).to(dtype)).sum() for part in out).backward()
    return out, [leaf.grad for leaf in leaves]


def error(actual: Tensor, expected: Tensor) -> float:
    return float((actual.detach().double() - expected.detach()).norm() / expected.detach().norm())


def main() -> None:
    counts = [int(word) for word in sys.argv[1:]] or [100, 500, 1500]
    columns = [*Splatted._fields, *(f"d {name}" for name in NAMES)]
    print("| Gaussians | " + " | ".join(columns) + " |\n|" + "---|" * (1 + len(columns)))
    rows = {}
    for count in counts:
        tensors = make(count)
        fast, fast_gradients = run(cpu.splat, tensors, torch.float32)
        slow, slow_gradients = run(reference.splat, tensors, torch.float64)
        pairs = zip([*fast, *fast_gradients], [*slow, *slow_gradients], strict=True)
        rows[count] = dict(zip(columns, (error(a, b) for a, b in pairs), strict=True))
        print(f"| {count} | " + " | ".join(f"{value:.1e}" for value in rows[count].values()) + " |")
    print(f"\n{cpu.instruction_set()}")
    Path("gradients.json").write_text(
        json.dumps({"instruction_set": cpu.instruction_set(), "rows": rows}, indent=2) + "\n"
    )


if __name__ == "__main__":
    main()
