"""Arrays out of a .npz file (a ZIP of arrays), without trusting what it says of its sizes, and without pickle."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import Float

from recon3d.errors import BadInput

MEMBER_LIMIT = 2**20  # bytes; camera files hold 4x4 matrices


class Archive:
    """An open .npz file. Raises BadInput where it is not one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError) as error:
            raise BadInput(path, "is not a .npz file, or cut short", "export it again") from error
        self.names = frozenset(name.removesuffix(".npy") for name in self._zip.namelist())

    def read(self, name: str) -> Float[np.ndarray, "..."]:
        """The numbers under that name as float64. Raises BadInput where they are missing, too large or no numbers."""
        place = f"{self.path}: {name}"
        if name not in self.names:
            raise BadInput(place, "is missing", "export it again")
        try:
            content = self._content(name)
            file = io.BytesIO(content)
            version = np.lib.format.read_magic(file)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, kind = header(file)
            if kind.kind not in "fiu" or math.prod(shape) * kind.itemsize != len(content) - file.tell():
                raise ValueError("not a plain array of numbers")
            return np.asarray(np.load(io.BytesIO(content), allow_pickle=False), dtype=np.float64)
        except (ValueError, KeyError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            raise BadInput(place, f"cannot be read ({' '.join(str(error).split())})", "export it again") from error
        except (zipfile.BadZipFile, zlib.error) as error:
            raise BadInput(place, "is broken", "copy or export it again") from error

    def _content(self, name: str) -> bytes:
        member = f"{name}.npy" if f"{name}.npy" in self._zip.namelist() else name
        with self._zip.open(member) as file:
            content = file.read(MEMBER_LIMIT + 1)  # unpacks no more than that, whatever the archive declares
        if len(content) > MEMBER_LIMIT:
            raise ValueError(f"larger than {MEMBER_LIMIT} bytes")
        return content
