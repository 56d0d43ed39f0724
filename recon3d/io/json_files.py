"""JSON files of the user, read with errors that point to the line and column."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from recon3d.errors import BadInput

SIZE_LIMIT = 256 * 2**20  # bytes

_STRING_OR_CONSTANT = re.compile(r'"(?:\\.|[^"\\])*"|-?\b(?:NaN|Infinity)\b', re.DOTALL)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; a byte order mark is ignored.

    Raises BadInput, placed at path:line:column, for what is not strict JSON (NaN and Infinity included), and for a file
    that is missing, empty, larger than SIZE_LIMIT or that holds something other than an object.
    """
    text = _read_text(path)
    refuse_constant = _refuser(path, text)
    try:
        value = json.loads(text, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        raise _syntax_error(path, text, error) from error
    except RecursionError as error:
        raise BadInput(path, "is nested too deeply to be read", "export it again") from error
    except ValueError as error:  # a whole number with thousands of digits
        raise BadInput(path, f"holds a number that cannot be read ({error})", "export it again") from error
    if not isinstance(value, dict):
        raise BadInput(path, f"holds a {type(value).__name__} where an object {{...}} is expected", "export it again")
    return value


def number_in(keys: dict[str, Any], key: str, place: object) -> float | None:
    """The finite number under `key`, or None where there is none. Raises BadInput for anything else."""
    value = keys.get(key)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise BadInput(place, f"{key} is {_shown(value)}, not a finite number", f"give {key} as a number")
    return float(value)


def text_in(keys: dict[str, Any], key: str, place: object) -> str | None:
    """The text under `key`, or None where there is none. Raises BadInput for anything else."""
    value = keys.get(key)
    if value is None or (isinstance(value, str) and value):
        return value
    raise BadInput(place, f"{key} is {_shown(value)}, not a text", f"give {key} as a text or leave it out")


def objects_in(keys: dict[str, Any], key: str, place: object) -> list[dict[str, Any]]:
    """The non-empty list of objects under `key`. Raises BadInput where it is missing, empty or something else."""
    value = keys.get(key)
    if value is None or value == []:
        raise BadInput(place, f"{key} is {'missing' if value is None else 'empty'}", f"{key} must list the cameras")
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadInput(place, f"{key} is not a list of objects", "export it again")
    return value


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise BadInput(path, f"is larger than {SIZE_LIMIT // 2**20} MiB", "is this really a list of cameras?")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(path, f"cannot be read ({(error.strerror or str(error)).lower()})", "check the path") from error
    except UnicodeDecodeError as error:
        raise BadInput(path, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from error
    if not text.strip():
        raise BadInput(path, "is empty", "export it again")
    return text


def _place(path: Path, text: str, offset: int) -> str:
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return f"{path}:{line}:{column}"


def _refuser(path: Path, text: str) -> Callable[[str], NoReturn]:
    """What json calls for NaN and Infinity: the parser does not say where, so the text is searched."""

    def refuse(constant: str) -> NoReturn:
        found = (match for match in _STRING_OR_CONSTANT.finditer(text) if not match[0].startswith('"'))
        offset = next(found).start()
        raise BadInput(_place(path, text, offset), f"{constant} is not a number JSON allows", "correct the value")

    return refuse


def _syntax_error(path: Path, text: str, error: json.JSONDecodeError) -> BadInput:
    before = text[: error.pos].rstrip()
    # Python 3.13 points at the comma itself, older versions at the bracket behind it.
    at_comma = text[error.pos : error.pos + 1] == "," and "comma" in error.msg
    if at_comma or (before.endswith(",") and text[error.pos : error.pos + 1] in ("]", "}")):
        comma = error.pos if at_comma else len(before) - 1
        return BadInput(_place(path, text, comma), "trailing comma", "remove the comma before the closing bracket")
    place = _place(path, text, error.pos)
    reason = "the file ends too early" if error.pos >= len(text.rstrip()) else error.msg[0].lower() + error.msg[1:]
    return BadInput(place, f"not valid JSON: {reason}", "correct it or export it again")


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."
