"""What a run has made, as a file of its own: the Gaussians of a fit, or what a training has learnt."""

from __future__ import annotations

from pathlib import Path

from recon3d.engine.reconstruction import load
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput, UsageError
from recon3d.io.ply import write_gaussians
from recon3d.io.weights import read_weights, write_weights


def refuse_existing_file(path: Path, overwrite: bool) -> None:
    """Raises BadInput for a file that exists, unless it may be overwritten, and for a folder always."""
    if path.is_dir():
        raise BadInput(path, "is a folder", "name a file")
    if path.exists() and not overwrite:
        raise BadInput(path, "exists already", "name another --output or add --overwrite")


def export(run: Path, output: Path, overwrite: bool = False) -> str:
    """Write a fit's Gaussians as 3DGS PLY or a training's weights as safetensors, by the suffix of the output, and
    return how much there is of what.

    Raises UsageError for another suffix, and BadInput for an output that exists, for what is no run and for a run that
    has made something else.
    """
    formats = {".ply": _export_gaussians, ".safetensors": _export_weights}
    if (suffix := output.suffix.lower()) not in formats:
        raise UsageError(output, "is neither PLY nor safetensors", "name a file that ends in .ply or .safetensors")
    refuse_existing_file(output, overwrite)
    return formats[suffix](run, output)


def _export_gaussians(run: Path, output: Path) -> str:
    gaussians = load(run).gaussians
    write_gaussians(output, gaussians)
    return f"{len(gaussians)} Gaussians"


def _export_weights(run: Path, output: Path) -> str:
    """In half precision, which is plenty for weights that are not learnt from any further."""
    folder = RunFolder.open(run)
    folder.read_manifest("train")
    weights = {name: tensor.half() for name, tensor in read_weights(folder.weights).tensors.items()}
    write_weights(output, weights)
    return f"{sum(tensor.numel() for tensor in weights.values())} weights"
