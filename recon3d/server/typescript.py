"""The viewer's TypeScript types, made of the messages: `python -m recon3d.server.typescript viewer/src/messages.ts`."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
import textwrap
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from recon3d.io.atomic import write_text
from recon3d.server import messages

HEADER = "// Made of recon3d/server/messages.py by `python -m recon3d.server.typescript`: change that, not this.\n"
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", types.NoneType: "null"}


def typescript() -> str:
    """An interface for every dataclass of `messages`, with its remarks."""
    kinds = [kind for kind in vars(messages).values() if dataclasses.is_dataclass(kind)]
    return "\n".join([HEADER, *(_interface(kind) for kind in kinds)])


def _interface(kind: Any) -> str:
    hints, remarks = typing.get_type_hints(kind), _field_remarks(kind)
    lines = [*_remark(inspect.getdoc(kind) or "", ""), f"export interface {kind.__name__} {{"]
    for field in dataclasses.fields(kind):
        lines += [*_remark(remarks.get(field.name, ""), "  "), f"  {field.name}: {_type(hints[field.name])};"]
    return "\n".join([*lines, "}", ""])


def _type(hint: Any) -> str:
    if hint in PLAIN:
        return PLAIN[hint]
    if dataclasses.is_dataclass(hint):
        return hint.__name__  # type: ignore[union-attr]
    arguments = get_args(hint)
    if get_origin(hint) is Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if get_origin(hint) in (Union, types.UnionType):
        return " | ".join(_type(argument) for argument in arguments)
    if get_origin(hint) is tuple and arguments[-1:] == (Ellipsis,):
        return f"{_type(arguments[0])}[]"
    if get_origin(hint) is tuple:
        return f"[{', '.join(_type(argument) for argument in arguments)}]"
    raise TypeError(f"no TypeScript for {hint}")


def _field_remarks(kind: Any) -> dict[str, str]:
    """The strings below fields of a dataclass, which Python itself forgets."""
    found, field = {}, ""
    for node in _body(kind):
        if (name := _annotated_name(node)) is not None:
            field = name
        elif field and (text := _text(node)) is not None:
            found[field] = text
    return found


def _body(kind: Any) -> list[Any]:
    return ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0].body  # type: ignore[attr-defined]


def _annotated_name(node: Any) -> str | None:
    return getattr(getattr(node, "target", None), "id", None)


def _text(node: Any) -> str | None:
    value = getattr(getattr(node, "value", None), "value", None)
    return inspect.cleandoc(value) if isinstance(value, str) else None


def _remark(text: str, indent: str) -> Iterator[str]:
    if text:
        yield f"{indent}/**"
        for line in text.splitlines():
            yield f"{indent} * {line}".rstrip()
        yield f"{indent} */"


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), typescript())
