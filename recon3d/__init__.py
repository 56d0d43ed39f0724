"""recon3d: posed images, or one photo, to a radiance or Gaussian representation, rendered differentiably."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recon3d.engine.reconstruction import load as load

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`recon3d.load`, imported when it is first asked for: the command line must not wait for torch."""
    if name == "load":
        from recon3d.engine.reconstruction import load

        return load
    raise AttributeError(f"module 'recon3d' has no attribute {name!r}")
