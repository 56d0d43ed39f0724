"""The state of an unfinished fit: tensors as safetensors, everything else as JSON.

The JSON is written last and names its tensors, so whatever happens in between, the last complete pair stays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput, OutOfResources
from recon3d.io.atomic import replacing, write_json
from recon3d.io.json_files import read_json

VERSION = 2


def save(run: RunFolder, step: int, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """Replace the run's checkpoint. `state` must be plain JSON values. Raises OutOfResources where the disk is full
    and BadInput where the run's folder may not be written any more."""
    run.checkpoints.mkdir(exist_ok=True)
    path = run.checkpoints / f"{step:08d}.safetensors"
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as unfinished:
        unfinished.touch()  # says why a file cannot be made at all
        try:
            safetensors.torch.save_file(contiguous, unfinished)
        except safetensors.SafetensorError as error:  # hides the OSError that it was: by now a full disk
            raise OutOfResources(path, f"cannot be written ({error})", "free some space or write elsewhere") from error
    write_json(run.checkpoint, {"version": VERSION, "tensors": path.name, "step": step, **state})
    for other in run.checkpoints.glob("*.safetensors"):
        if other != path:
            other.unlink()


def load(run: RunFolder) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and state of the run's checkpoint. Raises BadInput where there is none or it is damaged."""
    if not run.checkpoint.is_file():
        raise BadInput(run.path, "has no checkpoint to resume from", "fit again with --overwrite")
    state = read_json(run.checkpoint)
    if state.get("version") != VERSION:
        raise BadInput(
            run.checkpoint, f"version {state.get('version')!r} is not {VERSION}", "use that version's recon3d"
        )
    name = state.get("tensors")
    if not isinstance(name, str) or Path(name).name != name:
        raise BadInput(run.checkpoint, "names no tensors", "the run is damaged: fit again with --overwrite")
    path = run.checkpoints / name
    try:
        return safetensors.torch.load(path.read_bytes()), state
    except (OSError, safetensors.SafetensorError) as error:
        raise BadInput(path, f"cannot be read ({error})", "the run is damaged: fit again with --overwrite") from error
