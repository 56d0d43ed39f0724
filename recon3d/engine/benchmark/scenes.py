"""Which scenes a path holds, and what publications call them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from recon3d.errors import BadInput


def scene_folders(path: Path, recognises: Callable[[Path], bool], expected: str) -> list[Path]:
    """The path itself, or the scenes directly in it, sorted. Raises BadInput, telling what is expected, for none."""
    if not path.is_dir():
        raise BadInput(path, "there is no such folder", "give a scene, or a folder of scenes")
    if recognises(path):
        return [path]
    found = sorted(folder for folder in path.iterdir() if folder.is_dir() and recognises(folder))
    if not found:
        raise BadInput(path, "holds no such scene", f"expected {expected} in it or in folders in it")
    return found


def folder_name(folder: Path) -> str:
    """Its own name, also where the path is "."; that of a link, not of what it leads to."""
    return Path(os.path.abspath(folder)).name


def scan_number(folder: Path) -> int | None:
    """65 of a folder named scan65 or dtu_scan65; None where the name says nothing of the kind."""
    match = re.search(r"scan_?0*(\d{1,3})$", folder_name(folder), re.IGNORECASE)
    return int(match[1]) if match else None


def known_name(folder: Path, known: tuple[str, ...]) -> str:
    """The known name that the folder's has among its words, or else its own name: "chair" of blender_chair."""
    words = re.split(r"[^a-z0-9]+", folder_name(folder).lower())
    return next((name for name in known if name in words), folder_name(folder))


def without_doubles(folders: list[Path], names: list[str]) -> list[str]:
    """The names, or the folders' own where two would be the same."""
    return [
        name if names.count(name) == 1 else folder_name(folder) for folder, name in zip(folders, names, strict=True)
    ]


def other_scenes(wanted: set[str], here: set[str], what: str) -> list[str]:
    """One line where the scenes are not exactly those that were published, none where they are."""
    if here == wanted:
        return []
    besides = f", and {', '.join(sorted(here - wanted))} besides" if here - wanted else ""
    return [f"{len(here & wanted)} of the {len(wanted)} published {what}{besides}"]
