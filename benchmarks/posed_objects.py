"""Posed pictures of meshes that have none: known shapes with a pattern all over, in the light of the bundled object.

The pattern is solid noise at the vertices of the mesh, of which more are put on its flat faces: the surface stays what
it is, so distances to it are exact.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import trimesh
from jaxtyping import Float

from recon3d.io.meshes import read_mesh
from recon3d.synthesis.blender_layout import straight, write_split
from recon3d.synthesis.cameras import dome, looking_at
from recon3d.synthesis.colours import linear, mix
from recon3d.synthesis.ketch import scene as ketch
from recon3d.synthesis.lighting import bake
from recon3d.synthesis.materials import Material, Texture
from recon3d.synthesis.model import Model, Part
from recon3d.synthesis.noise import solid_noise
from recon3d.synthesis.surface import Surface
from recon3d.synthesis.tracer import Tracer
from recon3d.types import Cameras, Mesh

Array = np.ndarray

VIEWS = {"train": (100, 0.0), "test": (10, 77.0)}
"""How many cameras, and by how many degrees their spiral is turned."""
ELEVATIONS = (-60.0, 80.0)
"""Of the cameras, in degrees: what lies on the ground is seen from below too."""
RADIUS = 1.25
"""Of the sphere around the object, whose middle is the origin."""
SPACING = 0.02
"""Longest edge between vertices that carry the pattern."""
WAVELENGTHS = (0.5, 0.15, 0.06)
"""Of the pattern: detail at every distance from which it is looked at."""


def placed(path: Path) -> Mesh:
    """The mesh of a file, which has y up, as its scene shows it: z up, about the origin."""
    mesh = read_mesh(path)
    turned = mesh.vertices[:, [0, 2, 1]].double() * torch.tensor([1.0, -1.0, 1.0])
    middle = (turned.amin(0) + turned.amax(0)) / 2
    reach = float((turned - middle).norm(dim=-1).max())
    return Mesh(((turned - middle) * (RADIUS / reach)).float(), mesh.faces)


def write_scene(folder: Path, mesh: Mesh, seed: int) -> None:
    """Pictures with alpha, 400x400, in the layout of the NeRF-synthetic scenes."""
    model, light = patterned(mesh, seed), ketch.light()
    tracer = Tracer(model, light, bake(model, light, directions=256, sun_directions=24))
    for split in VIEWS:
        views = cameras(split)
        write_split(folder, split, views, (straight(tracer.picture(view, samples=8)) for view in views))


def cameras(split: str) -> Cameras:
    count, turn = VIEWS[split]
    places = dome(count, ketch.DISTANCE, ELEVATIONS, turn)
    return looking_at(places, np.zeros_like(places), ketch.SIZE, ketch.FOCAL)


def patterned(mesh: Mesh, seed: int) -> Model:
    corners, faces = trimesh.remesh.subdivide_to_size(mesh.vertices.double().numpy(), mesh.faces.numpy(), SPACING)
    vertices, place = np.unique(corners, axis=0, return_inverse=True)
    surface = Surface.of(vertices, np.zeros((len(vertices), 2)), place.reshape(-1)[faces])
    plain = Material(Texture(np.ones((1, 1, 3)), np.zeros((1, 1)), 1.0), gloss=0.04)
    return Model([Part(surface.tinted(pattern(vertices, seed)), plain)], lift=0.0015)


def pattern(points: Float[Array, "n 3"], seed: int) -> Float[Array, "n 3"]:
    """Linear light between two colours, by noise."""
    amount = sum(solid_noise(points, seed + i, wavelength) for i, wavelength in enumerate(WAVELENGTHS))
    return mix(linear("#d9c39a"), linear("#3c5a78"), np.clip(0.5 + 0.25 * np.asarray(amount), 0, 1))
