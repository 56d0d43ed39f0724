"""Fingerprints of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from recon3d.errors import BadInput


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises BadInput where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(path, f"cannot be read ({(error.strerror or str(error)).lower()})", "check the path") from error
