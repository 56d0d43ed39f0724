"""The one line, with nothing around it: Gaussians pulled towards a picture by torch's own optimiser."""

import torch

from recon3d.metrics.photometric import Config, Photometric
from recon3d.renderers import splat
from recon3d.types import Cameras, Gaussians, Views

generator = torch.Generator().manual_seed(0)
size, count = 64, 300
intrinsics = torch.tensor([[[80.0, 0, size / 2], [0, 80.0, size / 2], [0, 0, 1]]])
cameras = Cameras(torch.eye(4)[None], intrinsics, torch.tensor([size]), torch.tensor([size]))
rows, columns = torch.meshgrid(torch.linspace(0, 1, size), torch.linspace(0, 1, size), indexing="ij")
target = Views(
    cameras, torch.stack([rows, columns, 0.5 + 0.5 * torch.sin(12 * rows) * torch.cos(9 * columns)], -1)[None]
)

means = torch.cat([torch.rand(count, 2, generator=generator) - 0.5, torch.full((count, 1), 1.2)], -1).requires_grad_()
log_scales = torch.full((count, 3), -3.5, requires_grad=True)
quaternions = torch.randn(count, 4, generator=generator).requires_grad_()
logits = torch.zeros(count, requires_grad=True)
sh = torch.zeros(count, 1, 3, requires_grad=True)
optimiser = torch.optim.Adam([means, log_scales, quaternions, logits, sh], lr=0.02)

render, objective = splat.Splat(splat.Config()), Photometric(Config())
for step in range(200):
    gaussians = Gaussians(means, quaternions, log_scales.exp(), logits.sigmoid(), sh)
    loss = objective(render(gaussians, target.cameras), target)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    if step % 50 == 0 or step == 199:
        print(f"step {step:3d}  loss {loss.item():.4f}")
