"""Picture and video files. Reading gives 8-bit values exactly as stored; the EXIF orientation is not applied, because
cameras were computed on the stored pixels."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from recon3d.errors import BadInput, Missing, OutOfResources
from recon3d.io.atomic import replacing, write_bytes

PIXEL_LIMIT = 178_956_970  # half a GiB of RGB, Pillow's own limit: beyond it a small file may ask for all memory
# A closed list: other decoders of Pillow run programs (EPS) or read formats that are no photographs.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "PPM")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".ppm", ".pgm")
RAW_SUFFIXES = (".dng", ".nef", ".cr2", ".cr3", ".arw", ".raf", ".orf", ".rw2")
TO_8_BIT = {"1": "RGB", "L": "RGB", "LA": "RGBA", "La": "RGBA", "PA": "RGBA", "RGBa": "RGBA", "RGBA": "RGBA"}

Picture = Float[Tensor, "h w *c"] | Float[np.ndarray, "h w *c"] | UInt8[np.ndarray, "h w *c"]


class Header(NamedTuple):
    """What a picture file says of itself before its pixels are decoded; `mode` is Pillow's name of the pixel format."""

    width: int
    height: int
    mode: str


def read_header(path: Path) -> Header:
    """Size and pixel format, without decoding. Raises BadInput for what is not a still picture of sensible size."""
    with _opened(path) as image:
        return Header(image.width, image.height, image.mode)


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) as stored, without decoding. Raises as `read_header`."""
    return read_header(path)[:2]


def read_image(path: Path) -> UInt8[np.ndarray, "h w c"]:
    """The pixels as RGB, or as RGBA (straight, not premultiplied) where the file has transparency.

    16-bit, grey, palette and CMYK files are converted. Raises BadInput for files that are missing, empty, cut short,
    not pictures, animated or larger than PIXEL_LIMIT.
    """
    with _opened(path) as image:
        return _pixels(path, image)


def read_upright_image(path: Path) -> UInt8[np.ndarray, "h w c"]:
    """As `read_image`, turned as the EXIF orientation says: for photos that no camera was computed on."""
    with _opened(path) as image:
        return _pixels(path, ImageOps.exif_transpose(image))


def read_mask(path: Path) -> Bool[np.ndarray, "h w"]:
    """A mask: True where the file is white (128 or more of 255; in files that hold only 0 and 1, where it is 1)."""
    with _opened(path) as image:
        grey = _grey_from_16_bit(path, image) if image.mode.startswith("I") else np.array(image.convert("L"))
    return grey > 0 if grey.max(initial=0) == 1 else grey >= 128


def jpeg_of(picture: Picture, quality: int = 90) -> bytes:
    """The content of a JPEG file of an RGB picture (h w 3), 8-bit or float in [0, 1], which is clipped.

    Raises ValueError for values that are not finite.
    """
    content = io.BytesIO()
    Image.fromarray(_as_8_bit(picture)).save(content, "JPEG", quality=quality)
    return content.getvalue()


def write_image(path: Path | str, picture: Picture) -> None:
    """Write a PNG: grey (h w), RGB or RGBA (h w 3|4), either 8-bit or float in [0, 1], which is clipped.

    Raises ValueError for values that are not finite, and as `atomic.write_bytes`.
    """
    content = io.BytesIO()
    Image.fromarray(_as_8_bit(picture)).save(content, "PNG")
    write_bytes(Path(path), content.getvalue())


def write_video(path: Path, frames: Iterable[Picture], fps: int | float) -> None:
    """Write RGB frames (h w 3) of one size as an H.264 film; odd sizes grow by one repeated row or column, which the
    codec needs. Raises Missing without imageio-ffmpeg, ValueError for no frames, and as `atomic.replacing`.
    """
    try:
        imageio_ffmpeg = importlib.import_module("imageio_ffmpeg")
    except ImportError as error:
        raise Missing(path, "writing a video needs imageio-ffmpeg", "pip install 'recon3d[video]'") from error
    even = (_of_even_size(_as_8_bit(frame)) for frame in frames)
    first = next(even, None)
    if first is None:
        raise ValueError("a video needs at least one frame")
    height, width = first.shape[:2]
    with replacing(path) as unfinished:
        film = imageio_ffmpeg.write_frames(str(unfinished), (width, height), fps=fps, quality=8, macro_block_size=2)
        with closing(film):
            film.send(None)
            for frame in chain([first], even):
                if frame.shape != first.shape:
                    raise ValueError(f"frames of {frame.shape} and {first.shape} in one video")
                film.send(frame)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The open picture; every way in which reading it can fail becomes one line about the file."""
    _refuse_unreadable(path)
    try:
        with Image.open(path, formats=FORMATS) as image:
            _refuse_unsuitable(path, image)
            yield image
    except (BadInput, OutOfResources):
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise _not_a_picture(path, error) from error
    except MemoryError as error:
        raise OutOfResources(path, "does not fit into memory", "use smaller pictures") from error
    except Exception as error:  # decoders fail on broken files in a dozen ways: OSError, SyntaxError, struct.error ...
        raise BadInput(path, f"is broken or cut short ({_line(error)})", "copy it again or leave it out") from error


