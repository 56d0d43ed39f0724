"""What a run has made, as a file of its own: the Gaussians of a fit, or what a training has learnt."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from recon3d.engine.reconstruction import Reconstruction, load
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput, UsageError
from recon3d.io.edits import read_edits
from recon3d.io.ply import write_gaussians
from recon3d.io.weights import read_weights, write_weights


def refuse_existing_file(path: Path, overwrite: bool) -> None:
    """Raises BadInput for a file that exists, unless it may be overwritten, and for a folder always."""
    if path.is_dir():
        raise BadInput(path, "is a folder", "name a file")
    if path.exists() and not overwrite:
        raise BadInput(path, "exists already", "name another --output or add --overwrite")


@dataclass(frozen=True)
class ExportRequest:
    """`run` may also be a file of Gaussians. `edits` are what to leave out; by default what the viewer has put into the
    run folder, and nothing at all if not `edited`."""

    run: Path
    output: Path
    overwrite: bool = False
    edits: Path | None = None
    edited: bool = True


def export(request: ExportRequest) -> str:
    """Write a fit's Gaussians as 3DGS PLY or a training's weights as safetensors, by the suffix of the output, and
    return how much there is of what.

    Raises UsageError for another suffix, and BadInput for an output that exists, for what is no run, for a run that
    has made something else and as `edited`.
    """
    output, suffix = request.output, request.output.suffix.lower()
    if suffix not in (".ply", ".safetensors"):
        raise UsageError(output, "is neither PLY, HTML nor safetensors", "name a file that ends in .ply, for example")
    refuse_existing_file(output, request.overwrite)
    if suffix == ".safetensors":
        return _export_weights(request.run, output)
    reconstruction, what = edited(load(request.run), request)
    write_gaussians(output, reconstruction.gaussians)
    return what


def edited(reconstruction: Reconstruction, request: ExportRequest) -> tuple[Reconstruction, str]:
    """What is left of the reconstruction after the edits, and how many Gaussians that are.

    Raises BadInput for edits of other Gaussians and for those that leave nothing.
    """
    gaussians, run, edits = reconstruction.gaussians, reconstruction.run, request.edits
    if edits is None and run is not None and run.edits.is_file():
        edits = run.edits
    if edits is None or not request.edited:
        return reconstruction, f"{len(gaussians)} Gaussians"
    try:
        kept = read_edits(edits).keep(gaussians.means)
    except ValueError as error:
        raise BadInput(edits, str(error), "name the edits of this run, or add --no-edits") from error
    if not bool(kept.any()):
        raise BadInput(edits, "leaves no Gaussian", "undo some in the viewer, or add --no-edits")
    left = dataclasses.replace(reconstruction, representation=gaussians.selected(kept))
    return left, f"{int(kept.sum())} of {len(gaussians)} Gaussians, by {edits}"


def _export_weights(run: Path, output: Path) -> str:
    """In half precision, which is plenty for weights that are not learnt from any further."""
    folder = RunFolder.open(run)
    folder.read_manifest("train")
    weights = {name: tensor.half() for name, tensor in read_weights(folder.weights).tensors.items()}
    write_weights(output, weights)
    return f"{sum(tensor.numel() for tensor in weights.values())} weights"
