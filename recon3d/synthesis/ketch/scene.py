"""The scene `ketch`: the model in the light of a bright room, photographed from all around."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float

from recon3d.synthesis import truth
from recon3d.synthesis.blender_layout import straight, write_split
from recon3d.synthesis.cameras import dome, looking_at
from recon3d.synthesis.ketch import fittings, hull, rig, sails, stand
from recon3d.synthesis.lighting import Light, Sun, bake
from recon3d.synthesis.model import Model, Part
from recon3d.synthesis.tracer import Tracer
from recon3d.types import Cameras

Array = np.ndarray

SIZE, DISTANCE = (400, 400), 4.0
FOCAL = 555.555  # pixels: a horizontal field of view of 0.691 radians
SPACING, COARSE_SPACING = 0.0065, 0.016
DEPTH_UNIT = 1e-4
_SCALE, _MIDDLE = 1.16, (0.085, 0.0, 0.43)


class Room:
    """White walls, brighter above, a warm floor below."""

    def radiance(self, directions: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
        """Linear light from unit directions."""
        up = 0.5 + 0.5 * directions[:, 2:]
        return np.asarray(np.array([0.62, 0.56, 0.48]) * (1 - up) + np.array([1.02, 1.08, 1.16]) * up)


def build(spacing: float = SPACING) -> Model:
    """The ketch and its stand, about the origin; `spacing` of vertices is before scaling to 2.5 units in length."""
    world_from_ship = np.diag([_SCALE, _SCALE, _SCALE, 1.0])
    world_from_ship[:3, 3] = -_SCALE * np.array(_MIDDLE)
    parts = [part for piece in (hull, rig, sails, fittings, stand) for part in piece.parts(spacing)]
    return Model([Part(part.surface.moved(world_from_ship), part.material) for part in parts], lift=0.0015)


def light() -> Light:
    """A low warm sun through a window, softened."""
    return Light(Sun.at(-58.0, 47.0, np.array([2.75, 2.5, 2.15]), 0.05), Room())


def cameras(split: str) -> Cameras:
    """80 cameras for "train", 20 that lie between them for "test"; some look up from a little below."""
    places = {"train": dome(80, DISTANCE, (-9.0, 78.0)), "test": dome(20, DISTANCE, (-5.0, 70.0), turn=77.0)}[split]
    return looking_at(places, np.zeros_like(places), SIZE, FOCAL)


def make(folder: Path) -> None:
    """Write the whole scene."""
    model, sunlight = build(), light()
    tracer = Tracer(model, sunlight, bake(model, sunlight))
    for split in ("train", "test"):
        views = cameras(split)
        write_split(folder, split, views, (straight(tracer.picture(view)) for view in views))
    (folder / "truth").mkdir(exist_ok=True)
    for i, view in enumerate(cameras("test")):
        geometry = tracer.geometry(view)
        truth.write_depth(folder / "truth" / f"r_{i}_depth.png", geometry.depth, DEPTH_UNIT)
        truth.write_normals(folder / "truth" / f"r_{i}_normal.png", geometry.normals)
    coarse = build(COARSE_SPACING)
    truth.write_mesh(folder / "truth" / "mesh.glb", coarse, sunlight, bake(coarse, sunlight))
