"""Procedural textures. Sizes and heights are in the world units of the scene that uses them; every tile repeats."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.colours import linear, mix, smoothstep
from recon3d.synthesis.materials import Texture
from recon3d.synthesis.noise import fractal_image

Array = np.ndarray


def wood(seed: int, light: str, dark: str, size: float, pixels: int = 512) -> Texture:
    """Grain along u: long streaks, darker growth lines and a faint unevenness."""
    streaks = fractal_image(pixels, seed, 1.1, stretch=(24, 1), coarsest=3)
    bands = fractal_image(pixels, seed + 1, 1.8, stretch=(10, 1))
    lines = 0.5 + 0.5 * np.sin(9 * bands + 0.6 * streaks)
    amount = np.clip(0.42 + 0.22 * streaks + 0.30 * (lines - 0.5), 0, 1)
    return Texture(mix(linear(light), linear(dark), amount), -0.0006 * size * amount, size)


def planks(seed: int, light: str, dark: str, size: float, rows: int, gap: float = 0.05, pixels: int = 512) -> Texture:
    """Boards along u, `rows` to a tile, each with its own tone, parted by dark seams of relative width `gap`."""
    rng = np.random.default_rng(seed)
    grain = fractal_image(pixels, seed, 1.1, stretch=(20, 1), coarsest=4)
    v = (np.arange(pixels) + 0.5) / pixels * rows
    board = v.astype(int)
    tone = rng.normal(0, 0.16, rows)[board][:, None]
    # Two butt joints to a board, so that no board runs round for ever.
    u = (np.arange(pixels) + 0.5) / pixels
    joint = np.abs((2 * (u[None, :] - rng.uniform(size=rows)[board][:, None])) % 1 - 0.5)
    across = np.minimum(v % 1, 1 - v % 1)[:, None] * np.ones((1, pixels))
    along = (0.5 - joint) / 2 * rows
    seam = 1 - smoothstep(0.3 * gap, 1.0 * gap, np.minimum(across, along))
    amount = np.clip(0.4 + tone + 0.14 * grain, 0, 1)
    colour = mix(linear(light), linear(dark), amount) * (1 - 0.72 * seam[..., None])
    return Texture(colour, -0.018 * size / rows * seam + 0.001 * size / rows * grain, size)


def cloth(seed: int, colour: str, size: float, strips: int, pixels: int = 512) -> Texture:
    """Sailcloth: strips along v sewn together, a weave too fine to see, and the stains of use."""
    stains, folds = (
        fractal_image(pixels, seed, 1.6, stretch=(1, 2)),
        fractal_image(pixels, seed + 2, 2.2, stretch=(1, 3)),
    )
    weave = fractal_image(pixels, seed + 1, 0.4, coarsest=pixels / 8)
    u = ((np.arange(pixels) + 0.5) / pixels * strips)[None, :] * np.ones((pixels, 1))
    across = np.minimum(u % 1, 1 - u % 1)
    seam = 1 - smoothstep(0.035, 0.085, across)
    stitch = smoothstep(0.045, 0.02, np.abs(across - 0.095)) * (np.arange(pixels)[:, None] % 12 < 7)
    tone = np.random.default_rng(seed).normal(0, 0.07, strips)[u.astype(int)]
    shade = np.clip(1 + tone + 0.10 * stains + 0.04 * weave - 0.36 * seam + 0.2 * stitch, 0.3, 1.6)
    height = size / strips * (0.012 * seam + 0.004 * weave) + 0.006 * size * folds
    return Texture(linear(colour) * shade[..., None], height, size)


def rope(colour: str, size: float, pixels: int = 64) -> Texture:
    """Laid rope: slanting strands; u along the rope."""
    at = (np.arange(pixels) + 0.5) / pixels
    strand = 0.5 + 0.5 * np.cos(2 * np.pi * (2 * at[None, :] + at[:, None]))
    return Texture(linear(colour) * (0.55 + 0.45 * strand[..., None]), 0.02 * size * strand, size)


def paint(seed: int, colour: str, size: float, pixels: int = 256) -> Texture:
    """Old paint or metal: one colour, cloudy and finely speckled."""
    clouds, specks = fractal_image(pixels, seed, 1.6), fractal_image(pixels, seed + 1, 0.6, coarsest=16)
    shade = np.clip(1 + 0.08 * clouds + 0.05 * specks, 0.3, 1.6)
    return Texture(linear(colour) * shade[..., None], 0.0006 * size * clouds, size)


def with_seams(texture: Texture, rows: int, depth: float) -> Texture:
    """The texture ruled with `rows` dark grooves along u, as between painted planks."""
    pixels = len(texture.colour)
    v = (np.arange(pixels) + 0.5) / pixels * rows
    seam: Float[Array, "s 1"] = 1 - smoothstep(0.02, 0.07, np.minimum(v % 1, 1 - v % 1))[:, None]
    return Texture(texture.colour * (1 - 0.4 * seam[..., None]), texture.height - depth * seam, texture.size)
