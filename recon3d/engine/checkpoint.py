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
from recon3d.errors import BadInput
from recon3d.io.atomic import write_bytes, write_json
from recon3d.io.json_files import read_json

VERSION = 1


def save(run: RunFolder, step: int, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """Replace the run's checkpoint. `state` must be plain JSON values."""
    run.checkpoints.mkdir(exist_ok=True)
    path = run.checkpoints / f"{step:08d}.safetensors"
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_bytes(path, safetensors.torch.save(contiguous))
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
