"""A look at the machine: what recon3d found, what it will use, and what would make it faster."""

from __future__ import annotations

import importlib.util

import torch

from recon3d.engine.manifest import describe_machine, describe_versions
from recon3d.engine.recipe_files import recipe_folder, shipped_recipes
from recon3d.kernels import backend_for, cpu

EXTRAS = {
    "video": ("imageio_ffmpeg", "MP4 films"),
    "cuda": ("gsplat", "splatting on NVIDIA GPUs"),
    "synth": ("embreex", "making the scenes of scenes/ anew"),
}
"""Optional extras: the module to look for, and what it is for."""


def examine() -> dict[str, dict[str, str]]:
    """Findings by section, as text."""
    machine = {name: str(value) for name, value in describe_machine(torch.device("cpu")).items()}
    return {
        "versions": describe_versions(),
        "machine": machine,
        "kernels": {"cpu": _cpu_kernels(), "cuda": _cuda_kernels()},
        "extras": {name: _extra(name, *what) for name, what in EXTRAS.items()},
        "recipes": {name: str(recipe_folder() / f"{name}.toml") for name in shipped_recipes()},
    }


def _cpu_kernels() -> str:
    name = cpu.instruction_set()
    if name is None:
        return "reference (slow): not built; install a C++ compiler and reinstall recon3d"
    if backend_for(torch.device("cpu")) == "reference":
        return f"reference (slow): asked for by RECON3D_KERNELS; {name} is built"
    return f"C++ for {name}, {cpu.default_threads()} threads"


def _cuda_kernels() -> str:
    if not torch.cuda.is_available():
        return "none: torch finds no CUDA device"
    if backend_for(torch.device("cuda")) != "cuda":
        return "reference (slow): pip install 'recon3d[cuda]' brings gsplat"
    return f"gsplat on {torch.cuda.get_device_name()}"


def _extra(name: str, module: str, purpose: str) -> str:
    if importlib.util.find_spec(module) is not None:
        return f"here ({purpose})"
    return f"not here ({purpose}): pip install 'recon3d[{name}]'"
