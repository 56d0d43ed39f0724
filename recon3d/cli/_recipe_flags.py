"""Every value of a recipe as a command-line flag, read from the recipe's TOML alone: torch is not needed for --help."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

import tyro

from recon3d.engine.recipe_files import find_recipe
from recon3d.errors import UsageError

_COMMENTED = re.compile(r"^(\w+)\s*=.*?#\s*(.+)$")


def parsed(kind: type, words: list[str], verb: str, description: str | None, default: str) -> tuple[Any, Any]:
    """The flags of a verb, a dataclass of that kind, and what the user changed of the recipe, by section and key. The
    recipe is `default` unless the words name another."""
    flags = with_recipe_flags(kind, find_recipe(named_recipe(words, default)))
    config = (tyro.conf.FlagCreatePairsOff,)
    arguments = tyro.cli(flags, args=words, prog=f"recon3d {verb}", description=description, config=config)
    return arguments, overrides_of(arguments, kind)


def with_recipe_flags(arguments: type, recipe: Path) -> Any:
    """The dataclass `arguments` with a nested dataclass for each section of a TOML recipe, its values the defaults.
    A recipe in JSON, as a run stores it, has no flags."""
    if recipe.suffix != ".toml":
        return arguments
    try:
        sections = tomllib.loads(recipe.read_text(encoding="utf-8"))
    except ValueError:  # said properly when the recipe is resolved
        return arguments
    comments = _comments(recipe)
    fields = [(name, *_nested(name, values, comments)) for name, values in sections.items() if isinstance(values, dict)]
    return dataclasses.make_dataclass(arguments.__name__, fields, bases=(arguments,), frozen=True)


def overrides_of(arguments: Any, base: type) -> dict[str, dict[str, Any]]:
    """What the user changed of the recipe, by section and key."""
    own = {field.name for field in dataclasses.fields(base)}
    sections = {f.name: getattr(arguments, f.name) for f in dataclasses.fields(arguments) if f.name not in own}
    changed = {name: _changes(section) for name, section in sections.items()}
    return {name: values for name, values in changed.items() if values}


def _changes(section: Any) -> dict[str, Any]:
    """Fields that differ from the defaults of their class, nested ones as dictionaries."""
    default, changed = type(section)(), {}
    for key, value in vars(section).items():
        if dataclasses.is_dataclass(value):
            if nested := _changes(value):
                changed[key] = nested
        elif value != getattr(default, key):
            changed[key] = value
    return changed


def named_recipe(words: list[str], default: str) -> str:
    """The recipe that the command line names, found before it is parsed: the flags depend on it."""
    for i, word in enumerate(words):
        if word == "--recipe":
            if i + 1 == len(words):
                raise UsageError("--recipe", "names nothing", "give a recipe")
            return words[i + 1]
        if word.startswith("--recipe="):
            return word.partition("=")[2]
    return default


def _nested(section: str, values: dict[str, Any], comments: dict[tuple[str, str], str]) -> tuple[type, Any]:
    fields: list[tuple[str, Any, Any]] = []
    for key, value in values.items():
        if isinstance(value, dict):
            fields.append((key, *_nested(f"{section}.{key}", value, comments)))
        else:
            fields.append(_flag(key, value, comments.get((section, key), "")))
    nested = dataclasses.make_dataclass(section.title().replace(".", ""), fields, frozen=True)
    return nested, dataclasses.field(default_factory=nested)


def _flag(key: str, value: Any, comment: str) -> tuple[str, Any, Any]:
    kind = type(value)
    return key, Annotated[kind, tyro.conf.arg(help=comment, metavar=kind.__name__.upper())], value


def _comments(path: Path) -> dict[tuple[str, str], str]:
    """The remark behind each `key = value  # remark` line, by (section, key)."""
    found, section = {}, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[] \t")
        elif match := _COMMENTED.match(line):
            found[section, match[1]] = match[2]
    return found
