"""The README's pictures, made by recon3d from its own runs:  python docs/make_pictures.py OBJECT_RUN PLACE_RUN

A run is what `recon3d fit scenes/...` leaves: what was rendered from held-out cameras, above the truth.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import recon3d
from recon3d.engine.camera_paths import orbit_like
from recon3d.engine.render import shown_depth

HERE = Path(__file__).parent


def comparison(run: Path, count: int) -> np.ndarray:
    """`count` held-out renders in a row, their ground truths below."""
    renders = sorted((run / "renders").rglob("*.render.png"))
    chosen = [renders[i] for i in np.linspace(0, len(renders) - 1, count).astype(int)]
    truths = [path.with_name(path.name.replace(".render.", ".truth.")) for path in chosen]
    rows = [np.concatenate([np.asarray(Image.open(path)) for path in row], 1) for row in (chosen, truths)]
    return np.concatenate(rows, 0)


def orbit(run: Path, count: int) -> np.ndarray:
    """An orbit of `count` pictures in a row, the depth of each below."""
    reconstruction = recon3d.load(run)
    colours, depths = [], []
    for camera in orbit_like(reconstruction.cameras("train"), count):
        rendering = reconstruction.render(camera, depth=True)
        colours.append(rendering.over(torch.ones(3))[0].clamp(0, 1))
        depths.append(shown_depth(rendering))
    strip = torch.cat([torch.cat(colours, 1), torch.cat(depths, 1)], 0)
    return (strip.numpy() * 255 + 0.5).astype(np.uint8)


def save(name: str, picture: np.ndarray, width: int = 1600) -> None:
    image = Image.fromarray(picture)
    image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    image.save(HERE / name, quality=88, optimize=True)
    print(HERE / name)


def main() -> None:
    object_run, place_run = Path(sys.argv[1]), Path(sys.argv[2])
    save("object.jpg", comparison(object_run, 4))
    save("object_orbit.jpg", orbit(object_run, 6))
    save("place.jpg", comparison(place_run, 3))


if __name__ == "__main__":
    main()
