"""Render any 3DGS PLY file from a ring of cameras around it: python examples/00_render_a_file.py FILE.ply OUT/"""

import sys
from pathlib import Path

import torch

import recon3d
from recon3d.engine.camera_paths import orbit_around
from recon3d.io.images import write_image

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)

reconstruction = recon3d.load(source)
cameras = orbit_around(reconstruction.gaussians, up=torch.tensor([0.0, 0.0, 1.0]), size=(320, 240), frames=8)
for i, camera in enumerate(cameras):
    picture = reconstruction.render(camera).over(torch.ones(3))[0]
    write_image(folder / f"{i:02d}.png", picture)
print(f"{len(cameras)} pictures of {len(reconstruction.gaussians)} Gaussians in {folder}")
