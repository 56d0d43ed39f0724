"""Paths that a scene's files name: they stay inside the scene's folder, whatever is written there."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

from recon3d.errors import BadInput
from recon3d.io.images import SUFFIXES

SUFFIX_GUESSES = (".png", ".jpg", ".jpeg", ".JPG", ".JPEG", ".PNG")


def inside(scene: Path, folder: Path, name: str, place: object) -> Path:
    """The path `folder / name`, where `folder` lies in `scene`; it need not exist.

    Raises BadInput, blaming `place`, where the name is absolute or leads out of the scene, through `..` or a link.
    """
    if not name.isprintable():
        raise BadInput(place, f"the name {name!r} has control characters", "rename the file")
    if Path(name).is_absolute() or PureWindowsPath(name).drive:
        raise BadInput(place, f"{name} is an absolute path", "name files relative to the scene's folder")
    path = folder / name
    try:
        escapes = not path.resolve().is_relative_to(scene.resolve())
    except (OSError, RuntimeError) as error:  # a circle of links, or a name too long
        raise BadInput(place, f"{name} cannot be followed", "copy the file into the scene's folder") from error
    if escapes:
        raise BadInput(place, f"{name} leads out of the scene's folder", "copy the file into the scene's folder")
    return path


def is_file(path: Path) -> bool:
    """Whether a file is there; False also for names too long for the file system."""
    try:
        return path.is_file()
    except OSError:
        return False


def with_guessed_suffix(path: Path) -> Path:
    """The picture at `path`, or at `path` plus a usual suffix: NeRF-synthetic and instant-ngp leave it out."""
    guesses = (path.with_name(path.name + suffix) for suffix in SUFFIX_GUESSES)
    return next((guess for guess in (path, *guesses) if is_file(guess)), path)


def pictures_in(folder: Path) -> list[Path]:
    """The picture files directly in a folder, sorted by name; none where there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and is_file(path))


def some_of(names: list[str]) -> str:
    """The first five names, for a message about many."""
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
