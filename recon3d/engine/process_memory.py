"""How this process takes memory from the system. Imports no torch: it is set before that."""

from __future__ import annotations

import os


def use_large_pages() -> None:
    """Large tensors are asked for in pages of 2 MiB, where the system gives such (Linux, transparent huge pages).

    Small ones, 4 KiB each, are mapped one by one whenever a tensor is new: that is a seventh of a step with 200,000
    Gaussians. To be called before the first tensor is made; THP_MEM_ALLOC_ENABLE=0 in the environment forbids it.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # read by torch when it allocates for the first time
