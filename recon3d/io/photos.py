"""Photos as views that are decoded when asked for, and remembered as far as memory allows."""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.io.decoding import Decoded, Development, Photo
from recon3d.io.undistortion import maps_of, mask_of
from recon3d.types import Cameras, Views

__all__ = ["CACHE_BYTES", "Photo", "PhotoCache", "Photos"]

CACHE_BYTES = 2 * 2**30


class PhotoCache:
    """Decoded photos up to a number of bytes; what no longer fits is not kept. Safe to share between threads."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self.limit, self.used = limit, 0
        self._decoded: dict[Development, Decoded] = {}
        self._lock = threading.Lock()

    def decoded(self, development: Development) -> Decoded:
        """The decoded photo, from memory or from its file. Raises as `Development.decode`."""
        known = self._decoded.get(development)
        if known is not None:
            return known
        decoded = development.decode()
        with self._lock:
            if development not in self._decoded and self.used + decoded.bytes <= self.limit:
                self._decoded[development] = decoded
                self.used += decoded.bytes
        return decoded


class Photos:
    """Photos as pinhole views; implements `recon3d.types.LazyViews`.

    Lenses are undistorted at full resolution to pinholes of the same focal length, cropped to what is valid, and
    downscaled by a whole number by averaging. The cameras follow exactly, and are known without decoding a picture.
    """

    def __init__(self, photos: Sequence[Photo], downscale: int = 1, cache: PhotoCache | None = None) -> None:
        """Reads the headers of all pictures. Raises BadInput for files that are missing, broken or of a wrong size."""
        self.names = tuple(photo.name for photo in photos)
        self.developments = tuple(Development.of(photo, downscale) for photo in photos)
        self._cache = cache or PhotoCache()
        self._place(_stacked([development.camera for development in self.developments]))

    def _place(self, cameras: Cameras) -> None:
        # float64 is kept behind what is shown, so that moving a world far from its origin loses nothing
        self._exact_cameras, self._cameras = cameras, cameras.to("cpu", torch.float32)

    @property
    def cameras(self) -> Cameras:
        """The pinhole cameras of the views, float32, in the frame of the files unless `moved`."""
        return self._cameras

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Views:
        """The view at `index` as float32 in [0, 1], premultiplied. Raises BadInput where its file is broken."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"view {index} of {len(self)}")
        decoded = self._cache.decoded(self.developments[index])
        images = torch.from_numpy(decoded.colours).float().div_(decoded.white)[None]
        alpha = None if decoded.alpha is None else torch.from_numpy(decoded.alpha).float().div_(255)[None]
        masks = None if decoded.mask is None else torch.from_numpy(decoded.mask)[None].clone()
        return Views(self._cameras[index % len(self)], images, alpha, masks)

    def check(self) -> None:
        """Decode every photo once, two at a time, so that a broken one is reported before any work begins.

        Raises BadInput for the first that is. Afterwards as many as fit are in memory.
        """
        with ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(self._cache.decoded, development) for development in self.developments]
            try:
                for job in jobs:
                    job.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        maps_of.cache_clear()
        mask_of.cache_clear()

    def moved(self, similarity: Float[Tensor, "4 4"]) -> Photos:
        """The same photos in a moved world; decoded pictures are shared."""
        twin = copy.copy(self)
        twin._place(self._exact_cameras.moved(similarity))
        return twin


def _stacked(cameras: list[Cameras]) -> Cameras:
    if cameras:
        return Cameras.stack(cameras)
    none = torch.zeros(0, dtype=torch.int64)
    return Cameras(torch.zeros(0, 4, 4).double(), torch.zeros(0, 3, 3).double(), none, none)
