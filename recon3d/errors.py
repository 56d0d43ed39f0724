"""Every way recon3d refuses or gives up, each with its documented exit code.

A message is one line: the place (file, key, line), the reason, and the remedy. The command line prints it
and exits with `exit_code`; a traceback appears only under `--debug`.
"""

from __future__ import annotations


class Recon3dError(Exception):
    """Base of all expected failures. Exit code 1 is never used on purpose: it means a bug."""

    exit_code = 1

    def __init__(self, place: object, reason: str, remedy: str = "") -> None:
        self.place, self.reason, self.remedy = str(place), reason, remedy
        message = f"{place}: {reason}" + (f"; {remedy}" if remedy else "")
        super().__init__(" ".join(message.split()))  # a path may hold a line break; a message is one line


class UsageError(Recon3dError):
    """The command line or a recipe asks for something that does not exist."""

    exit_code = 2


class BadInput(Recon3dError):
    """A file or folder given by the user cannot be used as it is."""

    exit_code = 3


class Missing(Recon3dError):
    """An optional package, a compiler or a device that was asked for is not here."""

    exit_code = 4


class OutOfResources(Recon3dError):
    """Memory or disk ran out."""

    exit_code = 5


class Diverged(Recon3dError):
    """The fit stopped being finite and could not be brought back."""

    exit_code = 6


class PartialResult(Recon3dError):
    """Something usable was written, but not all that was asked for."""

    exit_code = 7
