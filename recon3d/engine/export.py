"""A run's Gaussians as a file of their own."""

from __future__ import annotations

from pathlib import Path

from recon3d.engine.reconstruction import load
from recon3d.errors import BadInput, UsageError
from recon3d.io.ply import write_gaussians


def refuse_existing_file(path: Path, overwrite: bool) -> None:
    """Raises BadInput for a file that exists, unless it may be overwritten, and for a folder always."""
    if path.is_dir():
        raise BadInput(path, "is a folder", "name a file")
    if path.exists() and not overwrite:
        raise BadInput(path, "exists already", "name another --output or add --overwrite")


def export_ply(run: Path, output: Path, overwrite: bool = False) -> int:
    """Write the run's Gaussians as 3DGS PLY and return how many there are. Raises as `load` and `refuse_existing_file`,
    and UsageError for another kind of file."""
    if output.suffix.lower() != ".ply":
        raise UsageError(output, "only PLY can be written", "name a file that ends in .ply")
    refuse_existing_file(output, overwrite)
    gaussians = load(run).gaussians
    write_gaussians(output, gaussians)
    return len(gaussians)
