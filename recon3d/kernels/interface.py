"""What every backend agrees on: the camera, what `splat` and `rasterise` return, and the constants of the compositing
rule.

Rule (Kerbl et al. 2023, section 4, as gsplat states it): Gaussians are blended front to back by the depth of their
centres; a contribution with alpha below ALPHA_MIN is skipped; alpha is capped at ALPHA_MAX (no gradient through the
cap); a pixel stops *before* the Gaussian that would bring its transmittance to TRANSMITTANCE_STOP or below.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from jaxtyping import Float, Int32
from torch import Tensor

ALPHA_MIN = 1 / 255
ALPHA_MAX = 0.99
TRANSMITTANCE_STOP = 1e-4
LOW_PASS = 0.3
"""Pixel variance added to both axes of a projected Gaussian, so none is thinner than a pixel."""
SLOPE_MARGIN = 0.3
"""The Jacobian's ray slope is clamped this many tan(half field of view) outside the picture."""
COMPENSATION_FLOOR = 0.005
"""Least factor by which `antialiased` dims an opacity."""
RADIUS_SIGMAS = 3.33
"""sqrt(2 ln 255): beyond so many standard deviations even an opaque Gaussian is below ALPHA_MIN."""

Activation = Literal["silu", "relu"]
"""What a perceptron's hidden layers do to a number."""


class Camera(NamedTuple):
    """One camera: `intrinsics` in pixels, OpenCV axes."""

    camera_from_world: Float[Tensor, "4 4"]
    intrinsics: Float[Tensor, "3 3"]
    width: int
    height: int
    projection: Literal["pinhole", "fisheye", "orthographic"] = "pinhole"


class SplatOptions(NamedTuple):
    """`near` is in world units. `antialiased` dims Gaussians by what the low-pass widened them (Mip-Splatting, Yu et
    al. 2024, equation 9). `with_depth` asks for the third output."""

    near: float = 0.01
    antialiased: bool = False
    with_depth: bool = False


class Splatted(NamedTuple):
    """`colour` is premultiplied, over black; `depth` is the sum of weight times z, not yet divided by `alpha`."""

    colour: Float[Tensor, "h w 3"]
    alpha: Float[Tensor, "h w"]
    depth: Float[Tensor, "h w"] | None


class Rasterised(NamedTuple):
    """Which triangle every pixel shows at its centre, and where in it that is."""

    faces: Int32[Tensor, "h w"]
    """The nearest face, -1 for none."""
    weights: Float[Tensor, "h w 3"]
    """Barycentric weights of its corners in space, so whatever is linear on the triangle is their weighted sum."""
    depth: Float[Tensor, "h w"]
    """z in the camera frame, 0 where there is no face."""
