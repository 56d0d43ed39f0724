"""Seeded noise: tileable images for textures, and solid noise for points in space.

Both are Gaussian noise shaped in the frequency domain to a power law, so they have detail at every scale.
"""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float, Int
from scipy import ndimage
from scipy.spatial import cKDTree

from recon3d.synthesis.surface import Number

Array = np.ndarray


def fractal_image(
    size: int, seed: int, slope: Number = 1.5, stretch: tuple[Number, Number] = (1.0, 1.0), coarsest: Number = 1
) -> Float[Array, "size size"]:
    """Tileable noise with mean 0 and standard deviation 1.

    Amplitude falls with frequency to the power -slope. `stretch` draws the pattern out along (x, y); frequencies
    below `coarsest` cycles per tile are left out.
    """
    rng = np.random.default_rng(seed)
    y, x = np.meshgrid(np.fft.fftfreq(size, 1 / size), np.fft.rfftfreq(size, 1 / size), indexing="ij")
    frequency = np.hypot(x * stretch[0], y * stretch[1])
    amplitude = np.where(frequency >= coarsest, np.maximum(frequency, 1.0) ** -slope, 0.0)
    field = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(size, size))) * amplitude, s=(size, size))
    return np.asarray((field - field.mean()) / field.std())


def solid_noise(points: Float[Array, "n 3"], seed: int, wavelength: Number = 1) -> Float[Array, " n"]:
    """Noise at points in space, mean 0 and standard deviation 1; its largest features measure about `wavelength`."""
    volume = _noise_volume(seed)
    coordinates = (points / wavelength * 12.0).T
    return np.asarray(ndimage.map_coordinates(volume, coordinates, order=1, mode="grid-wrap", prefilter=False))


@functools.lru_cache(maxsize=64)
def _noise_volume(seed: int, size: int = 64) -> Array:
    rng = np.random.default_rng(seed)
    axes = [np.fft.fftfreq(size, 1 / size)] * 2 + [np.fft.rfftfreq(size, 1 / size)]
    frequency = np.linalg.norm(np.meshgrid(*axes, indexing="ij"), axis=0)
    amplitude = np.where(frequency >= size / 12, np.maximum(frequency, 1.0) ** -2.2, 0.0)
    volume = np.fft.irfftn(np.fft.rfftn(rng.normal(size=(size,) * 3)) * amplitude, s=(size,) * 3, axes=(0, 1, 2))
    return np.asarray((volume / volume.std()).astype(np.float32))


def cells(
    size: int, columns: int, rows: int, seed: int, jitter: Number = 0.8
) -> tuple[Int[Array, "size size"], Float[Array, "size size"]]:
    """A tileable mosaic: the cell of every pixel and its distance to the border, in heights of a cell.

    Cells grow from a staggered grid of `columns` x `rows` (even) seeds; jitter 0 gives bricks, 1 gives rubble.
    """
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(columns * rows), columns)
    seeds = np.stack([column + 0.5 * (row % 2) + 0.25, row + 0.5], -1)
    seeds = seeds + jitter * rng.uniform(-0.5, 0.5, seeds.shape)
    tile = np.array([columns, rows], float)
    seeds = np.mod(seeds, tile)
    centres = (np.arange(size) + 0.5) / size
    pixels = np.stack(np.meshgrid(centres * columns, centres * rows, indexing="xy"), -1).reshape(-1, 2)
    # The two nearest seeds: the border is the bisector between them.
    _, nearest = cKDTree(seeds, boxsize=tile).query(pixels, k=2)
    first, second = (_wrapped(pixels - seeds[nearest[:, k]], tile) for k in range(2))
    between = np.linalg.norm(_wrapped(seeds[nearest[:, 0]] - seeds[nearest[:, 1]], tile), axis=-1)
    border = ((second**2).sum(-1) - (first**2).sum(-1)) / (2 * between)
    return nearest[:, 0].reshape(size, size), border.reshape(size, size)


def _wrapped(offsets: Array, tile: Array) -> Array:
    """Offsets on the torus, each to its nearest copy."""
    return np.asarray(offsets - tile * np.round(offsets / tile))
