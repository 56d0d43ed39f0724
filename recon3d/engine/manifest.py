"""Where a result comes from: versions, machine, inputs by their hashes, the split, the words of the command line."""

from __future__ import annotations

import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

import recon3d
from recon3d.engine.clock import Clock
from recon3d.io.hashes import sha256_of
from recon3d.kernels import backend_for, cpu
from recon3d.types import Scene

PACKAGES = ("torch", "numpy", "scipy", "opencv-python-headless", "imageio", "pillow", "safetensors", "gsplat")


def describe_beginning(argv: tuple[str, ...], device: torch.device) -> dict[str, Any]:
    """What a run's record begins with."""
    return {
        "status": "running",
        "begun": now(),
        "argv": list(argv),
        "versions": describe_versions(),
        "machine": describe_machine(device),
    }


def describe_end(status: str, clock: Clock) -> dict[str, Any]:
    """What is added to it when the run ends: with "finished", "stopped" or "diverged"."""
    return {
        "status": status,
        "ended": now(),
        "steps": clock.step,
        "seconds": round(clock.elapsed, 2),
        "cpu_seconds": round(time.process_time(), 2),
        "peak_memory": peak_memory(),
    }


def describe_machine(device: torch.device) -> dict[str, Any]:
    """The hardware and which kernels serve on it."""
    return {
        "platform": platform.platform(),
        "processor": processor_name(),
        "cores": cpu.default_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "kernels": backend_for(device),
        "instruction_set": cpu.instruction_set(),
    }


def describe_versions() -> dict[str, str]:
    """Versions of recon3d, Python and the packages that shape a result; those not installed are left out."""
    versions = {"recon3d": recon3d.__version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def describe_scene(scene: Scene, world_from_input: Float[Tensor, "4 4"]) -> dict[str, Any]:
    """What was read: format, remarks, split, SHA-256 of every file; and where the fit moved the input's frame."""
    return {
        "path": str(scene.path.resolve()),
        "format": scene.format,
        "notes": list(scene.notes),
        "split": {"train": list(scene.train.names), "test": list(scene.test.names)},
        "size": _sizes(scene),
        "world_from_input": world_from_input.tolist(),
        "sha256": {str(path.relative_to(scene.path)): sha256_of(path) for path in scene.files},
    }


def _sizes(scene: Scene) -> list[str]:
    cameras = scene.train.cameras
    pairs = zip(cameras.width.tolist(), cameras.height.tolist(), strict=True)
    return sorted({f"{width}x{height}" for width, height in pairs})


def processor_name() -> str:
    """The CPU's own name where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def peak_memory() -> int:
    """Bytes this process has held at most; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def free_memory() -> int:
    """Bytes that this machine can still give; 0 where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return 0


def used_memory() -> int:
    """Bytes this process holds now, or its peak where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return peak_memory()
