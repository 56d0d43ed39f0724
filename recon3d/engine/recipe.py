"""Recipes: which parts make a system, and every value they take.

A recipe is a TOML file with a section per part; `name` picks the file in that part's room, the other keys set fields of
that file's `Config`. Unknown names and keys are refused with the list of right ones. The shipped recipes are in
`configs/`; a run stores its resolved recipe as JSON, which can be used as a recipe again.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import tomllib
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import recon3d
from recon3d.engine.recipe_files import find_recipe
from recon3d.errors import BadInput, UsageError

ROOMS = {
    "encoder": "encoders",
    "density": "representations",
    "renderer": "renderers",
    "objective": "metrics",
    "surface": "meshing",
    "paint": "meshing",
    "examples": "synthesis/examples",
}
"""Sections that name a part, and the room its file is in. A recipe has the sections that its system needs: an encoder
and a renderer at least."""

LOOPS = ("fit", "train")
"""Sections with the settings of a loop, which need no name: there is one loop of each kind."""


@dataclass(frozen=True)
class Part:
    """A part as a recipe names it: its file, its settings, and the class or function that takes them."""

    name: str
    config: Any
    build: Any

    def make(self, *more: Any) -> Any:
        """The part with its settings, and what else it takes: a seed, say."""
        return self.build(self.config, *more)


@dataclass(frozen=True)
class Recipe:
    """A checked recipe. `parts` by section; `fit` and `train` the settings of the loops, None where they are not
    given."""

    name: str
    parts: dict[str, Part]
    fit: Any = None
    train: Any = None

    @property
    def loops(self) -> dict[str, Any]:
        """The settings of the loops that there are."""
        return {name: getattr(self, name) for name in LOOPS if getattr(self, name) is not None}

    def to_json(self) -> dict[str, Any]:
        """Every value, in the form that `resolve` reads."""
        sections = {s: {"name": p.name, **dataclasses.asdict(p.config)} for s, p in self.parts.items()}
        return {"recipe": self.name, **sections, **{s: dataclasses.asdict(loop) for s, loop in self.loops.items()}}

    def require(self, *sections: str, purpose: str) -> None:
        """Raises UsageError where the recipe lacks a section that the purpose needs."""
        if lacking := [section for section in sections if section not in {*self.parts, *self.loops}]:
            reason = f"has no section {lacking[0]}, which is needed {purpose}"
            raise UsageError(f"recipe {self.name}", reason, "choose another recipe")


def read_values(name: str) -> tuple[str, dict[str, Any]]:
    """Name and raw sections of a shipped recipe, or of a TOML or JSON file given by its path."""
    path = find_recipe(name)
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, UnicodeDecodeError) as error:
        raise BadInput(path, f"not a recipe: {error}", "correct the file") from None
    if not isinstance(values, dict):
        raise BadInput(path, "not a recipe: it holds no sections", "see configs/ for examples")
    return str(values.pop("recipe", path.stem)), values


def resolve(name: str, overrides: dict[str, dict[str, Any]] | None = None) -> Recipe:
    """The checked recipe with `overrides[section][key]` put over its values. Where they name another part for a
    section, that part begins with its own defaults.

    Raises UsageError for unknown sections, names and keys and for values of the wrong type.
    """
    recipe_name, values = read_values(name)
    for section, changes in (overrides or {}).items():
        kept = {} if "name" in changes else values.get(section, {})  # another part has other settings
        values[section] = _merged(kept, changes)
    unknown = set(values) - {*ROOMS, *LOOPS}
    if unknown:
        known = _list([*ROOMS, *LOOPS])
        raise UsageError(f"recipe {recipe_name}", f"no section {sorted(unknown)[0]!r}", f"there are {known}")
    needed = [section for section in ROOMS if section in values or section in ("encoder", "renderer")]
    parts = {section: _part(recipe_name, section, dict(values.get(section, {}))) for section in needed}
    _check_fit_together(recipe_name, parts)
    loops = {section: _loop(recipe_name, section, values[section]) for section in LOOPS if section in values}
    return Recipe(recipe_name, parts, **loops)


def _merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`changes` put over `values`, in nested tables too."""
    merged = dict(values)
    for key, value in changes.items():
        nested = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if nested else value
    return merged


def part_names(section: str) -> list[str]:
    """The files of the section's room that are parts: those with a Config."""
    folder = Path(recon3d.__file__).parent / ROOMS[section]
    return sorted(path.stem for path in folder.glob("*.py") if "\nclass Config" in path.read_text(encoding="utf-8"))


def _part(recipe: str, section: str, values: dict[str, Any]) -> Part:
    name = values.pop("name", None)
    if name not in part_names(section):
        raise UsageError(f"recipe {recipe}, {section}", f"no part {name!r}", f"there are {_list(part_names(section))}")
    module = importlib.import_module(f"recon3d.{ROOMS[section].replace('/', '.')}.{name}")
    (build,) = (getattr(module, public) for public in module.__all__ if public != "Config")
    return Part(name, _configure(module.Config, values, f"recipe {recipe}, {section} {name}"), build)


def _loop(recipe: str, section: str, values: dict[str, Any]) -> Any:
    module = importlib.import_module(f"recon3d.engine.{section}")
    return _configure(module.Config, values, f"recipe {recipe}, {section}")


def _check_fit_together(recipe: str, parts: dict[str, Part]) -> None:
    produces, accepts = parts["encoder"].build.produces, parts["renderer"].build.accepts
    if produces is not accepts:
        reason = f"{parts['encoder'].name} produces {produces.__name__}"
        remedy = f"{parts['renderer'].name} accepts {accepts.__name__}: choose parts that fit together"
        raise UsageError(f"recipe {recipe}", reason, remedy)


def _configure(config: type, values: dict[str, Any], place: str) -> Any:
    hints = typing.get_type_hints(config)
    checked = {}
    for key, value in values.items():
        if key not in hints:
            raise UsageError(place, f"no setting {key!r}", f"there are {_list(hints)}")
        if dataclasses.is_dataclass(hints[key]) and isinstance(value, dict):
            checked[key] = _configure(hints[key], value, f"{place}, {key}")
        elif _matches(value, hints[key]):
            checked[key] = float(value) if hints[key] is float else value
        else:
            raise UsageError(place, f"{key} = {value!r} is not {_describe(hints[key])}", "correct the value")
    return config(**checked)


def _matches(value: Any, hint: Any) -> bool:
    if typing.get_origin(hint) is typing.Literal:
        return value in typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return any(_matches(value, option) for option in typing.get_args(hint))
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, (int, float)) if hint is float else isinstance(value, hint)


def _describe(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return f"one of {_list(typing.get_args(hint))}"
    return getattr(hint, "__name__", str(hint))


def _list(names: Iterable[Any]) -> str:
    return ", ".join(str(name) for name in names)
