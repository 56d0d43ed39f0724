"""Scenes in COLMAP's layout: a sparse model, binary or text, and the images it was computed from."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import torch

from recon3d.errors import BadInput
from recon3d.io import colmap_binary, colmap_text
from recon3d.io.assembly import Found, SceneOptions, scene_from
from recon3d.io.colmap_model import ColmapCamera, ColmapImage, ColmapPoints, camera_of
from recon3d.io.photos import Photo
from recon3d.io.scene_paths import inside, is_file
from recon3d.types import PointCloud, Scene

# Where models are found, and their images beside them: COLMAP's own layout, nerfstudio's, and the undistorter's.
LAYOUTS = (
    ("sparse/0", "images"),
    ("sparse", "images"),
    ("colmap/sparse/0", "images"),
    ("dense/0/sparse", "dense/0/images"),
    (".", "images"),
)


@runtime_checkable
class Reader(Protocol):
    """One encoding of models: colmap_binary or colmap_text."""

    def read_cameras(self, path: Path) -> dict[int, ColmapCamera]: ...

    def read_images(self, path: Path) -> list[ColmapImage]: ...

    def read_points(self, path: Path) -> ColmapPoints: ...


STEMS = ("cameras", "images", "points3D")
READERS: dict[str, Reader] = {".bin": colmap_binary, ".txt": colmap_text}


class Model(NamedTuple):
    """Where a model lies, and which encoding of it is read."""

    folder: Path
    images: Path
    reader: Reader
    suffix: str


def recognises(folder: Path) -> bool:
    """Whether there is a cameras.bin or cameras.txt where COLMAP or its users put them."""
    return any(_has(folder / model, "cameras") for model, _ in LAYOUTS)


def read(folder: Path, options: SceneOptions) -> Scene:
    """The scene of the first model found, in its world frame. Names keep their sub-folders.

    Listed images that are missing are skipped and noted. Raises BadInput for what cannot be used.
    """
    model = _find(folder)
    place = model.folder / f"images{model.suffix}"
    calibrations = model.reader.read_cameras(model.folder / f"cameras{model.suffix}")
    photos, missing = [], []
    for image in model.reader.read_images(place):
        path = inside(folder, model.images, image.name, place)
        if not is_file(path):
            missing.append(image.name)
            continue
        if image.camera_id not in calibrations:
            raise BadInput(f"{place}: {image.name}", f"there is no camera {image.camera_id}", "export the model again")
        camera = camera_of(image, calibrations[image.camera_id], f"{place}: {image.name}")
        photos.append(Photo(image.name, path, camera, _mask(folder, image, place)))
    points, notes = _points(model)
    files = [path for stem in STEMS if (path := model.folder / f"{stem}{model.suffix}").is_file()]
    found = Found(photos, files, None, points, missing, [*_encoding_notes(model), *notes, *_mask_notes(photos)])
    return scene_from(folder, "colmap", found, options)


def _has(folder: Path, stem: str) -> bool:
    return any((folder / f"{stem}{suffix}").is_file() for suffix in (".bin", ".txt"))


def _find(folder: Path) -> Model:
    model, images = next(layout for layout in LAYOUTS if _has(folder / layout[0], "cameras"))
    model_folder = folder / model
    images_folder = folder / images if (folder / images).is_dir() else folder
    for suffix, reader in READERS.items():
        if all((model_folder / f"{stem}{suffix}").is_file() for stem in ("cameras", "images")):
            return Model(model_folder, images_folder, reader, suffix)
    suffix = ".bin" if (model_folder / "cameras.bin").is_file() else ".txt"
    raise BadInput(model_folder, f"has cameras{suffix} but no images{suffix}", "copy the whole model")


def _encoding_notes(model: Model) -> list[str]:
    if model.suffix == ".bin" and (model.folder / "images.txt").is_file():
        return ["the model is stored as binary and as text; the binary files were read"]
    return []


def _mask(folder: Path, image: ColmapImage, place: Path) -> Path | None:
    """COLMAP's place for the mask of an image: its name with .png added, under masks."""
    mask = inside(folder, folder / "masks", f"{image.name}.png", place)
    return mask if is_file(mask) else None


def _mask_notes(photos: list[Photo]) -> list[str]:
    masked = sum(photo.mask_path is not None for photo in photos)
    return [] if masked in (0, len(photos)) else [f"{masked} of {len(photos)} pictures have a mask"]


def _points(model: Model) -> tuple[PointCloud | None, list[str]]:
    path = model.folder / f"points3D{model.suffix}"
    if not path.is_file():
        return None, [f"there are no sparse points: {path.name} is missing"]
    points = model.reader.read_points(path)
    positions, colours = torch.from_numpy(points.positions).float(), torch.from_numpy(points.colours).float() / 255
    return PointCloud(positions, colours), []
