"""Tensors from files of network weights: safetensors, or torch's own format, read without executing anything in it.

A file is named by its path, or by the "owner/name" it is published under on the Hugging Face hub, if any program has
downloaded that before. Nothing is downloaded here.
"""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path
from typing import Any, NamedTuple

import safetensors
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from recon3d.errors import BadInput, OutOfResources
from recon3d.io.atomic import replacing
from recon3d.io.hashes import sha256_of

HUB_FILES = ("model.safetensors", "model.ckpt", "pytorch_model.bin")
"""Names that weights are published under, the safest first."""


class Weights(NamedTuple):
    """Tensors by name, on the CPU, and the hash of the file they came from."""

    tensors: dict[str, Tensor]
    sha256: str


def find_weights(name: str) -> Path:
    """The file of that path or published name. Raises BadInput where it is not on this machine."""
    path = Path(name).expanduser()
    if path.is_file():
        return path
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise BadInput(name, "there is no such file", "give the path of a file of weights")
    folder = hub_cache() / f"models--{name.replace('/', '--')}" / "snapshots"
    for snapshot in sorted(folder.glob("*"), key=lambda found: found.stat().st_mtime, reverse=True):
        for file in HUB_FILES:
            if (snapshot / file).is_file():
                return snapshot / file
    remedy = f"download it (hf download {name}) and give the path of its file, or try again"
    raise BadInput(name, f"not in the hub's cache ({hub_cache()}), and recon3d downloads nothing", remedy)


def hub_cache() -> Path:
    """Where programs that download from the hub leave the files."""
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub"))


def read_weights(path: Path) -> Weights:
    """All tensors of the file. Torch's own format is read once, and kept as safetensors from then on.

    Raises BadInput for a file that is neither, or holds anything but tensors.
    """
    sha256 = sha256_of(path)
    if path.suffix == ".safetensors":
        return Weights(_read_safetensors(path), sha256)
    kept = _cache() / f"{sha256}.safetensors"
    if not kept.is_file():
        tensors = _read_torch(path)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with replacing(kept) as unfinished:
            save_file(tensors, unfinished)
    return Weights(_read_safetensors(kept), sha256)


def write_weights(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors as safetensors. Raises as `replacing`."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as unfinished:
        unfinished.touch()  # says why a file cannot be made at all
        mode = unfinished.stat().st_mode
        try:
            save_file(contiguous, unfinished)
            unfinished.chmod(mode)  # which it has taken away from all but the owner
        except safetensors.SafetensorError as error:  # hides the OSError that it was: by now a full disk
            raise OutOfResources(path, f"cannot be written ({error})", "free some space or write elsewhere") from error


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "recon3d" / "weights"


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (safetensors.SafetensorError, OSError) as error:
        raise BadInput(path, f"cannot be read as safetensors ({error})", "download it again") from None


def _read_torch(path: Path) -> dict[str, Tensor]:
    """The state dictionary in a file of torch's own format: on its own, under the key "state_dict", or several under
    keys that end in _state_dict, whose names go before those of their tensors."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        reason = "holds more than tensors, and nothing but tensors is read (nothing was executed)"
        raise BadInput(path, reason, "ask its maker for safetensors") from None
    except (RuntimeError, EOFError, KeyError, ValueError, OSError) as error:
        raise BadInput(path, f"not a file of torch tensors: {error}", "download it again") from None
    tensors = content.get("state_dict", _joined(content) or content) if isinstance(content, dict) else content
    if not isinstance(tensors, dict) or not all(isinstance(value, Tensor) for value in tensors.values()):
        raise BadInput(path, "holds no state dictionary", "is it a checkpoint of a network?")
    # A copy each, because safetensors refuses tensors that share memory.
    return {str(name): tensor.detach().clone().contiguous() for name, tensor in tensors.items()}


def _joined(content: dict[str, Any]) -> dict[str, Any]:
    """Tensors of the networks among what a training has saved; how its optimiser stood is left out."""
    networks = {key: value for key, value in content.items() if str(key).endswith("_state_dict") and _is_network(value)}
    return {f"{key}.{name}": tensor for key, state in networks.items() for name, tensor in state.items()}


def _is_network(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(tensor, Tensor) for tensor in value.values())
