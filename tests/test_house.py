"""The house: imports point down only, parts are where recipes look for them, and foreign words stay out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import recon3d
from recon3d.engine import recipe, recipe_files

PACKAGE = Path(recon3d.__file__).parent
FLOORS = [
    {"__main__"},
    {"cli"},
    {"server"},
    {"engine"},
    {"meshing", "metrics"},
    {"encoders", "renderers", "synthesis"},
    {"representations", "io"},
    {"types"},
    {"kernels"},
    {"geometry"},
    {"errors"},
]
"""From the roof to the ground. Rooms of one floor do not know each other."""


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Rooms that a file imports at its top or anywhere inside; annotations under TYPE_CHECKING do not count."""
    modules = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules += [f"{node.module}.{alias.name}" for alias in node.names]
    return {m.split(".")[1] for m in modules if m.startswith("recon3d.")} - {"__version__", "load"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    floor = {name: i for i, names in enumerate(FLOORS) for name in names}
    wrong = {r for r in imported_rooms(path) if r != room and floor[r] <= floor[room]}
    assert not wrong, f"{room} must not import {wrong}"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_banned_names(path: Path) -> None:
    assert not re.search(r"utils|misc|common|helpers", path.name)
    names = {n.id for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Name)}
    names |= {a.arg for a in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(a, ast.arg)}
    banned = {n for n in names if re.search(r"(^|_)(pose|poses|extrinsics?|c2w|w2c|viewmat)(_|$)", n)}
    assert not banned


def test_cli_imports_torch_only_inside_verbs() -> None:
    for path in (PACKAGE / "cli").glob("*.py"):
        top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
        light = {"recon3d.cli", "recon3d.errors", "recon3d.engine.recipe_files", "recon3d.cli._recipe_flags"}
        heavy = [n.module for n in top if n.module and n.module.startswith("recon3d") and n.module not in light]
        assert not heavy, f"{path.name} imports {heavy} at its top"


@pytest.mark.parametrize("name", recipe_files.shipped_recipes())
def test_recipes_name_every_setting(name: str) -> None:
    """So that `--help`, which reads the TOML alone, shows them all."""
    _, values = recipe.read_values(name)
    resolved = recipe.resolve(name).to_json()
    assert names(values) == names(resolved) - {("recipe",)}


def names(values: dict, above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Every key, with the sections it is in."""
    found = set()
    for key, value in values.items():
        found |= names(value, (*above, key)) if isinstance(value, dict) else {(*above, key)}
    return found
