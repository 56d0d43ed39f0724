"""The state of an unfinished fit or training: tensors as safetensors, everything else as JSON.

The JSON is written last and names its tensors, so whatever happens in between, the last complete pair stays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput
from recon3d.io.atomic import write_json
from recon3d.io.json_files import read_json
from recon3d.io.weights import write_weights

VERSION = 2


def within(name: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under names that begin with another, as in name.key."""
    return {f"{name}.{key}": tensor for key, tensor in tensors.items()}


def section(name: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Those tensors again, by their keys."""
    return {key.removeprefix(f"{name}."): tensor for key, tensor in tensors.items() if key.startswith(f"{name}.")}


def save(run: RunFolder, step: int, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """Replace the run's checkpoint. `state` must be plain JSON values. Raises OutOfResources where the disk is full
    and BadInput where the run's folder may not be written any more."""
    run.checkpoints.mkdir(exist_ok=True)
    path = run.checkpoints / f"{step:08d}.safetensors"
    write_weights(path, tensors)
    write_json(run.checkpoint, {"version": VERSION, "tensors": path.name, "step": step, **state})
    for other in run.checkpoints.glob("*.safetensors"):
        if other != path:
            other.unlink()


def load(run: RunFolder) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and state of the run's checkpoint. Raises BadInput where there is none or it is damaged."""
    if not run.checkpoint.is_file():
        raise BadInput(run.path, "has no checkpoint to resume from", "begin again with --overwrite")
    state = read_json(run.checkpoint)
    if state.get("version") != VERSION:
        raise BadInput(
            run.checkpoint, f"version {state.get('version')!r} is not {VERSION}", "use that version's recon3d"
        )
    name = state.get("tensors")
    if not isinstance(name, str) or Path(name).name != name:
        raise BadInput(run.checkpoint, "names no tensors", "the run is damaged: begin again with --overwrite")
    path = run.checkpoints / name
    try:
        return safetensors.torch.load(path.read_bytes()), state
    except (OSError, safetensors.SafetensorError) as error:
        raise BadInput(path, f"cannot be read ({error})", "the run is damaged: begin again with --overwrite") from error
