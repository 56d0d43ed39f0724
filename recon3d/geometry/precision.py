"""Geometry is computed in full wherever networks are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def in_full() -> Iterator[None]:
    """Within, or in a function that it decorates, products have the precision of their factors, even where autocast
    would lower it: an error of a two-hundredth is nothing to a network, and a pixel to a camera."""
    with torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
        yield
