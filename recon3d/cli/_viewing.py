"""What a person is told of the viewer's address."""

from __future__ import annotations

from recon3d.cli import _flags
from recon3d.errors import UsageError


def check(flags: _flags.Serving) -> None:
    """Raises UsageError for a port that is none."""
    if not 0 <= flags.port <= 65535:
        raise UsageError(f"--port {flags.port}", "is no port", "give one from 1024 to 65535")


def announce(link: str, port: int, flags: _flags.Serving, private: bool) -> None:
    """Print the link and how to use it from elsewhere."""
    if flags.port not in (0, port):
        print(f"port {flags.port} is taken, so it is {port}")
    print(f"viewer   {link}")
    if private:
        print(f"         from elsewhere: ssh -L {port}:127.0.0.1:{port} THIS-MACHINE, then open the same link there")
    else:
        print("warning: whoever can reach this address and has the link sees all of this, and it is not encrypted")
    print(end="", flush=True)
    if flags.open:
        import webbrowser

        webbrowser.open(link)
