"""What every backend agrees on: the camera, what `splat` and `rasterise` return, and the constants of the compositing
rule.

Rule (Kerbl et al. 2023, section 4, as gsplat states it): Gaussians are blended front to back by the depth of their
centres; a contribution with alpha below ALPHA_MIN is skipped; alpha is capped at ALPHA_MAX (no gradient through the
cap); a pixel stops *before* the Gaussian that would bring its transmittance to TRANSMITTANCE_STOP or below.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from jaxtyping import Bool, Float, Int32, Int64
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
SURFACE_LIGHT = (0.8, 0.5)
"""Shares of the light still left between which what takes it counts for the depth of a surface: what stands before it
as a haze takes the first of it, what shines through the last."""
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
    al. 2024, equation 9). `with_depth` asks for the third output. With `surface_depth` that is the mean z of what
    takes the light between the shares of SURFACE_LIGHT, times alpha; it has no gradient."""

    near: float = 0.01
    antialiased: bool = False
    with_depth: bool = False
    surface_depth: bool = False


class Splatted(NamedTuple):
    """`colour` is premultiplied, over black; `depth` is the sum of weight times z, not yet divided by `alpha`."""

    colour: Float[Tensor, "h w 3"]
    alpha: Float[Tensor, "h w"]
    depth: Float[Tensor, "h w"] | None


class GridLevels(NamedTuple):
    """The levels of a hash grid, whose rows lie one after the other in one table."""

    resolutions: tuple[int, ...]
    """Cells along a side, of every level."""
    starts: tuple[int, ...]
    """The first row of every level, and the end of the last one. A level with fewer rows than nodes has a power of two
    of them."""


class Rasterised(NamedTuple):
    """Which triangle every pixel shows at its centre, and where in it that is."""

    faces: Int32[Tensor, "h w"]
    """The nearest face, -1 for none."""
    weights: Float[Tensor, "h w 3"]
    """Barycentric weights of its corners in space, so whatever is linear on the triangle is their weighted sum."""
    depth: Float[Tensor, "h w"]
    """z in the camera frame, 0 where there is no face."""


class RayBundle(NamedTuple):
    """Rays, and which part of them is looked at, in lengths of their directions."""

    origins: Float[Tensor, "r 3"]
    directions: Float[Tensor, "r 3"]
    near: Float[Tensor, " r"]
    far: Float[Tensor, " r"]
    offsets: Float[Tensor, " r"]
    """Where in its steps a ray is sampled, from 0 to 1."""


class Cells(NamedTuple):
    """Which cells of the cube from -half_size to half_size may hold something, along x, y and z; None is all of them.

    `contracted` ones are those of the cube of twice that size, into which all of space is drawn.
    """

    occupied: Bool[Tensor, "c c c"] | None
    half_size: float
    contracted: bool = False


class RaySamples(NamedTuple):
    """Samples of rays: those of one ray follow each other, front to back, and those of the next ray follow them."""

    starts: Int64[Tensor, " s"]
    """The first sample of every ray, and the number of all."""
    distances: Float[Tensor, " n"]
    """Along the ray."""
    lengths: Float[Tensor, " n"]
    """What stretch of the ray a sample stands for."""
