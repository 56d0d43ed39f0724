"""Lens models: how a ray direction becomes a point on the normalised image plane, and back.

A lens maps the pinhole point (x/z, y/z) to the distorted point that the intrinsics then turn into pixels.
"opencv" takes k1 k2 p1 p2 [k3 [k4 k5 k6]] (Brown-Conrady with rational terms); "opencv_fisheye" takes k1 k2 k3 k4
(Kannala and Brandt, "A Generic Camera Model and Calibration Method", 2006, equation 6). Both as in OpenCV's manual.
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Lens = Literal["pinhole", "opencv", "opencv_fisheye"]
COEFFICIENTS: dict[str, int] = {"pinhole": 0, "opencv": 8, "opencv_fisheye": 4}


def distort(lens: str, points: Float[Tensor, "... 2"], coefficients: Float[Tensor, "k"]) -> Float[Tensor, "... 2"]:
    """Distorted normalised points of undistorted ones (pinhole x/z, y/z).

    Raises ValueError for an unknown lens.
    """
    if lens == "pinhole":
        return points
    if lens == "opencv":
        return _distort_opencv(points, coefficients)
    if lens == "opencv_fisheye":
        return _distort_fisheye(points, coefficients)
    raise ValueError(f"unknown lens {lens!r}: expected one of {', '.join(COEFFICIENTS)}")


def _distort_opencv(points: Tensor, coefficients: Tensor) -> Tensor:
    k1, k2, p1, p2, k3, k4, k5, k6 = coefficients.unbind(-1)
    x, y = points.unbind(-1)
    r2 = x * x + y * y
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
    return torch.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ],
        -1,
    )


def _distort_fisheye(points: Tensor, coefficients: Tensor) -> Tensor:
    k1, k2, k3, k4 = coefficients.unbind(-1)
    radius = points.norm(dim=-1, keepdim=True).clamp_min(1e-12)
    theta = torch.atan(radius)
    t2 = theta * theta
    return points * (theta * (1 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4)))) / radius)


def undistort(
    lens: str, points: Float[Tensor, "... 2"], coefficients: Float[Tensor, "k"], iterations: int = 20
) -> tuple[Float[Tensor, "... 2"], Bool[Tensor, "..."]]:
    """Inverse of `distort` by damped Newton steps, and where it succeeded (the lens folds over far from its axis)."""
    if lens == "pinhole":
        return points, torch.ones(points.shape[:-1], dtype=torch.bool, device=points.device)
    guess = points.clone()
    for _ in range(iterations):
        residual = distort(lens, guess, coefficients) - points
        jacobian = _jacobian(lens, guess, coefficients)
        step = torch.linalg.solve(jacobian + 1e-12 * torch.eye(2, dtype=points.dtype, device=points.device), residual)
        guess = guess - step.clamp(-0.5, 0.5)
    residual = (distort(lens, guess, coefficients) - points).norm(dim=-1)
    tolerance = 1e-9 if points.dtype == torch.float64 else 1e-5
    return guess, (residual < tolerance) & ~folds_over(lens, guess, coefficients)


def _jacobian(lens: str, points: Tensor, coefficients: Tensor) -> Tensor:
    """d distort / d points, by central differences: two digits fewer than exact, which Newton does not mind."""
    step = 1e-6 if points.dtype == torch.float64 else 1e-3
    columns = []
    for axis in range(2):
        offset = torch.zeros(2, dtype=points.dtype, device=points.device)
        offset[axis] = step
        forward, backward = distort(lens, points + offset, coefficients), distort(lens, points - offset, coefficients)
        columns.append((forward - backward) / (2 * step))
    return torch.stack(columns, -1)


def folds_over(lens: str, points: Float[Tensor, "... 2"], coefficients: Float[Tensor, "k"]) -> Bool[Tensor, "..."]:
    """Where a polynomial lens has left its valid range: it mirrors, so such points belong to no real ray."""
    radius = points.norm(dim=-1)
    if lens == "pinhole" or radius.numel() == 0:
        return torch.zeros(points.shape[:-1], dtype=torch.bool, device=points.device)
    return radius >= _valid_radius(lens, coefficients, float(radius.max()))


def _valid_radius(lens: str, coefficients: Tensor, most: float) -> float:
    """The least distance from the axis, up to `most`, at which going outwards no longer goes outwards in the picture.

    Beyond it the polynomial may well rise again, but no ray is imaged there twice.
    """
    radii = torch.linspace(0, most * 1.001, 1024, dtype=coefficients.dtype, device=coefficients.device)
    angles = torch.arange(32, dtype=coefficients.dtype, device=coefficients.device) * (2 * torch.pi / 32)
    directions = torch.stack([angles.cos(), angles.sin()], -1)
    slope = _jacobian(lens, radii[:, None, None] * directions, coefficients)
    outwards = torch.einsum("rai,raij,raj->ra", directions.expand(1024, 32, 2), slope, directions.expand(1024, 32, 2))
    folded = ~((outwards > 0) & (torch.linalg.det(slope) > 0)).all(-1)
    return float(radii[folded.nonzero()[0, 0]]) if bool(folded.any()) else torch.inf
