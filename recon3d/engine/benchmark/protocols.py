"""What a benchmark asks of a protocol, and what its files tell each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from torch import Tensor

from recon3d.engine.recipe import Recipe
from recon3d.io.scene import SceneOptions
from recon3d.types import LazyViews, Mesh, Rendering, Views

Kind = Literal["blender", "dtu-views", "dtu-surface"]
SCORES = ("psnr", "ssim", "lpips", "chamfer", "accuracy", "completeness")
"""Keys of all scores there are, in the order in which they are shown."""
MeshOfRun = Callable[[Path], Mesh]
"""The surface of a finished run, in the frame of the scene's files."""


@dataclass(frozen=True)
class BenchmarkRequest:
    """What the user asked for. `path` is a scene or a folder of scenes, `argv` the command line. With both `steps` and
    `seconds` whichever ends first counts; with neither, the recipe's number of steps does."""

    kind: Kind
    path: Path
    output: Path
    recipe: Recipe
    steps: int | None = None
    seconds: float | None = None
    seeds: int = 1
    """Every scene is fitted by the seeds 0, 1, ... up to so many."""
    views: int | None = None
    """Of DTU: fit to so few pictures, 3, 6 or 9; None fits to all."""
    masks: Literal["auto", "on", "off"] = "auto"
    """Whether a fit is told what the object is; auto as the protocol wants it."""
    ground_truth: Path | None = None
    """Folder of DTU's scans; by default the one that holds the scenes."""
    lpips_weights: Path | None = None
    device: str = "auto"
    overwrite: bool = False
    argv: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One fit that a benchmark wants: a scene, and which of its pictures are learnt from."""

    name: str
    folder: Path
    options: SceneOptions
    scene: str
    """What publications call the scene: "chair", "scan65". Cases of one scene are averaged first."""


class Column(NamedTuple):
    """A score: its key, its heading, decimals to show, and whether more of it is better."""

    key: str
    heading: str
    decimals: int
    more_is_better: bool


Prepare = Callable[[Rendering, Views, str], tuple[Tensor, Tensor]]
"""Prediction and truth of the view of that name as h w 3, the way the protocol compares them."""


@dataclass(frozen=True)
class ViewScorer:
    """How held-out views are scored: `score` makes all metrics of the named view, `pictures` what they are made of."""

    score: Callable[[Rendering, Views, str], dict[str, float]]
    pictures: Prepare


class SurfaceScores(NamedTuple):
    """The scores of one surface, and name and score of the views of it that were written, by their rank."""

    scores: dict[str, float]
    shown: dict[str, dict[str, Any]]


class Pictured(NamedTuple):
    """What the three pictures in a row of a report are, and what the last colour of the third stands for."""

    headings: tuple[str, str, str]
    full: str


VIEWS_PICTURED = Pictured(("Truth", "Render", "Absolute error"), "0.25 of 1")


class PublishedRow(NamedTuple):
    """What others report: values by the keys of columns, and where they were read."""

    method: str
    values: dict[str, float]
    source: str
    time: str = ""


@dataclass(frozen=True)
class PublishedTable:
    """Rows that share a protocol. `ours` are the keys of the columns in which our own row may stand beside them."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[PublishedRow, ...]
    ours: tuple[str, ...]
    remark: str = ""


@runtime_checkable
class BenchmarkProtocol(Protocol):
    """A file of this folder named after a benchmark offers one class with these."""

    @property
    def title(self) -> str: ...

    @property
    def about(self) -> tuple[str, ...]:
        """How it measures, a paragraph each."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its scores, the most important first."""
        ...

    @property
    def pictured(self) -> Pictured: ...

    def cases(self) -> list[Case]:
        """What is to be fitted. Raises BadInput where the path holds no scene of the kind."""
        ...

    @property
    def published(self) -> list[PublishedTable]: ...

    @property
    def scoring(self) -> dict[str, Any]:
        """All that decides the scores of a finished run, in JSON values."""
        ...

    def scorer(self, case: Case, test: LazyViews) -> ViewScorer | None:
        """How held-out views are scored; None where no views are."""
        ...

    def surface(self, case: Case, run: Path, seed: int, pictures: Path) -> SurfaceScores | None:
        """Scores of the run's surface, with pictures of it in that folder; None where views alone are scored."""
        ...

    def departures(self, results: list[dict[str, Any]]) -> list[str]:
        """In what these results are not what the published numbers are; empty where they may be compared."""
        ...
