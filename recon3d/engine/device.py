"""Which device does the work, and on how many threads."""

from __future__ import annotations

import torch

from recon3d import kernels
from recon3d.engine.ranks import local_rank
from recon3d.errors import Missing
from recon3d.kernels import cpu


def chosen_device(name: str) -> torch.device:
    """The device by its name; "auto" is a GPU where there is one that the kernels can use.

    Raises Missing for a device that is not here.
    """
    if name == "auto":
        name = "cuda" if kernels.backend_for(torch.device("cuda")) == "cuda" else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise Missing(f"device {name}", "is not here", "see recon3d doctor, or use --device cpu") from None
    return device


def network_device(name: str) -> torch.device:
    """As `chosen_device`, but "auto" is any GPU, for networks need none of the kernels, and each process that torchrun
    started on a machine gets its own."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda":
        name = f"cuda:{local_rank() or 0}"
    device = chosen_device(name)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    return device


def use_threads(count: int) -> None:
    """All that is computed on the CPU by this process uses so many threads."""
    torch.set_num_threads(count)
    if cpu.instruction_set() is not None:
        cpu.set_threads(count)


def training_threads(workers: int) -> int:
    """The cores of this process, or what OMP_NUM_THREADS says, less one for each process that makes examples: threads
    of one product wait for each other, so a core that is shared delays all."""
    return max(1, torch.get_num_threads() - workers)
