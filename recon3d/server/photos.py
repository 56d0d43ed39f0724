"""The photos of a scene and their cameras, for the viewer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import get_args

import torch

from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput
from recon3d.io.images import jpeg_of
from recon3d.io.zooming import zoomed
from recon3d.server.messages import Split, View
from recon3d.types import Cameras, LazyViews, Scene

LARGEST_SIDE = 2048
REMEMBERED = 64
"""Photos that are kept as JPEG: a page asks for the same ones again and again."""


class Photos:
    """A scene's photos by split and index, as JPEG. Nothing that a client says becomes part of a path."""

    def __init__(self, read: Callable[[], dict[str, LazyViews]]) -> None:
        self._read, self._lock = read, threading.Lock()
        self._splits: dict[str, LazyViews] = {}
        self.jpeg = lru_cache(REMEMBERED)(self._jpeg)

    def _jpeg(self, split: str, index: int, side: int) -> bytes:
        """At most `side` pixels wide and high, over white where it is transparent.

        Raises BadInput where there is no such photo, or it cannot be read any more.
        """
        with self._lock:
            self._splits = self._splits or self._read()
        views = self._splits.get(split)
        if views is None or not 0 <= index < len(views):
            raise BadInput(f"photo {split}/{index}", "there is no such photo")
        view = views[index]
        zoom = min(1.0, min(max(side, 1), LARGEST_SIDE) / max(view.cameras.size))
        return jpeg_of(zoomed(view, zoom).over(torch.ones(3))[0])


def photos_of_scene(scene: Scene) -> Photos:
    return Photos(lambda: {"train": scene.train, "test": scene.test})


def photos_of_run(run: RunFolder) -> Photos | None:
    """The photos that the run was made of, if the scene is where it was; it is read when the first is asked for."""
    record = run.read_manifest()
    folder = Path(record["scene"]["path"])
    if not folder.is_dir():
        return None

    def read() -> dict[str, LazyViews]:
        scene = run.read_scene()
        splits = {"train": scene.train, "test": scene.test}
        if any(list(views.names) != record["scene"]["split"][split] for split, views in splits.items()):
            raise BadInput(folder, "does not hold the pictures of this run any more")
        return splits

    return Photos(read)


def views_of(splits: dict[Split, tuple[list[str], Cameras]]) -> tuple[View, ...]:
    """The cameras of all splits, with the names of their photos."""
    return tuple(
        _view(name, split, i, cameras[i])
        for split in get_args(Split)
        if split in splits
        for names, cameras in [splits[split]]
        for i, name in enumerate(names)
    )


def _view(name: str, split: Split, index: int, camera: Cameras) -> View:
    (focal_x, _, centre_x), (_, focal_y, centre_y), _ = camera.intrinsics[0].tolist()
    matrix = tuple(camera.world_from_camera[0].flatten().tolist())
    return View(name, split, index, matrix, (focal_x, focal_y), (centre_x, centre_y), *camera.size)
