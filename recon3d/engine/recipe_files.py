"""Where recipes, and the weights of some, are on the disk. Needs no torch, so that --help is quick."""

from __future__ import annotations

from pathlib import Path

import recon3d
from recon3d.errors import UsageError

DEFAULT = "splat_mcmc"


def recipe_folder() -> Path:
    """Where the shipped recipes are."""
    return _shipped() / "configs"


def _shipped() -> Path:
    """Beside the sources, or inside the installed package."""
    package = Path(recon3d.__file__).parent
    in_checkout = (package.parent / "pyproject.toml").is_file()
    return package.parent if in_checkout else package


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with recon3d."""
    return sorted(path.stem for path in recipe_folder().glob("*.toml"))


def shipped_weights(recipe: str) -> Path:
    """The weights that come with recon3d for a recipe of that name. UsageError where none do."""
    path = _shipped() / "models" / f"{recipe}.safetensors"
    if not path.is_file():
        raise UsageError(f"recipe {recipe}", "recon3d ships no weights for it", "give --weights")
    return path


def find_recipe(name: str) -> Path:
    """The file of a shipped recipe by its name, or of a TOML or JSON recipe by its path. UsageError for neither."""
    path = recipe_folder() / f"{name}.toml"
    if path.is_file():
        return path
    path = Path(name)
    if path.suffix in (".toml", ".json") and path.is_file():
        return path
    raise UsageError(f"recipe {name}", "unknown", f"choose from {', '.join(shipped_recipes())} or give a file")
