"""A finished reconstruction, ready to be looked at: what `recon3d.load` returns."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.encoders.fitted import FittedEncoder, FittedField
from recon3d.engine import recipe
from recon3d.engine.fit import single_threaded_torch
from recon3d.engine.model import Renderer
from recon3d.engine.recipe import Recipe
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput
from recon3d.geometry.transforms import scale_of
from recon3d.io.camera_path import read_camera_path
from recon3d.io.ply import read_gaussians, write_gaussians
from recon3d.io.spz import read_spz
from recon3d.io.weights import read_weights, write_weights
from recon3d.renderers import splat
from recon3d.types import Cameras, Gaussians, RadianceField, Rendering, Scene

CPU = torch.device("cpu")


@dataclasses.dataclass(frozen=True)
class Reconstruction:
    """What was fitted, and the renderer it was fitted with.

    Gaussians are in the frame of the user's files; a field is in a world of its own, `world_from_input` away from it.
    """

    representation: Gaussians | RadianceField
    renderer: Renderer
    run: RunFolder | None = None
    world_from_input: Float[Tensor, "4 4"] = dataclasses.field(default_factory=lambda: torch.eye(4))
    device: torch.device = CPU

    @property
    def gaussians(self) -> Gaussians:
        """Raises BadInput where it is a radiance field."""
        if not isinstance(self.representation, Gaussians):
            raise BadInput(self.run.path if self.run else "field", "holds a radiance field, not Gaussians", NOT_SPLATS)
        return self.representation

    @property
    def splatting(self) -> splat.Config:
        """How the Gaussians are drawn. Raises BadInput where it is a radiance field."""
        if not isinstance(self.renderer, splat.Splat):
            raise BadInput(self.run.path if self.run else "field", "is not drawn by splatting", NOT_SPLATS)
        return self.renderer.config

    def render(self, cameras: Cameras, depth: bool | Literal["surface"] = False) -> Rendering:
        """Pictures of pinhole cameras of one size, placed in the frame of the user's files. Depth is in its units; for
        that of the "surface" see Splat: other renderers know one depth only."""
        if not isinstance(self.renderer, splat.Splat):
            depth = bool(depth)
        cameras = cameras.to("cpu", torch.float64).moved(self.world_from_input).to(self.device, torch.float32)
        with torch.no_grad(), single_threaded_torch(self.device):
            rendering = self.renderer(self.representation, cameras, depth)
        if rendering.depth is None:
            return rendering
        return dataclasses.replace(rendering, depth=rendering.depth / scale_of(self.world_from_input))

    def cameras(self, split: str = "test") -> Cameras:
        """The run's own cameras, "train" or "test", as they were used: undistorted, cropped and downscaled.

        Raises BadInput where the Gaussians come from a file without cameras.
        """
        if self.run is None:
            raise BadInput("cameras", "a file of Gaussians has none", "load a run folder")
        return read_camera_path(self.run.cameras(split))[0].to("cpu", torch.float32)


NOT_SPLATS = "render it (recon3d render), or make a mesh of it (recon3d mesh)"


def load(path: str | Path, device: str = "cpu") -> Reconstruction:
    """A reconstruction from a run folder or from any 3DGS PLY or SPZ file. Raises BadInput for anything else."""
    path, there = Path(path), torch.device(device)
    if path.is_file():
        read = read_spz if path.suffix.lower() == ".spz" else read_gaussians
        return Reconstruction(read(path).to(there), splat.Splat(splat.Config()), device=there)
    run = RunFolder.open(path)
    world_from_input = torch.tensor(run.read_manifest()["scene"]["world_from_input"], dtype=torch.float64)
    parts = recipe.resolve(str(run.recipe))
    loaded = _load_field if parts.parts["encoder"].build.produces is RadianceField else _load_gaussians
    return loaded(run, parts, world_from_input, there)


def _load_gaussians(run: RunFolder, parts: Recipe, world_from_input: Tensor, device: torch.device) -> Reconstruction:
    if not run.splats.is_file():
        raise BadInput(run.path, "has no splats.ply yet", "let the fit finish, or resume it")
    renderer = _splat_in_input(parts, world_from_input)
    return Reconstruction(read_gaussians(run.splats).to(device), renderer, run, device=device)


def _splat_in_input(parts: Recipe, world_from_input: Tensor) -> splat.Splat:
    """The recipe's renderer for Gaussians in the frame of the input."""
    config = parts.parts["renderer"].config
    return splat.Splat(dataclasses.replace(config, near=config.near / scale_of(world_from_input)))


def _load_field(run: RunFolder, parts: Recipe, world_from_input: Tensor, device: torch.device) -> Reconstruction:
    if not run.field.is_file():
        raise BadInput(run.path, "has no field.safetensors yet", "let the fit finish, or resume it")
    weights = {name: tensor.to(device) for name, tensor in read_weights(run.field).tensors.items()}
    encoder = parts.parts["encoder"]
    try:
        field = encoder.build.field_of(weights, encoder.config)
    except (KeyError, RuntimeError, ValueError) as error:
        raise BadInput(
            run.field, f"is not a field of {encoder.name} ({error})", "the run is damaged: begin again"
        ) from error
    return Reconstruction(field, parts.parts["renderer"].make(), run, world_from_input, device)


def reconstruction_of(encode: FittedEncoder, scene: Scene, parts: Recipe, device: torch.device) -> Reconstruction:
    """What a fit has learnt by now of the scene, in the world that it is learnt in."""
    with torch.no_grad():
        shown = encode(None)
    if not isinstance(shown, Gaussians):
        return Reconstruction(shown, parts.parts["renderer"].make(), None, scene.world_from_input, device)
    with torch.no_grad():
        gaussians = dataclasses.replace(shown, sh=shown.sh.detach(), mean2d_probe=None)
        gaussians = gaussians.moved(torch.linalg.inv(scene.world_from_input))
    return Reconstruction(gaussians, _splat_in_input(parts, scene.world_from_input), device=device)


def write_result(run: RunFolder, encode: FittedEncoder, shown: Reconstruction) -> dict[str, Any]:
    """Write what a fit has learnt, and return what a record says of it. A field is written in its own world."""
    if isinstance(encode, FittedField):
        weights = encode.weights()
        write_weights(run.field, weights)
        return {"parameters": sum(tensor.numel() for tensor in weights.values() if tensor.is_floating_point())}
    gaussians = shown.gaussians.to("cpu")
    write_gaussians(run.splats, gaussians)
    return {"gaussians": len(gaussians)}
