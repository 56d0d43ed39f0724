"""A finished reconstruction, ready to be looked at: what `recon3d.load` returns."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch

from recon3d.engine import recipe
from recon3d.engine.fit import single_threaded_torch
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput
from recon3d.geometry.transforms import scale_of
from recon3d.io.camera_path import read_camera_path
from recon3d.io.ply import read_gaussians
from recon3d.io.spz import read_spz
from recon3d.renderers import splat
from recon3d.types import Cameras, Gaussians, Rendering


@dataclasses.dataclass(frozen=True)
class Reconstruction:
    """Gaussians in the frame of the user's files, and the renderer they were fitted with."""

    gaussians: Gaussians
    renderer: splat.Splat
    run: RunFolder | None = None

    def render(self, cameras: Cameras, depth: bool = False) -> Rendering:
        """Pictures of pinhole cameras of one size, placed in the frame of the user's files. Depth is in its units."""
        device = self.gaussians.means.device
        with torch.no_grad(), single_threaded_torch(device):
            return self.renderer(self.gaussians, cameras.to(device, torch.float32), depth)

    def cameras(self, split: str = "test") -> Cameras:
        """The run's own cameras, "train" or "test", as they were used: undistorted, cropped and downscaled.

        Raises BadInput where the Gaussians come from a file without cameras.
        """
        if self.run is None:
            raise BadInput("cameras", "a file of Gaussians has none", "load a run folder")
        return read_camera_path(self.run.cameras(split))[0].to("cpu", torch.float32)


def load(path: str | Path, device: str = "cpu") -> Reconstruction:
    """A reconstruction from a run folder or from any 3DGS PLY or SPZ file. Raises BadInput for anything else."""
    path = Path(path)
    if path.is_file():
        read = read_spz if path.suffix.lower() == ".spz" else read_gaussians
        return Reconstruction(read(path).to(device), splat.Splat(splat.Config()))
    run = RunFolder.open(path)
    record = run.read_manifest()
    if not run.splats.is_file():
        raise BadInput(path, "has no splats.ply yet", "let the fit finish, or resume it")
    config = recipe.resolve(str(run.recipe)).parts["renderer"].config
    scale = scale_of(torch.tensor(record["scene"]["world_from_input"]))
    renderer = splat.Splat(dataclasses.replace(config, near=config.near / scale))
    return Reconstruction(read_gaussians(run.splats).to(device), renderer, run)
