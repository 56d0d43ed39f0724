"""Arrays of numbers out of a MATLAB file (version 5 to 7), without trusting what it says of its sizes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import scipy.io
from jaxtyping import Float

from recon3d.errors import BadInput

BYTES_LIMIT = 2**30
"""Unpacked; the observability masks of DTU take some 60 MB."""
HEADER, COMPRESSED = 128, 15
PIECE = 2**20


def read_matlab(path: Path, names: Iterable[str]) -> dict[str, Float[np.ndarray, "..."]]:
    """The arrays under those names as float32. Nothing in the file is executed.

    Raises BadInput for what is no such file, for one that would unpack to more than BYTES_LIMIT, and where a name is
    missing or no array of numbers.
    """
    wanted = list(names)
    try:
        content = path.read_bytes()
        _refuse_too_large(path, content)
        arrays = scipy.io.loadmat(str(path), variable_names=wanted)
    except OSError as error:
        raise BadInput(path, f"cannot be read ({(error.strerror or str(error)).lower()})", "check the path") from error
    except BadInput:
        raise
    except Exception as error:  # scipy fails on broken files in many ways
        raise BadInput(path, "is broken or no MATLAB file of version 5 to 7", "copy it again") from error
    return {name: _numbers(f"{path}: {name}", arrays.get(name)) for name in wanted}


def _numbers(place: str, value: object) -> Float[np.ndarray, "..."]:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise BadInput(place, "is missing or no array of numbers", "copy it again")
    return np.asarray(value, np.float32)


def _refuse_too_large(path: Path, content: bytes) -> None:
    """Unpacks the file once, a piece at a time, to see how much there is."""
    size = 0
    for kind, element in _elements(content):
        for piece in _unpacked(element) if kind == COMPRESSED else (element,):
            size += len(piece)
            if size > BYTES_LIMIT:
                raise BadInput(path, f"holds more than {BYTES_LIMIT // 2**20} MiB", "is this a file of DTU?")


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of every element of the file. Raises struct.error where it is cut short."""
    order = "<" if content[126:128] == b"IM" else ">"
    offset = HEADER
    while offset < len(content):
        kind, length = struct.unpack_from(f"{order}II", content, offset)
        yield kind, content[offset + 8 : offset + 8 + length]
        offset += 8 + length


def _unpacked(packed: bytes) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    while packed and not unpacker.eof:
        yield unpacker.decompress(packed, PIECE)
        packed = unpacker.unconsumed_tail
