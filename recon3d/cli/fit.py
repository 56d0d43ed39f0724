"""fit Gaussians to a scene: a folder of photos and their cameras

Recipes that have learnt to look (gslrm_small; gslrm and grm with weights of your own) make them of a few photos at
once, without fitting.

The format is recognised: NeRF-synthetic (transforms_train.json), nerfstudio and instant-ngp (transforms.json), COLMAP
(sparse/), DTU/IDR/NeuS (cameras_sphere.npz). The scene itself is never changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from recon3d.cli import STARTED, _flags, _viewing
from recon3d.cli._recipe_flags import parsed
from recon3d.engine.recipe_files import DEFAULT
from recon3d.errors import UsageError


@dataclass(frozen=True)
class Arguments(_flags.Learning, _flags.Serving):
    scene: Annotated[Path, tyro.conf.Positional]
    """Folder of the scene."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Run folder to make; by default runs/NAME OF THE SCENE."""
    recipe: str = DEFAULT
    """A recipe of configs/ by name, or a TOML or JSON file."""
    downscale: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Divide the pictures' sides by this; by default just enough for sides of at most 1600 pixels."""
    test_every: int = 8
    """Hold out every so many-th picture where the scene has no split of its own; 0 holds out none."""
    views: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Learn from so many pictures at most, those that differ most; 0 is all, or 8 of them where they are looked at
    once."""
    start: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Gaussians (PLY, SPZ), in the frame of the scene, to begin with."""
    weights: Annotated[str | None, tyro.conf.arg(metavar="FILE|OWNER/NAME")] = None
    """Of an encoder that has learnt to look; by default those that come with recon3d."""
    refine: Annotated[str | None, tyro.conf.arg(metavar="TIME")] = None
    """Fit on for so long, like 30s, from what such an encoder has made."""
    seed: int = 0
    """Same seed, steps and machine: the same bits, on any number of threads."""
    background: Literal["auto", "white", "black", "random"] = "auto"
    """Behind pictures with alpha, while fitting; auto is white."""
    threads: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """CPU threads; by default all cores this process may use."""
    view: bool = False
    """Show the fit in a browser while it runs: splats, curves, pause, stop and save."""


def run(words: list[str]) -> int:
    arguments, overrides = parsed(Arguments, words, "fit", __doc__, DEFAULT)
    return _fit(arguments, overrides, words)


def _fit(arguments: Arguments, overrides: dict[str, dict[str, Any]], words: list[str]) -> int:
    from recon3d.engine.fit_request import FitRequest, Refinement, resumed_request
    from recon3d.engine.fit_scene import check_watchable, fit_scene
    from recon3d.engine.look_once import looks_once, reconstruct
    from recon3d.engine.progress import Progress
    from recon3d.engine.recipe import resolve
    from recon3d.engine.reconstruction import load
    from recon3d.io.scene import SceneOptions
    from recon3d.kernels import cpu

    background = {} if arguments.background == "auto" else {"objective": {"background": arguments.background}}
    for section, values in background.items():
        overrides.setdefault(section, {}).update(values)
    if arguments.threads is not None:
        cpu.set_threads(arguments.threads)
    refinement = None
    if arguments.refine is not None:
        refinement = Refinement(resolve(DEFAULT, background), _flags.seconds(arguments.refine, "--refine"))
    request = FitRequest(
        arguments.scene,
        arguments.output or Path("runs") / arguments.scene.resolve().name,
        resolve(arguments.recipe, overrides),
        SceneOptions(arguments.downscale, arguments.test_every, views=arguments.views),
        arguments.steps,
        arguments.seconds,
        arguments.seed,
        arguments.device,
        already=time.perf_counter() - STARTED,
        argv=("recon3d", "fit", *words),
        start=None if arguments.start is None else load(arguments.start).gaussians,
        weights=arguments.weights,
        refinement=refinement,
    )
    if arguments.resume:
        request = resumed_request(request)
    progress = Progress(arguments.progress)
    if looks_once(request.recipe):
        if arguments.view:
            raise UsageError(
                "--view", f"shows fits, and {request.recipe.name} only looks", "recon3d view shows the run"
            )
        _print_result(reconstruct(request, progress, arguments.overwrite, arguments.resume).path)
        return 0
    if arguments.view:
        check_watchable(request.recipe)
    with _watched(arguments, request.output.name) as watcher:
        run_folder = fit_scene(request, progress, arguments.overwrite, arguments.resume, watcher)
    _print_result(run_folder.path)
    return 0


@contextmanager
def _watched(arguments: Arguments, title: str) -> Iterator[Any]:
    """Someone who shows the fit in a browser within, if that was asked for."""
    if not arguments.view:
        yield None
        return
    _viewing.check(arguments)

    from recon3d.server.app import Answers
    from recon3d.server.live import LiveFit
    from recon3d.server.serving import serving

    live = LiveFit(title)
    with serving(Answers(lambda: live.show, live), arguments.host, arguments.port) as address:
        _viewing.announce(address.link, address.port, arguments, address.is_private)
        try:
            yield live
        finally:
            live.close()


def _print_result(run: Path) -> None:
    """Where everything is, and the score."""
    from recon3d.engine.run_folder import RunFolder
    from recon3d.io.json_files import read_json

    folder = RunFolder(run)
    result = folder.splats if folder.splats.is_file() else folder.field
    print(f"{result.stem:<8} {result}")
    if folder.metrics.is_file():
        mean = read_json(folder.metrics)["mean"]
        print(f"renders  {folder.pictures}")
        print(f"metrics  {folder.metrics}  PSNR {mean['psnr']:.2f} dB, SSIM {mean['ssim']:.4f}")
