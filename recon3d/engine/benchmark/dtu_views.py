"""New views of DTU scans by the protocol "dtu-views" (`metrics.dtu_views`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from recon3d.engine.benchmark import published
from recon3d.engine.benchmark.protocols import (
    VIEWS_PICTURED,
    BenchmarkRequest,
    Case,
    Column,
    PublishedTable,
    ViewScorer,
)
from recon3d.engine.benchmark.scenes import folder_name, other_scenes, scan_number, scene_folders, without_doubles
from recon3d.errors import BadInput
from recon3d.io import idr
from recon3d.io.images import image_size
from recon3d.io.scene import SceneOptions, Split
from recon3d.io.scene_paths import pictures_in
from recon3d.metrics import dtu_views
from recon3d.metrics.protocol import Perceptual
from recon3d.types import LazyViews, Views

SIZE, EVERY = "400x300", 8


class Benchmark:
    """A `BenchmarkProtocol`. With `views` the published split of few views, else every eighth view is held out."""

    columns = (
        Column("psnr", "PSNR of the object (dB)", 2, True),
        Column("ssim", "SSIM", 4, True),
        Column("lpips", "LPIPS", 4, False),
    )

    pictured = VIEWS_PICTURED

    def __init__(self, request: BenchmarkRequest, perceptual: Perceptual | None) -> None:
        self.request, self.perceptual, self.views = request, perceptual, request.views
        self.masks = request.masks == "on"
        self.title = f"DTU, new views from {self.views or 'many'}"

    @property
    def about(self) -> tuple[str, ...]:
        split = f"Every {EVERY}th view by name is held out, which is not a published split."
        if self.views is not None:
            split = (
                f"Split of pixelNeRF and RegNeRF: learnt from pictures {', '.join(map(str, _inputs(self.views)))} (the "
                f"first {self.views} of nine, counted from 0), scored on the {len(dtu_views.TESTED)} that are neither "
                "among the nine nor badly exposed."
            )
        told = "are told the object's masks" if self.masks else "see whole pictures; masks serve for scoring only"
        return (
            f"{split} Fits {told}. Pictures 1600 wide are shrunk by 4 by area, smaller ones are left as they are.",
            "The object is where the mask is exactly 255 (nearest pixel). PSNR over its pixels only; SSIM and LPIPS "
            "after both pictures are made white elsewhere. All are rounded to 8 bits. SSIM: 11x11 Gaussian window of "
            "standard deviation 1.5, range 1, whole windows only. LPIPS: version 0.1, VGG, inputs on [-1, 1].",
            "Seconds are wall time of the fit without any evaluation.",
        )

    def cases(self) -> list[Case]:
        folders = scene_folders(self.request.path, idr.recognises, "cameras_sphere.npz and image/")
        scans = [scan_number(folder) for folder in folders]
        names = [
            folder_name(folder) if scan is None else f"scan{scan}" for folder, scan in zip(folders, scans, strict=True)
        ]
        names = without_doubles(folders, names)
        return [Case(name, f, self._options(f), name) for f, name in zip(folders, names, strict=True)]

    def _options(self, folder: Path) -> SceneOptions:
        pictures = pictures_in(folder / "image")
        if not pictures:
            raise BadInput(folder / "image", "holds no pictures", "put the pictures of the scene there")
        if len(pictures_in(folder / "mask")) != len(pictures):
            raise BadInput(folder / "mask", "has not a mask for every picture", "the protocol scores objects by them")
        downscale, split = dtu_views.downscale_of(image_size(pictures[0])[0]), None
        if self.views is not None:
            if len(pictures) != dtu_views.VIEWS:
                reason = f"has {len(pictures)} pictures, the split of few views is of {dtu_views.VIEWS}"
                raise BadInput(folder, reason, "leave --views away")
            inputs, tested = _inputs(self.views), dtu_views.TESTED
            split = Split(tuple(pictures[i].name for i in inputs), tuple(pictures[i].name for i in tested))
        return SceneOptions(downscale, EVERY, split=split, masks=self.masks)

    @property
    def published(self) -> list[PublishedTable]:
        table = published.DTU_FEW_VIEWS.get(self.views or 0)
        return [table] if table else []

    @property
    def scoring(self) -> dict[str, Any]:
        return {"protocol": dtu_views.NAME, "lpips": str(self.request.lpips_weights or "")}

    def scorer(self, case: Case, test: LazyViews) -> ViewScorer:
        names = [path.name for path in pictures_in(case.folder / "image")]
        files = dict(zip(names, pictures_in(case.folder / "mask"), strict=True))

        def mask(target: Views, name: str) -> torch.Tensor:
            return torch.from_numpy(idr.object_mask(files[name], target.cameras.size))

        return ViewScorer(
            lambda drawn, target, name: dtu_views.score(drawn, target, mask(target, name), self.perceptual),
            lambda drawn, target, name: dtu_views.compared_pictures(drawn, target, mask(target, name)),
        )

    def surface(self, case: Case, run: Path, seed: int, pictures: Path) -> None:
        return None

    def departures(self, results: list[dict[str, Any]]) -> list[str]:
        """Of split, size, masks and scans."""
        said = [] if self.views else ["many views: the published numbers are for 3, 6 or 9"]
        if sizes := sorted({result["fit"]["size"] for result in results} - {SIZE}):
            said.append(f"{', '.join(sizes)} pixels instead of {SIZE}")
        if self.masks:
            said.append("the fits were told the masks of their pictures")
        return said + other_scenes(
            {f"scan{n}" for n in dtu_views.SCANS}, {result["scene"] for result in results}, "scans"
        )


def _inputs(views: int) -> tuple[int, ...]:
    return dtu_views.INPUTS[:views]
