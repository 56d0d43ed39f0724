"""Finding, loading and calling the compiled library: a plain C interface, no Python and no torch in it.

It is found beside the kernels' sources or among the installed packages, built once per instruction set; the best one
the machine can run is loaded at first use.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sysconfig
from pathlib import Path

from torch import Tensor

from recon3d.errors import Missing, OutOfResources

INSTRUCTION_SETS = ("baseline", "avx2", "avx512")
"""By the level that `recon3d_cpu_level` reports."""


def instruction_set() -> str | None:
    """The build that this machine will use, or None where the kernels were not built (no compiler at install)."""
    return _best_build()[0]


@functools.cache
def _best_build() -> tuple[str | None, Path | None]:
    # An editable install keeps the sources here and puts what it builds among the installed packages.
    folders = (Path(__file__).parents[1], Path(sysconfig.get_path("platlib")) / "recon3d" / "kernels")
    builds = {
        name: path
        for folder in reversed(folders)
        for name in INSTRUCTION_SETS
        if (path := folder / "native" / f"recon3d_{name}.so").is_file()
    }
    if "baseline" not in builds:  # which knows what the machine can run
        return None, None
    level = ctypes.CDLL(str(builds["baseline"])).recon3d_cpu_level()
    usable = [name for name in INSTRUCTION_SETS[: level + 1] if name in builds]
    name = os.environ.get("RECON3D_INSTRUCTION_SET", usable[-1])
    if name not in usable:
        reason = f"{name} is not built, or this machine lacks it"
        raise Missing("RECON3D_INSTRUCTION_SET", reason, f"choose from {', '.join(usable)}")
    return name, builds[name]


@functools.cache
def library() -> ctypes.CDLL:
    """The compiled kernels; Missing where there are none."""
    _, path = _best_build()
    if path is None:
        raise Missing("CPU kernels", "they were not built", "install a C++ compiler and reinstall recon3d")
    loaded = ctypes.CDLL(str(path))
    loaded.recon3d_workspace_new.restype = ctypes.c_void_p
    loaded.recon3d_workspace_free.argtypes = [ctypes.c_void_p]
    loaded.recon3d_work.restype = None
    loaded.recon3d_set_threads(default_threads())
    return loaded


def default_threads() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads(count: int) -> None:
    """How many threads all kernels share from now on. Results do not depend on it."""
    library().recon3d_set_threads(count)


def check(status: int) -> None:
    """Raises what a kernel's return value stands for."""
    if status == 1:
        raise OutOfResources("CPU kernels", "out of memory", "use fewer Gaussians or a smaller picture (--downscale)")
    if status != 0:
        raise ValueError(f"a CPU kernel refused its arguments (status {status})")


def pointer(tensor: Tensor | None) -> ctypes.c_void_p:
    """Where a tensor's numbers are; null for None."""
    return ctypes.c_void_p(None if tensor is None else tensor.data_ptr())
