"""The README's pictures, made by recon3d from its own runs and by its own model.

python docs/make_pictures.py OBJECT_RUN PLACE_RUN     what was rendered from held-out cameras, above the truth
python docs/make_pictures.py                          photos of procedural objects, and what the models make of them

A run is what `recon3d fit scenes/...` leaves. The objects are none that the models have learnt from.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import recon3d
from recon3d import cli
from recon3d.engine.camera_paths import orbit_from_front, orbit_like
from recon3d.engine.encoder_weights import load_encoder
from recon3d.engine.recipe import resolve
from recon3d.engine.render import shown_depth
from recon3d.engine.turntable import seen
from recon3d.io.images import write_image
from recon3d.io.meshes import read_mesh
from recon3d.synthesis.examples.posed_objects import anywhere, around, cameras_around
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.framing import photo_camera, photo_from_object
from recon3d.synthesis.objects.making import RESERVED, procedural_object
from recon3d.synthesis.objects.pictures import photographed

HERE = Path(__file__).parent
OBJECTS = [RESERVED + 1000 + k for k in range(6)]
SIDE, SMALL = 320, 128


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


def photo_to_mesh(seed: int, folder: Path) -> np.ndarray:
    """The photo of an object, and the mesh that the shipped model makes of it from four sides, in a row."""
    mesh = procedural_object(seed)
    placed = mesh.moved(photo_from_object(Dice((seed,)), mesh.vertices).to(mesh.vertices))
    photo = photographed(placed, photo_camera(SIDE))
    write_image(folder / "photo.png", photo.straight()[0])
    if cli.run(["mesh", str(folder / "photo.png"), "--output", str(folder / "mesh.ply"), "--overwrite"]):
        sys.exit(1)
    made = read_mesh(folder / "mesh.ply")
    around = seen(made, orbit_from_front(made, SIDE, 4))
    row = torch.cat([photo.over(torch.full((3,), 0.92))[0], *around], 1)
    return (row.clamp(0, 1).numpy() * 255 + 0.5).astype(np.uint8)


def photos_to_splats(seed: int) -> np.ndarray:
    """Four photos of an object, and what the shipped model shows between them, each beside the truth, in a row."""
    mesh, dice = procedural_object(seed), Dice((seed, 1))
    angles = np.concatenate([around(dice, 4), anywhere(dice, 2)])
    views = photographed(mesh, cameras_around(dice, angles, SMALL))
    recipe = resolve("gslrm_small")
    with torch.no_grad():
        made = load_encoder(recipe, None, print)(views[:4])
        drawn = recipe.parts["renderer"].make()(made, views[4:].cameras)
    white = torch.ones(3)
    pairs = zip(drawn.over(white), views[4:].over(white), strict=True)
    row = torch.cat([*views[:4].over(white), *(picture for pair in pairs for picture in pair)], 1)
    return (row.clamp(0, 1).numpy() * 255 + 0.5).astype(np.uint8)


def save(name: str, picture: np.ndarray, width: int = 1600) -> None:
    image = Image.fromarray(picture)
    image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    image.save(HERE / name, quality=88, optimize=True)
    print(HERE / name)


def main() -> None:
    if len(sys.argv) == 1:
        with tempfile.TemporaryDirectory() as folder:
            rows = [photo_to_mesh(seed, Path(folder)) for seed in OBJECTS]
        pairs = [np.concatenate(rows[i : i + 2], 1) for i in range(0, len(rows), 2)]
        save("photo_to_mesh.jpg", np.concatenate(pairs))
        save("photos_to_splats.jpg", np.concatenate([photos_to_splats(seed) for seed in OBJECTS]), 1200)
        return
    object_run, place_run = Path(sys.argv[1]), Path(sys.argv[2])
    save("object.jpg", comparison(object_run, 4))
    save("object_orbit.jpg", orbit(object_run, 6))
    save("place.jpg", comparison(place_run, 3))


if __name__ == "__main__":
    main()
