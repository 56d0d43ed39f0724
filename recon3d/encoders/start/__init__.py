"""Where a fit begins: coloured points from structure from motion, from the photos themselves, or from nothing.

Each file is one way, named as in a recipe, with one function `start(scene, count, generator) -> PointCloud | None`;
None says that this way does not apply to the scene.
"""

from __future__ import annotations

import importlib

import torch

from recon3d.types import PointCloud, Scene

WAYS = ("points", "silhouettes", "triangulated", "random")
"""In the order in which "auto" tries them."""


def start_points(scene: Scene, way: str, count: int, generator: torch.Generator) -> tuple[str, PointCloud]:
    """The way taken and about `count` points to begin with.

    Raises ValueError where the way that was asked for does not apply to the scene.
    """
    for name in WAYS if way == "auto" else (way,):
        points = importlib.import_module(f"{__name__}.{name}").start(scene, count, generator)
        if points is not None:
            return name, points
    raise ValueError(f"a start from {way} does not fit this scene: try one of {', '.join(('auto', *WAYS))}")
