"""The scene `terrace`: photographs taken on three walks around the well."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recon3d.synthesis import sparse_points
from recon3d.synthesis.cameras import looking_at
from recon3d.synthesis.colmap_layout import read_photo, write_model, write_photo
from recon3d.synthesis.colours import srgb
from recon3d.synthesis.lighting import Light, bake
from recon3d.synthesis.model import Model
from recon3d.synthesis.terrace import flowers, garden, ground, house, trees, weather, well
from recon3d.synthesis.tracer import Tracer
from recon3d.types import Cameras

Array = np.ndarray

SIZE, FOCAL = (640, 480), 440.0
SPACING = 0.013
POINTS = 14000


def build(spacing: float = SPACING) -> Model:
    """Everything, in metres; nearby surfaces have vertices about `spacing` apart."""
    pieces = (ground, well, house, garden, trees, flowers)
    return Model([part for piece in pieces for part in piece.parts(spacing)], lift=0.003)


def light() -> Light:
    """Late afternoon."""
    return weather.light()


def cameras() -> Cameras:
    """Three walks around the well: at eye level, closer and crouching, and from a step ladder."""
    walks = [
        _round(30, radius=(4.2, 0.25), height=(1.62, 0.08), target=1.10, start=-100.0),
        _round(22, radius=(3.4, 0.20), height=(1.05, 0.10), target=0.95, start=-93.0),
        _round(16, radius=(4.7, 0.15), height=(2.45, 0.12), target=0.75, start=-106.0),
    ]
    places, targets = (np.concatenate(column) for column in zip(*walks, strict=True))
    return looking_at(places, targets, SIZE, FOCAL)


def make(folder: Path) -> None:
    """Write the whole scene."""
    model, sunlight, views = build(), light(), cameras()
    tracer = Tracer(model, sunlight, bake(model, sunlight, directions=160, sun_directions=24), sky_behind=True)
    names = [f"{i:03d}.jpg" for i in range(len(views))]
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name, view in zip(names, views, strict=True):
        image = srgb(tracer.picture(view).colour)
        write_photo(folder / "images" / name, (image * 255 + 0.5).astype(np.uint8))
    photos = [read_photo(folder / "images" / name) for name in names]
    write_model(folder, names, views, sparse_points.observed(model.caster, views, photos, POINTS, seed=1))


def _round(
    count: int, radius: tuple[float, float], height: tuple[float, float], target: float, start: float
) -> tuple[Array, Array]:
    """Places and targets of a walk once around; radius and height (mean, swing) are a little uneven, as steps are."""
    angle = np.radians(start) + 2 * np.pi * np.arange(count) / count
    r = radius[0] + radius[1] * np.sin(3 * angle)
    z = height[0] + height[1] * np.sin(5 * angle)
    places = np.stack([r * np.cos(angle), r * np.sin(angle), z], -1)
    targets = np.stack([0.3 * np.cos(5 * angle), 0.3 * np.sin(4 * angle), target + 0.06 * np.sin(7 * angle)], -1)
    return places, targets
