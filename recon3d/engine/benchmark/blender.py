"""NeRF-synthetic by the protocol "nerf" (`metrics.protocol`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recon3d.engine.benchmark import published
from recon3d.engine.benchmark.protocols import (
    VIEWS_PICTURED,
    BenchmarkRequest,
    Case,
    Column,
    PublishedTable,
    ViewScorer,
)
from recon3d.engine.benchmark.scenes import known_name, other_scenes, scene_folders, without_doubles
from recon3d.io import blender
from recon3d.io.scene import SceneOptions
from recon3d.metrics import protocol
from recon3d.types import LazyViews, Rendering, Views

SCENES = ("chair", "drums", "ficus", "hotdog", "lego", "materials", "mic", "ship")
SIZE, TRAIN, TEST = "800x800", 100, 200


class Benchmark:
    """A `BenchmarkProtocol`."""

    title = "NeRF-synthetic (Blender)"
    about = (
        "Protocol “nerf”, as nerfbaselines runs it: learnt from transforms_train.json, scored on all of "
        "transforms_test.json, transforms_val.json unused. RGBA is composited on white in floating point, prediction "
        "and truth are rounded to 8 bits.",
        "PSNR is the mean of the PSNRs of the views, then of the scenes. SSIM: 11x11 Gaussian window of standard "
        "deviation 1.5, K 0.01 and 0.03, range 1, whole windows only, mean over channels (dm_pix). LPIPS: version 0.1, "
        "VGG, inputs on [-1, 1].",
        "Seconds are wall time of the fit without any evaluation.",
    )
    columns = (
        Column("psnr", "PSNR (dB)", 2, True),
        Column("ssim", "SSIM", 4, True),
        Column("lpips", "LPIPS", 4, False),
    )

    pictured = VIEWS_PICTURED

    def __init__(self, request: BenchmarkRequest, perceptual: protocol.Perceptual | None) -> None:
        self.request, self.perceptual = request, perceptual

    def cases(self) -> list[Case]:
        folders = scene_folders(self.request.path, _recognises, "transforms_train.json and transforms_test.json")
        names = without_doubles(folders, [known_name(folder, SCENES) for folder in folders])
        return [Case(name, folder, SceneOptions(), name) for folder, name in zip(folders, names, strict=True)]

    @property
    def published(self) -> list[PublishedTable]:
        return [published.BLENDER_ONE_HARNESS, published.BLENDER_PER_SCENE]

    @property
    def scoring(self) -> dict[str, Any]:
        return {"protocol": protocol.NAME, "lpips": str(self.request.lpips_weights or "")}

    def scorer(self, case: Case, test: LazyViews) -> ViewScorer:
        def score(rendering: Rendering, target: Views, name: str) -> dict[str, float]:
            return protocol.score(rendering, target, self.perceptual)

        return ViewScorer(score, lambda rendering, target, name: protocol.compared_pictures(rendering, target))

    def surface(self, case: Case, run: Path, seed: int, pictures: Path) -> None:
        return None

    def departures(self, results: list[dict[str, Any]]) -> list[str]:
        """Of size, number of pictures, and scenes."""
        said = []
        for key, wanted, what in (("size", SIZE, "pixels"), ("train", TRAIN, "inputs"), ("test", TEST, "test views")):
            others = sorted({str(result["fit"][key]) for result in results} - {str(wanted)})
            said += [f"{', '.join(others)} {what} instead of {wanted}"] if others else []
        return said + other_scenes(set(SCENES), {result["scene"] for result in results}, "scenes")


def _recognises(folder: Path) -> bool:
    return blender.recognises(folder) and (folder / blender.TEST_FILE).is_file()
