"""Surfaces of DTU scans by the protocol "dtu-surface" (`metrics.dtu_surface`, `metrics.culling`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from recon3d.engine.benchmark import published
from recon3d.engine.benchmark.dtu_scan import find_truth, lacking_files, read_scan
from recon3d.engine.benchmark.protocols import (
    BenchmarkRequest,
    Case,
    Column,
    MeshOfRun,
    Pictured,
    PublishedTable,
    SurfaceScores,
)
from recon3d.engine.benchmark.scenes import other_scenes, scan_number, scene_folders
from recon3d.engine.benchmark.surface_views import FULL_DISTANCE, show_surface
from recon3d.errors import BadInput, UsageError
from recon3d.io import idr
from recon3d.io.scene import SceneOptions, Split, load_scene
from recon3d.io.scene_paths import pictures_in
from recon3d.meshing.cleaning import pieces_of, with_faces
from recon3d.metrics import dtu_surface
from recon3d.metrics.culling import FEWEST_FACES, kept_by_few, kept_by_many
from recon3d.types import LazyViews, Mesh


class Benchmark:
    """A `BenchmarkProtocol`. With 3 views every scan is fitted twice, once from each of the published sets."""

    columns = (
        Column("chamfer", "Chamfer (mm)", 3, False),
        Column("accuracy", "Accuracy (mm)", 3, False),
        Column("completeness", "Completeness (mm)", 3, False),
    )

    pictured = Pictured(("Photo", "Surface", "Distance to the scan"), f"{FULL_DISTANCE:g} mm")

    def __init__(self, request: BenchmarkRequest, mesh_of_run: MeshOfRun) -> None:
        """Raises UsageError for a number of views that no protocol knows."""
        if request.views not in (None, 3):
            raise UsageError(f"--views {request.views}", "is no protocol for surfaces", "use 3, or leave it away")
        self.request, self.mesh_of_run, self.few = request, mesh_of_run, request.views == 3
        self.masks = request.masks != "off"
        self.title = f"DTU, surfaces from {'3' if self.few else 'all'} views"

    @property
    def about(self) -> tuple[str, ...]:
        culling = (
            "Vertices that any picture shows beside its object mask, grown by a disk of 24 pixels, are dropped; where "
            "a picture does not reach, they count as shown."
        )
        if self.few:
            sets = " and ".join(", ".join(map(str, views)) for views in dtu_surface.SPARSE_SETS)
            culling = (
                f"Fitted to views {sets} (counted from 0); a scan's score is the mean of both. Dropped are vertices "
                "beside any input mask grown by an ellipse of 11 pixels, or outside all pictures, and pieces of fewer "
                f"than {FEWEST_FACES} faces."
            )
        return (
            f"{culling} Pixels are those of pictures 1600 wide. Fits are {'' if self.masks else 'not '}told the masks.",
            "As DTUeval-python: the mesh sampled every 0.2 mm, cut to the box of the scan; accuracy is the mean "
            "distance of samples the scanner could see (ObsMask) to the scan, completeness that of the scan above the "
            "table (Plane) to the samples, distances from 20 mm on left out. Chamfer is the mean of the two.",
        )

    def cases(self) -> list[Case]:
        folders = scene_folders(self.request.path, idr.recognises, "cameras_sphere.npz and image/")
        return [case for folder in folders for case in self._cases(folder)]

    def _cases(self, folder: Path) -> list[Case]:
        number = scan_number(folder)
        if number is None:
            raise BadInput(folder, "has no number of a scan in its name", "call it scan24, say")
        find_truth(self._truth_folders(folder), number)
        names, scene = [path.name for path in pictures_in(folder / "image")], f"scan{number}"
        if len(pictures_in(folder / "mask")) != len(names):
            raise BadInput(folder / "mask", "has not a mask for every picture", "the protocol culls surfaces by them")
        if not self.few:
            return [Case(scene, folder, SceneOptions(test_every=0, masks=self.masks), scene)]
        if len(names) <= max(map(max, dtu_surface.SPARSE_SETS)):
            raise BadInput(folder, f"has {len(names)} pictures, too few for the published sets", "leave --views away")
        splits = [Split(tuple(names[i] for i in views), ()) for views in dtu_surface.SPARSE_SETS]
        options = [SceneOptions(test_every=0, split=split, masks=self.masks) for split in splits]
        return [Case(f"{scene}-set{i}", folder, option, scene) for i, option in enumerate(options)]

    def _truth_folders(self, folder: Path) -> tuple[Path, ...]:
        named = self.request.ground_truth
        return (folder, folder.resolve().parent) if named is None else (named,)

    @property
    def published(self) -> list[PublishedTable]:
        return [published.DTU_SURFACE_FEW] if self.few else [published.DTU_SURFACE, published.DTU_SURFACE_PER_SCAN]

    @property
    def scoring(self) -> dict[str, Any]:
        return {"protocol": dtu_surface.NAME, "ground_truth": str(self.request.ground_truth or "")}

    def scorer(self, case: Case, test: LazyViews) -> None:
        return None

    def surface(self, case: Case, run: Path, seed: int, pictures: Path) -> SurfaceScores:
        """Raises BadInput for a surface that is not in millimetres, and what making the mesh raises."""
        number = scan_number(case.folder)
        assert number is not None
        scan = read_scan(find_truth(self._truth_folders(case.folder), number), number)
        photos = load_scene(case.folder, SceneOptions(1, 0, split=case.options.split, masks=False)).train
        mesh = self._culled(case, self.mesh_of_run(run), photos)
        try:
            scores = dtu_surface.surface_scores(mesh, scan, seed)
        except ValueError as error:
            raise BadInput(run, str(error), "are the scene's cameras DTU's own?") from error
        return SurfaceScores(scores, show_surface(mesh, scan.points, photos, pictures))

    def _culled(self, case: Case, mesh: Mesh, photos: LazyViews) -> Mesh:
        pictures, files = (pictures_in(case.folder / kind) for kind in ("image", "mask"))
        mask_of = dict(zip((path.name for path in pictures), files, strict=True))
        cameras = photos.cameras
        masks = [idr.object_mask(mask_of[n], camera.size) for n, camera in zip(photos.names, cameras, strict=True)]
        kept = (kept_by_few if self.few else kept_by_many)(mesh.vertices, cameras, masks)
        left = with_faces(mesh, kept[mesh.faces].all(-1))
        return without_small_pieces(left) if self.few and len(left.faces) else left

    def departures(self, results: list[dict[str, Any]]) -> list[str]:
        """Of scans, truth and size."""
        said = []
        for folder in {case.folder for case in self.cases()}:
            number = scan_number(folder)
            assert number is not None
            if lacking := lacking_files(find_truth(self._truth_folders(folder), number), number):
                said.append(f"scan{number} without {' and '.join(lacking)}")
        return said + other_scenes(
            {f"scan{n}" for n in dtu_surface.SCANS}, {result["scene"] for result in results}, "scans"
        )


def without_small_pieces(mesh: Mesh) -> Mesh:
    """Only pieces of FEWEST_FACES or more."""
    pieces = pieces_of(mesh)
    return with_faces(mesh, torch.from_numpy(np.bincount(pieces)[pieces] >= FEWEST_FACES))
