"""A synthetic cloud of Gaussians with the statistics of a fitted scene, for timings of any size.

Four spheres, a floor and a haze; 45 % of the opacities high and the rest low; flat, log-normal shapes whose radius of
three standard deviations has a mean of `RADIUS` pixels at 400x400; spherical harmonics of degree 3.
"""

from __future__ import annotations

import torch

from recon3d.kernels.interface import Camera
from recon3d.representations.gaussian_parameters import GaussianParameters

RADIUS = 4.0
FOCAL = 555 / 400
CENTRES = torch.tensor([[0, 0, 0], [0.8, 0.2, 0.3], [-0.7, 0.3, -0.4], [0.2, -0.6, 0.5]])
RADII = torch.tensor([0.7, 0.4, 0.45, 0.35])


def camera_of(width: int, height: int) -> Camera:
    """Looks at the origin from 3.9 units away."""
    eye = torch.tensor([1.2, -1.0, -3.6])
    forward = -eye / eye.norm()
    right = torch.linalg.cross(torch.tensor([0.0, 1.0, 0.0]), forward)
    right /= right.norm()
    camera_from_world = torch.eye(4)
    camera_from_world[:3, :3] = torch.stack([right, torch.linalg.cross(forward, right), forward])
    camera_from_world[:3, 3] = -camera_from_world[:3, :3] @ eye
    focal = FOCAL * width
    return Camera(
        camera_from_world, torch.tensor([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]]), width, height
    )


def cloud(count: int, seed: int = 0) -> GaussianParameters:
    """`count` Gaussians in front of `camera_of`."""
    g = torch.Generator().manual_seed(seed)
    normal = torch.randn(count, 3, generator=g)
    direction = normal / normal.norm(dim=-1, keepdim=True)
    kind = torch.randint(0, 6, (count,), generator=g)
    means = 0.7 * torch.randn(count, 3, generator=g)
    for sphere in range(4):
        here = kind == sphere
        means[here] = CENTRES[sphere] + RADII[sphere] * direction[here]
    floor = (kind == 4).nonzero().squeeze(-1)
    means[floor] = torch.rand(len(floor), 3, generator=g) * torch.tensor([3.2, 0, 3.2]) + torch.tensor(
        [-1.6, 0.8, -1.6]
    )
    camera = camera_of(400, 400)
    depths = (means @ camera.camera_from_world[2, :3] + camera.camera_from_world[2, 3]).clamp_min(0.5)
    radius = RADIUS * torch.exp(0.7 * torch.randn(count, generator=g) - 0.245)
    log_scales = (radius / 3 * depths / (400 * FOCAL)).log()[:, None] + 0.35 * torch.randn(count, 3, generator=g)
    log_scales[:, 2] -= 1.2
    solid = torch.rand(count, generator=g) < 0.45
    # Both are close to the Beta(6, 1.2) and Beta(1.1, 2.5) of fitted scenes, by inversion of their main term.
    uniform = torch.rand(count, generator=g)
    opacities = torch.where(solid, uniform ** (1 / 6), 1 - (1 - uniform) ** (1 / 2.5)).clamp(0.006, 0.995)
    sh = 0.08 * torch.randn(count, 16, 3, generator=g)
    sh[:, 0] = torch.randn(count, 3, generator=g)
    return GaussianParameters(means, torch.randn(count, 4, generator=g), log_scales, torch.logit(opacities), sh)