def _pixels(path: Path, image: Image.Image) -> UInt8[np.ndarray, "h w c"]:
    if image.mode.startswith("I"):
        return np.repeat(_grey_from_16_bit(path, image)[..., None], 3, axis=-1)
    if image.mode == "F":
        raise BadInput(path, "holds floating-point values", "convert it to an 8-bit PNG or JPEG")
    target = "RGBA" if "transparency" in image.info else TO_8_BIT.get(image.mode, "RGB")
    return np.array(image.convert(target))


def _refuse_unreadable(path: Path) -> None:
    try:
        empty = path.stat().st_size == 0
        with path.open("rb"):
            pass
    except OSError as error:
        raise BadInput(path, f"cannot be read ({(error.strerror or str(error)).lower()})", "check the path") from error
    if empty:
        raise BadInput(path, "is empty (0 bytes)", "copy it again or leave it out")
    if path.suffix.lower() in RAW_SUFFIXES:
        raise BadInput(path, "is a raw photo", "convert it to JPEG or PNG")


def _refuse_unsuitable(path: Path, image: Image.Image) -> None:
    if image.width * image.height > PIXEL_LIMIT:
        raise _too_large(path, f"{image.width}x{image.height}")
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":  # MPO: a photo followed by its preview
        raise BadInput(path, "is animated or has several pages", "save the page you mean as a PNG")


def _not_a_picture(path: Path, error: Exception) -> BadInput:
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(path, "its size")
    with path.open("rb") as file:
        beginning = file.read(16)
    kind = "not a picture in a format that can be read"
    if beginning[4:8] == b"ftyp":
        kind = "a HEIC, AVIF or video file"
    elif beginning.startswith(b"GIF8"):
        kind = "a GIF file"
    return BadInput(path, f"is {kind}", "convert it to JPEG or PNG")


def _too_large(path: Path, size: str) -> BadInput:
    return BadInput(path, f"{size} is beyond the limit of {PIXEL_LIMIT / 1e6:.0f} megapixels", "make it smaller")


def _grey_from_16_bit(path: Path, image: Image.Image) -> UInt8[np.ndarray, "h w"]:
    values = np.array(image).astype(np.int64)
    if values.min(initial=0) < 0 or values.max(initial=0) > 65535:
        raise BadInput(path, "holds 32-bit integers", "convert it to an 8-bit PNG or JPEG")
    return ((values + 128) // 257).astype(np.uint8)


def _as_8_bit(picture: Picture) -> Shaped[np.ndarray, "h w *c"]:
    values = picture.detach().cpu().numpy() if isinstance(picture, Tensor) else picture
    if values.dtype == np.uint8:
        return values
    if not np.isfinite(values).all():
        raise ValueError("a picture with NaN or infinite values cannot be written")
    return np.asarray(np.clip(values, 0, 1) * 255 + 0.5, dtype=np.uint8)


def _of_even_size(frame: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "h2 w2 3"]:
    rows, columns = frame.shape[0] % 2, frame.shape[1] % 2
    return np.ascontiguousarray(np.pad(frame, ((0, rows), (0, columns), (0, 0)), mode="edge"))


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
