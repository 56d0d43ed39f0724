"""The command line: one file per verb. A verb parses, calls one function and prints; torch is imported only inside."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import time

STARTED = time.perf_counter()
"""When this process began, near enough: time budgets count from here."""

EXIT_CODES = """exit codes: 0 ok, 2 usage, 3 bad input, 4 missing dependency or hardware, 5 out of memory or disk,
            6 diverged, 7 partial result, 130/143 stopped by Ctrl-C/SIGTERM after saving"""


def main() -> None:
    """Entry point of the `recon3d` command."""
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run one command line and return its exit code."""
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    if not words or words[0] in ("-h", "--help"):
        print(overview())
        return 0 if words else 2
    if words[0] in ("-V", "--version"):
        import recon3d

        print(recon3d.__version__)
        return 0
    if words[0] not in verbs():
        print(f"recon3d: no verb {words[0]!r}: choose from {', '.join(verbs())}", file=sys.stderr)
        return 2
    use_large_pages()
    if debug:
        return _call(words)
    return _guarded(words)


def use_large_pages() -> None:
    """Large tensors are asked for in pages of 2 MiB, where the system gives such (Linux, transparent huge pages).

    Small ones, 4 KiB each, are mapped one by one whenever a tensor is new: that is a seventh of a step with 200,000
    Gaussians. THP_MEM_ALLOC_ENABLE=0 in the environment forbids it.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # torch reads it when it allocates for the first time


def verbs() -> list[str]:
    """The verbs: the public files of this folder."""
    return [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]


def overview() -> str:
    """What `recon3d --help` says."""
    lines = [
        "usage: recon3d VERB ... [--debug]",
        "",
        "Posed photos to 3D Gaussians, one photo to a mesh, on any machine.",
        "",
        "verbs:",
    ]
    for verb in verbs():
        summary = (importlib.import_module(f"{__name__}.{verb}").__doc__ or "").partition("\n")[0]
        lines.append(f"  {verb:8} {summary}")
    return "\n".join([*lines, "", "recon3d VERB --help tells more. --debug shows tracebacks.", "", EXIT_CODES])


def _call(words: list[str]) -> int:
    code: int = importlib.import_module(f"{__name__}.{words[0]}").run(words[1:])
    return code


def _guarded(words: list[str]) -> int:
    """Every failure is one line and an exit code."""
    from recon3d.errors import OutOfResources, Recon3dError

    try:
        return _call(words)
    except Recon3dError as error:
        return _fail(str(error), error.exit_code)
    except MemoryError:
        return _fail("out of memory; use --downscale or fewer Gaussians", OutOfResources.exit_code)
    except KeyboardInterrupt:
        return _fail("stopped", 130)
    except BrokenPipeError:
        return 0
    except BaseException as error:
        code = getattr(error, "exit_code", None)
        if isinstance(error, SystemExit):
            raise
        if code is not None:  # Interrupted: it has said where it stopped
            return int(code)
        if "out of memory" in str(error).lower():
            return _fail(f"out of memory ({_line(error)})", OutOfResources.exit_code)
        return _fail(f"unexpected {type(error).__name__}: {_line(error)}; this is a bug: --debug shows where", 1)


def _fail(message: str, code: int) -> int:
    print(f"recon3d: {message}", file=sys.stderr)
    return code


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
