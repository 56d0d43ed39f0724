"""Files that appear whole or not at all: written beside their place, flushed to the disk, then renamed into it.

Whatever happens in between (an exception, Ctrl-C, a full disk, a power cut) the path holds the old complete file or
the new complete one.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from recon3d.errors import BadInput, OutOfResources

DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path in the same folder to write to, with the suffix of `path`; on leaving, it becomes `path`.

    Left by an exception, the unfinished file is removed and `path` is as before. Raises OutOfResources for a full disk
    and BadInput for a place that cannot be written.
    """
    # The name is short and does not contain the final one: that may already be as long as the file system allows.
    unfinished = path.with_name(f".{secrets.token_hex(6)}.tmp{path.suffix}")
    try:
        yield unfinished
        _flush_to_disk(unfinished)
        os.replace(unfinished, path)
        _flush_to_disk(path.parent)
    except OSError as error:
        raise _explained(path, error) from error
    finally:
        with suppress(OSError):  # it may never have come to be, for the very reason that is being reported
            unfinished.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file. Raises as `replacing`."""
    with replacing(path) as unfinished:
        unfinished.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a whole text file as UTF-8 with the line ends of `text`. Raises as `replacing`."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: object) -> None:
    """Write JSON indented by 2, keys in the order given.

    Raises ValueError for NaN and infinities, and as `replacing`.
    """
    write_text(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def _flush_to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows cannot open a folder, and needs no flush for a rename
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explained(path: Path, error: OSError) -> BadInput | OutOfResources:
    if error.errno in DISK_IS_FULL:
        return OutOfResources(path, "the disk is full", "free some space or write elsewhere; the old file is untouched")
    reason = error.strerror or " ".join(str(error).split())
    return BadInput(path, f"cannot be written ({reason})", "choose a folder that exists and that you may write to")
