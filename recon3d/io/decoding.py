"""One photo, from its file to the 8-bit pixels of a pinhole view: undistorted, cropped, downscaled."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Shaped, UInt8, UInt16

from recon3d.errors import BadInput
from recon3d.io.camera_checks import fitted_to_picture
from recon3d.io.images import image_size, read_image, read_mask
from recon3d.io.rectangles import Window
from recon3d.io.undistortion import Undistortion, crop_of, maps_of, mask_of
from recon3d.types import Cameras


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture file and the one camera it was taken with, as the scene's files describe it, lens included.

    A mask says which pixels show the object (`mask_is_object`: it becomes alpha) or which count at all.
    """

    name: str
    path: Path
    camera: Cameras
    mask_path: Path | None = None
    mask_is_object: bool = False


@dataclass(frozen=True)
class Decoded:
    """A view in a quarter or half of the memory of floats, without loss: 8-bit colours, or, where there is alpha, the
    16-bit products of colour and alpha. Dividing by `white` gives premultiplied colours in [0, 1].
    """

    colours: UInt8[np.ndarray, "h w 3"] | UInt16[np.ndarray, "h w 3"]
    alpha: UInt8[np.ndarray, "h w"] | None
    mask: Bool[np.ndarray, "h w"] | None

    @property
    def white(self) -> int:
        return 255 if self.alpha is None else 255 * 255

    @property
    def bytes(self) -> int:
        return sum(part.nbytes for part in (self.colours, self.alpha, self.mask) if part is not None)


@dataclass(frozen=True, eq=False)  # compared by identity: the cache keeps what was decoded for this very one
class Development:
    """How a photo becomes a view; made from the headers of its files alone.

    The window is that of the undistorted picture, a multiple of `downscale` wide and high: what remains at the right
    and the lower border is cut off, so that every pixel of the view is the mean of whole pixels.
    """

    photo: Photo
    picture_size: tuple[int, int]
    undistortion: Undistortion | None
    window: Window
    clean: bool
    downscale: int
    camera: Cameras

    @staticmethod
    def of(photo: Photo, downscale: int) -> Development:
        """Raises BadInput for pictures or masks whose size does not fit, and for lenses that show nothing."""
        width, height = image_size(photo.path)
        camera = fitted_to_picture(photo.camera, width, height, photo.path)
        window, clean, undistortion = Window(0, 0, width, height), True, None
        if camera.distortion is not None:
            undistortion = Undistortion.of(camera)
            window, clean = crop_of(undistortion)
        window = _multiple_of(downscale, window)
        if window.width == 0 or window.height == 0:
            reason = f"nothing is left of {width}x{height} pixels after undistortion and downscaling by {downscale}"
            raise BadInput(photo.path, reason, "check the lens coefficients, or downscale less")
        pinhole = dataclasses.replace(camera, lens="pinhole", distortion=None).cropped(*window)
        resized = pinhole.resized(window.width // downscale, window.height // downscale)
        return Development(photo, (width, height), undistortion, window, clean, downscale, resized)

    def decode(self) -> Decoded:
        """Read the files. Raises BadInput for broken ones and for masks of another size or without any white."""
        pixels = read_image(self.photo.path)
        colours, alpha = pixels[..., :3], pixels[..., 3] if pixels.shape[-1] == 4 else None
        mask = _mask_of(self.photo, pixels)
        if mask is not None and self.photo.mask_is_object:
            alpha = np.where(mask, np.uint8(255) if alpha is None else alpha, np.uint8(0))
            mask = None
        if self.undistortion is None and self.downscale == 1:
            return _premultiplied(colours, alpha, mask)
        return self._resampled(colours, alpha, mask)

    def _resampled(self, colours: np.ndarray, alpha: np.ndarray | None, mask: np.ndarray | None) -> Decoded:
        """Resample colours premultiplied: what a transparent pixel hides must not bleed into its neighbours."""
        resampled_mask = self._resample_mask(mask)
        if alpha is None:
            return Decoded(_rounded(self._resample(colours.astype(np.float32)), np.uint8), None, resampled_mask)
        products = self._resample(colours * alpha[..., None].astype(np.float32))
        coverage = self._resample(alpha.astype(np.float32))
        return Decoded(_rounded(products, np.uint16), _rounded(coverage, np.uint8), resampled_mask)

    def _resample_mask(self, mask: np.ndarray | None) -> Bool[np.ndarray, "h w"] | None:
        """A pixel counts where all that it is made of counts and is valid."""
        whole = None if mask is None else self._resample(mask.astype(np.float32))
        if self.undistortion is not None and not self.clean:
            valid = self._downscale(mask_of(self.undistortion, self.window).astype(np.float32))
            whole = valid if whole is None else np.minimum(whole, valid)
        return None if whole is None else whole > 1 - 1e-4

    def _resample(self, plane: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        if self.undistortion is None:
            left, top, width, height = self.window
            return self._downscale(plane[top : top + height, left : left + width])
        columns, rows = maps_of(self.undistortion, self.window)
        # The maps count indices, so pixel centres need no half here; the border repeats for rounding's sake only.
        return self._downscale(cv2.remap(plane, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

    def _downscale(self, plane: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        """The mean over blocks of downscale x downscale pixels."""
        if self.downscale == 1:
            return plane
        size = (self.window.width // self.downscale, self.window.height // self.downscale)
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))


def _multiple_of(downscale: int, window: Window) -> Window:
    return window._replace(width=window.width // downscale * downscale, height=window.height // downscale * downscale)


def _mask_of(photo: Photo, pixels: UInt8[np.ndarray, "h w c"]) -> Bool[np.ndarray, "h w"] | None:
    if photo.mask_path is None:
        return None
    mask = read_mask(photo.mask_path)
    if mask.shape != pixels.shape[:2]:
        sizes = f"the mask is {mask.shape[1]}x{mask.shape[0]} but its picture {pixels.shape[1]}x{pixels.shape[0]}"
        raise BadInput(photo.mask_path, sizes, "masks must have the size of their pictures")
    if not mask.any():
        raise BadInput(photo.mask_path, "the mask is all black: no pixel counts", "white marks the pixels to use")
    return mask


def _premultiplied(colours: np.ndarray, alpha: np.ndarray | None, mask: np.ndarray | None) -> Decoded:
    """The file's own values."""
    if alpha is None:
        return Decoded(np.ascontiguousarray(colours), None, mask)
    return Decoded(colours * alpha[..., None].astype(np.uint16), np.ascontiguousarray(alpha), mask)


def _rounded(plane: Float32[np.ndarray, "..."], kind: type[np.unsignedinteger]) -> Shaped[np.ndarray, "..."]:
    """Means of whole numbers, so within the range of their type."""
    return np.asarray(plane + 0.5, dtype=kind)
