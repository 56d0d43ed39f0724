"""What is asked of a fit."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from recon3d.engine.recipe import Recipe, resolve
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import UsageError
from recon3d.io.scene import SceneOptions
from recon3d.types import Gaussians


class Refinement(NamedTuple):
    """A fit that goes on from what was seen at once, for so many seconds."""

    recipe: Recipe
    seconds: float


@dataclass(frozen=True)
class FitRequest:
    """What the user asked for. With both `steps` and `seconds` whichever ends first counts; with neither, the recipe's
    number of steps does.

    `already` are seconds that had passed when the request was made: they count towards a time budget. `argv` is the
    command line. Without `evaluate` held-out views are not scored. `start` are Gaussians in the frame of the input to
    begin with, instead of what the recipe begins with. `weights` are a file or published name of those of an encoder
    that looks at a scene once, and `refinement` is the fit that goes on from what it sees.
    """

    scene: Path
    output: Path
    recipe: Recipe
    options: SceneOptions
    steps: int | None = None
    seconds: float | None = None
    seed: int = 0
    device: str = "auto"
    already: float = 0.0
    argv: tuple[str, ...] = ()
    evaluate: bool = True
    start: Gaussians | None = None
    weights: str | None = None
    refinement: Refinement | None = None


def resumed_request(request: FitRequest) -> FitRequest:
    """The request that the run in the output folder was made by; only length, device and command line may be new. The
    request itself where there is no run yet, or nothing of it but what was seen at once.

    Raises UsageError where the run is of another scene.
    """
    run = RunFolder(request.output)
    if not run.manifest.is_file() or (request.refinement and not run.checkpoint.is_file()):
        return request
    record = run.read_manifest()
    asked = record["request"]
    if Path(record["scene"]["path"]) != request.scene.resolve():
        raise UsageError(run.path, f"is a run of {record['scene']['path']}", "name another --output")
    new_length = request.steps is not None or request.seconds is not None
    recipe = resolve(str(run.recipe)) if run.recipe.is_file() else request.recipe
    if hasattr(recipe.parts["encoder"].build, "begin"):  # where it began is past
        request = dataclasses.replace(request, start=None, weights=None, refinement=None)
    return dataclasses.replace(
        request,
        recipe=recipe,
        options=SceneOptions.from_json(asked),
        steps=request.steps if new_length else asked["steps"],
        seconds=request.seconds if new_length else asked["seconds"],
        seed=asked["seed"],
    )
