"""Make the bundled scenes: `python -m recon3d.synthesis scenes/ [ketch] [terrace]`. The same bytes every time."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from recon3d.errors import Recon3dError
from recon3d.synthesis.ketch import scene as ketch
from recon3d.synthesis.terrace import scene as terrace

SCENES: dict[str, Callable[[Path], None]] = {"ketch": ketch.make, "terrace": terrace.make}


def main() -> None:
    """Parse the command line and make what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m recon3d.synthesis", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the scenes' folders go")
    parser.add_argument("scenes", nargs="*", help=f"which ones of {', '.join(SCENES)} (default: all)")
    arguments = parser.parse_args()
    unknown = set(arguments.scenes) - set(SCENES)
    if unknown:
        parser.error(f"there is no scene {', '.join(sorted(unknown))}; there are {', '.join(SCENES)}")
    for name in arguments.scenes or SCENES:
        start = time.monotonic()
        try:
            SCENES[name](arguments.folder / name)
        except Recon3dError as error:
            print(error, file=sys.stderr)
            sys.exit(error.exit_code)
        print(f"{arguments.folder / name}: made in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
