"""What a run leaves on the disk, and where."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recon3d.errors import BadInput
from recon3d.io.atomic import write_json
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.types import Scene


@dataclass(frozen=True)
class RunFolder:
    """The files of one run. Everything is JSON, PLY, PNG or safetensors: opening a run executes nothing.

    A fit of a scene leaves splats or a field, cameras, metrics and renders; a training leaves weights, a log and
    validation.
    """

    path: Path

    @property
    def recipe(self) -> Path:
        """The resolved recipe: every value of every part."""
        return self.path / "recipe.json"

    @property
    def manifest(self) -> Path:
        """Where, when, with what and from what the run was made."""
        return self.path / "manifest.json"

    @property
    def splats(self) -> Path:
        """The result as 3DGS PLY, in the frame of the input."""
        return self.path / "splats.ply"

    @property
    def field(self) -> Path:
        """The result of a recipe that fits a radiance field, in the world that it was learnt in."""
        return self.path / "field.safetensors"

    @property
    def weights(self) -> Path:
        """What a training has learnt: the averaged weights, for `recon3d mesh --weights`."""
        return self.path / "weights.safetensors"

    @property
    def log(self) -> Path:
        """A line of JSON for every step of a training, and for every look at held-out examples."""
        return self.path / "log.jsonl"

    @property
    def validation(self) -> Path:
        """Held-out examples as they were drawn after so many steps."""
        return self.path / "validation"

    @property
    def metrics(self) -> Path:
        """Scores of the held-out views."""
        return self.path / "metrics.json"

    @property
    def pictures(self) -> Path:
        """Held-out renders beside their ground truth."""
        return self.path / "renders"

    @property
    def edits(self) -> Path:
        """What was cut away in the viewer; `recon3d export` applies it."""
        return self.path / "edits.json"

    @property
    def camera_path(self) -> Path:
        """The path that was last made in the viewer, for `recon3d render --path`."""
        return self.path / "camera_path.json"

    @property
    def checkpoint(self) -> Path:
        """Names the tensors of the last complete state; written last, so it is what makes a checkpoint exist."""
        return self.path / "checkpoint.json"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def cameras(self, split: str) -> Path:
        """Cameras of the split "train" or "test", in the layout of transforms.json."""
        return self.path / f"cameras_{split}.json"

    @staticmethod
    def refuse_existing(path: Path, overwrite: bool) -> None:
        """Raises BadInput where the path exists: without `overwrite` always, with it where it holds no run."""
        if not path.exists():
            return
        if not overwrite:
            raise BadInput(path, "exists already", "name another --output, or add --resume or --overwrite")
        is_run = RunFolder(path).manifest.is_file()
        if not path.is_dir() or (any(path.iterdir()) and not is_run):
            raise BadInput(path, "is not a run of recon3d and will not be overwritten", "name another --output")

    @staticmethod
    def create(path: Path, overwrite: bool) -> RunFolder:
        """A new, empty run folder. Raises as `refuse_existing`, and BadInput where it cannot be made."""
        RunFolder.refuse_existing(path, overwrite)
        try:
            if path.exists():
                shutil.rmtree(path)
            path.mkdir(parents=True)
        except OSError as error:
            raise BadInput(path, f"cannot be made ({error.strerror})", "choose a folder you may write to") from error
        return RunFolder(path)

    @staticmethod
    def open(path: Path) -> RunFolder:
        """An existing run. Raises BadInput where there is none."""
        run = RunFolder(path)
        if not path.is_dir():
            raise BadInput(path, "there is no such run folder", "check the path")
        if not run.manifest.is_file():
            raise BadInput(path, "is not a run of recon3d (it has no manifest.json)", "name the folder that fit made")
        return run

    def read_manifest(self, kind: str = "fit") -> dict[str, Any]:
        """Raises BadInput where the run is of another kind, "fit" or "train", and where it is damaged."""
        manifest = _read(self.manifest)
        found = manifest.get("kind", "fit")
        if found != kind:
            raise BadInput(self.path, f"was made by recon3d {found}, not by recon3d {kind}", "name another run")
        return manifest

    def read_scene(self, folder: Path | None = None) -> Scene:
        """The scene that was fitted, read as it was then; `folder` tells where it is now, if it was moved.

        Raises as `read_manifest` and `load_scene`.
        """
        record = self.read_manifest()
        return load_scene(folder or Path(record["scene"]["path"]), SceneOptions.from_json(record["request"]))

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        write_json(self.manifest, manifest)


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(path, f"cannot be read ({error})", "the run is damaged: begin again") from error
    if not isinstance(value, dict):
        raise BadInput(path, "holds no object", "the run is damaged: begin again")
    return value
