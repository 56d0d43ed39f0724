"""Gaussians as SPZ, version 3: a tenth of the size of a PLY file, for the web.

A gzip stream of a 16-byte header and one table after another: positions as 24-bit fixed point, opacities, colours,
logarithms of scales, quaternions ("smallest three" of 10 bits), harmonics as bytes. The format is Niantic's; how much
each column loses is said at its constant.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8, UInt32

from recon3d.errors import BadInput
from recon3d.geometry.spherical_harmonics import degree_of
from recon3d.types import Gaussians

HEADER = struct.Struct("<IIIBBBB")
MAGIC, VERSION = 0x5053474E, 3
COLOUR_STEP = 0.15 * 255
"""Steps to 1 of a degree-0 coefficient; beyond +-3.3, colours far outside of black and white, it is clipped."""
SCALE_STEPS, SMALLEST_LOG_SCALE = 16, -10.0
"""Steps to a factor of e: scales are off by 3 % at most. They reach from e^-10 to e^5.9."""
HARMONIC_STEP = 128
"""Steps to 1 of the other coefficients, which are clipped at +-1."""
ANTIALIASED = 1
FINEST = 20
"""Binary digits behind the point of a position, at most; as many as the farthest Gaussian leaves room for."""
BYTES_A_GAUSSIAN = 3 * 3 + 1 + 3 + 3 + 4
COMPRESSION = 6


def spz_of(gaussians: Gaussians, antialiased: bool = False) -> bytes:
    """The content of an SPZ file, coordinates as they are. ValueError for values that are not finite."""
    columns = [_array(getattr(gaussians, name)) for name in ("means", "opacities", "sh", "scales", "quaternions")]
    if not all(np.isfinite(column).all() for column in columns):
        raise ValueError("Gaussians with values that cannot be stored")
    means, opacities, sh, scales, quaternions = columns
    digits = _digits(means)
    header = HEADER.pack(
        MAGIC, VERSION, len(gaussians), degree_of(sh.shape[1]), digits, ANTIALIASED * int(antialiased), 0
    )
    tables = [
        _fixed_point(means, digits),
        _bytes(opacities * 255),
        _bytes(sh[:, 0] * COLOUR_STEP + 127.5),
        _bytes((np.log(scales) - SMALLEST_LOG_SCALE) * SCALE_STEPS),
        _smallest_three(quaternions),
        _bytes(sh[:, 1:] * HARMONIC_STEP + 128),
    ]
    content = b"".join([header, *(np.ascontiguousarray(table).tobytes() for table in tables)])
    return gzip.compress(content, COMPRESSION, mtime=0)


def read_spz(path: Path) -> Gaussians:
    """The Gaussians of an SPZ file of version 3. Raises BadInput for broken files and for other versions."""
    content = _unpacked(path)
    if len(content) < HEADER.size:
        raise BadInput(path, "is cut short", "copy it again")
    magic, version, count, degree, digits, _, _ = HEADER.unpack_from(content)
    if magic != MAGIC or version != VERSION or degree > 3:
        raise BadInput(path, f"is no SPZ of version {VERSION} (it says {version})", "export it as version 3")
    harmonics = 3 * ((degree + 1) ** 2 - 1)
    if len(content) != HEADER.size + count * (BYTES_A_GAUSSIAN + harmonics):
        raise BadInput(path, f"does not hold the {count} Gaussians that it says", "copy it again")
    table = np.frombuffer(content, np.uint8, offset=HEADER.size)
    widths = np.array([9, 1, 3, 3, 4, harmonics]) * count
    means, opacities, colours, scales, rotations, rest = np.split(table, np.cumsum(widths)[:-1])
    sh = np.concatenate(
        [
            (colours.reshape(count, 1, 3) - 127.5) / COLOUR_STEP,
            (rest.reshape(count, harmonics // 3, 3) - 128.0) / HARMONIC_STEP,
        ],
        1,
    )
    return Gaussians(
        _tensor(_from_fixed_point(means.reshape(count, 3, 3), digits)),
        _tensor(_from_smallest_three(rotations.reshape(count, 4))),
        _tensor(np.exp(scales.reshape(count, 3) / SCALE_STEPS + SMALLEST_LOG_SCALE)),
        _tensor(opacities / 255),
        _tensor(sh),
    )


def _unpacked(path: Path) -> bytes:
    """Not more than could be of use: a Gaussian takes 65 bytes, and gzip can make a thousand of one."""
    try:
        packed = path.read_bytes()
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        content = unpacker.decompress(packed, HEADER.size)
        if len(content) < HEADER.size:
            return content
        count, degree = HEADER.unpack(content)[2:4]
        most = count * (BYTES_A_GAUSSIAN + 3 * (min(degree, 3) + 1) ** 2)
        content += unpacker.decompress(unpacker.unconsumed_tail, max(most, 1))  # 0 would mean without a limit
    except (OSError, zlib.error) as error:
        raise BadInput(path, f"cannot be read ({error})", "copy it again") from error
    return content


def _digits(means: Float[np.ndarray, "n 3"]) -> int:
    farthest = float(np.abs(means).max(initial=1e-6))
    return max(0, min(FINEST, math.floor(math.log2((2**23 - 1) / farthest))))


def _fixed_point(values: Float[np.ndarray, "n 3"], digits: int) -> UInt8[np.ndarray, "n 3 3"]:
    whole = np.clip(np.rint(values * 2.0**digits), -(2**23), 2**23 - 1).astype("<i4")
    return whole[..., None].view(np.uint8)[..., :3]


def _from_fixed_point(table: UInt8[np.ndarray, "n 3 3"], digits: int) -> Float[np.ndarray, "n 3"]:
    shifted = np.zeros((*table.shape[:2], 4), np.uint8)
    shifted[..., 1:] = table  # so that the sign is where it belongs
    return shifted.view("<i4")[..., 0] / 2.0 ** (8 + digits)


def _smallest_three(quaternions: Float[np.ndarray, "n 4"]) -> UInt32[np.ndarray, " n"]:
    """Two bits say which component of (x, y, z, w) is the largest; of the others each has a sign and nine bits."""
    turned = quaternions[:, [1, 2, 3, 0]] / np.linalg.norm(quaternions, axis=1, keepdims=True)
    largest = np.abs(turned).argmax(1)
    turned = turned * np.where(np.take_along_axis(turned, largest[:, None], 1) < 0, -1, 1)
    packed = largest.astype(np.uint32)
    for i in range(4):
        steps = np.rint(np.abs(turned[:, i]) * math.sqrt(2) * 511).astype(np.uint32)
        field = (packed << 10) | ((turned[:, i] < 0).astype(np.uint32) << 9) | np.minimum(steps, 511)
        packed = np.where(largest == i, packed, field)
    return packed.astype("<u4")


def _from_smallest_three(table: UInt8[np.ndarray, "n 4"]) -> Float[np.ndarray, "n 4"]:
    packed = np.ascontiguousarray(table).view("<u4")[:, 0]
    largest = packed >> 30
    turned, shift = np.zeros((len(packed), 4)), np.zeros(len(packed), np.uint32)
    for i in (3, 2, 1, 0):
        field = (packed >> shift) & 1023
        value = (field & 511) / 511 / math.sqrt(2) * np.where(field & 512, -1, 1)
        turned[:, i] = np.where(largest == i, 0, value)
        shift += np.where(largest == i, 0, 10).astype(np.uint32)
    rest = np.sqrt(np.clip(1 - (turned**2).sum(1), 0, 1))
    np.put_along_axis(turned, largest[:, None].astype(np.int64), rest[:, None], 1)
    return turned[:, [3, 0, 1, 2]]


def _bytes(values: Float[np.ndarray, "n ..."]) -> UInt8[np.ndarray, "n ..."]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _array(tensor: torch.Tensor) -> Float[np.ndarray, "n ..."]:
    return tensor.detach().cpu().double().numpy()


def _tensor(values: Float[np.ndarray, "n ..."]) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))
