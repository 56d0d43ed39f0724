"""The `vertex` table of a PLY file, as bare columns: text, little- or big-endian, properties in any order.

What a header asks for is compared with the size of the file before any memory is taken.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Shaped

from recon3d.errors import BadInput

HEADER_LIMIT = 64 * 1024  # bytes
TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip
BYTE_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}


@dataclass(frozen=True)
class Element:
    """One table of the header; a `list` property has type None, because its rows differ in size."""

    name: str
    count: int
    properties: dict[str, str | None]

    def row_type(self, order: str) -> np.dtype[np.void]:
        return np.dtype([(name, order + str(kind)) for name, kind in self.properties.items()])


@dataclass(frozen=True)
class Header:
    """What a PLY file holds; `order` is the byte order in numpy's notation, empty for text; data begins at `start`."""

    path: Path
    order: str
    elements: tuple[Element, ...]
    comments: tuple[str, ...]
    start: int

    def element(self, name: str) -> Element | None:
        return next((element for element in self.elements if element.name == name), None)


class Table:
    """The rows of `vertex`; columns are taken by name."""

    def __init__(self, rows: Shaped[np.ndarray, " n"], types: dict[str, str | None]) -> None:
        """`types` are those the header declares; the rows of a text file are float64 all the same."""
        self._rows, self.types = rows, types
        self.names = tuple(types)
        kinds = {rows.dtype[name] for name in self.names}
        # Where all columns have one type the table is a matrix, and picking columns is several times faster.
        self._matrix = rows.view(kinds.pop()).reshape(len(rows), -1) if len(kinds) == 1 else None

    def __len__(self) -> int:
        return len(self._rows)

    def columns(self, names: Sequence[str]) -> Float32[np.ndarray, "n c"]:
        """Those columns side by side."""
        if self._matrix is None:
            parts = [self._rows[name].astype(np.float32) for name in names]
            return np.stack(parts, -1) if parts else np.zeros((len(self._rows), 0), np.float32)
        return self._matrix[:, [self.names.index(name) for name in names]].astype(np.float32, copy=False)


def read_ply_header(path: Path) -> Header:
    """Raises BadInput for what is not a PLY file, or whose header cannot be understood."""
    try:
        with path.open("rb") as file:
            beginning = file.read(HEADER_LIMIT)
    except OSError as error:
        raise BadInput(path, f"cannot be read ({(error.strerror or str(error)).lower()})", "check the path") from error
    if not beginning.startswith((b"ply\n", b"ply\r")):
        raise BadInput(path, "is not a PLY file" if beginning else "is empty (0 bytes)", "check the path")
    end = beginning.find(b"\nend_header") + 1
    line_end = beginning.find(b"\n", end)
    if end == 0 or line_end < 0:
        raise BadInput(path, "has no end_header", "the file is broken or cut short: export it again")
    lines = [line.split() for line in beginning[:end].decode("latin-1").splitlines()[1:]]
    return _parsed(path, [line for line in lines if line], line_end + 1)


def _parsed(path: Path, lines: list[list[str]], start: int) -> Header:
    order: str | None = None
    elements: list[Element] = []
    comments = []
    for line in lines:
        match line:
            case ["format", kind, _] if kind in BYTE_ORDERS:
                order = BYTE_ORDERS[kind]
            case ["element", name, count] if count.isascii() and count.isdigit() and len(count) < 20:
                elements.append(Element(name, int(count), {}))
            case ["property", "list", _, _, name] if elements:
                elements[-1].properties[name] = None
            case ["property", kind, name] if elements and kind in TYPES and name not in elements[-1].properties:
                elements[-1].properties[name] = TYPES[kind]
            case ["comment" | "obj_info", *words]:
                comments.append(" ".join(words))
            case _:
                raise BadInput(path, f"header line {' '.join(line)[:60]!r} cannot be understood", "export it again")
    if order is None:
        raise BadInput(path, "the header names no format that is known", "export it again")
    return Header(path, order, tuple(elements), tuple(comments), start)


def read_vertices(header: Header) -> Table:
    """The `vertex` table. Raises BadInput where it is absent, empty, or larger than the file."""
    vertices = header.element("vertex")
    if vertices is None or vertices.count == 0 or not vertices.properties:
        raise BadInput(header.path, "holds no vertices", "export it again")
    before = header.elements[: header.elements.index(vertices)]
    if any(None in element.properties.values() for element in (*before, vertices)):
        raise BadInput(header.path, "has lists in or before its vertices", "export it as a plain vertex table")
    remaining = header.path.stat().st_size - header.start
    smallest = sum(_smallest_size(header, element) for element in (*before, vertices))
    if smallest > remaining:
        reason = f"promises {vertices.count} vertices, {smallest} bytes, but only {remaining} bytes follow"
        raise BadInput(header.path, reason, "the file is broken or cut short: export it again")
    rows = _binary_rows(header, before, vertices) if header.order else _text_rows(header, before, vertices)
    return Table(rows, vertices.properties)


def _smallest_size(header: Header, element: Element) -> int:
    """Bytes that the element takes at least; in text, every value is a digit and a space or line end."""
    if header.order:
        return element.count * element.row_type(header.order).itemsize
    return max(element.count * len(element.properties) * 2 - 1, 0)


def _binary_rows(header: Header, before: tuple[Element, ...], vertices: Element) -> Shaped[np.ndarray, " n"]:
    offset = header.start + sum(_smallest_size(header, element) for element in before)
    return np.fromfile(header.path, vertices.row_type(header.order), vertices.count, offset=offset)


def _text_rows(header: Header, before: tuple[Element, ...], vertices: Element) -> Shaped[np.ndarray, " n"]:
    skipped = sum(element.count * len(element.properties) for element in before)
    wanted = skipped + vertices.count * len(vertices.properties)
    with header.path.open("rb") as file, warnings.catch_warnings():
        file.seek(header.start)
        warnings.simplefilter("ignore", DeprecationWarning)  # numpy's way to say that the text ended too early
        try:
            values = np.fromfile(file, np.float64, wanted, sep=" ")
        except ValueError:
            values = np.zeros(0)
    if len(values) < wanted:
        reason = f"value {len(values)} of {wanted} is not a number, or the file is cut short"
        raise BadInput(header.path, reason, "export it again")
    kept = values[skipped:].reshape(vertices.count, len(vertices.properties))
    return kept.view(np.dtype([(name, "f8") for name in vertices.properties])).reshape(-1)
