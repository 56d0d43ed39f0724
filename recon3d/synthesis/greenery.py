"""Textures of what grows: grass, leaves, bark, and fields seen from afar."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis.colours import linear, mix, smoothstep
from recon3d.synthesis.materials import Texture
from recon3d.synthesis.noise import cells, fractal_image


def grass(seed: int, colours: tuple[str, str, str], size: float, pixels: int = 1024) -> Texture:
    """A meadow from above: shade, green and straw (`colours`) in blades and tussocks."""
    dark, green, straw = (linear(code) for code in colours)
    slanted = fractal_image(pixels, seed, 0.7, stretch=(3, 1), coarsest=24)
    upright = fractal_image(pixels, seed + 1, 0.7, stretch=(1, 3), coarsest=24)
    blades = np.maximum(slanted, upright)
    tussocks = fractal_image(pixels, seed + 2, 1.3, coarsest=3)
    dry = smoothstep(-0.3, 2.0, fractal_image(pixels, seed + 3, 1.4, coarsest=2) + 0.5 * slanted)
    body = mix(
        mix(np.broadcast_to(green, (pixels, pixels, 3)), straw, 0.8 * dry), dark, smoothstep(0.7, -0.9, blades) * 0.75
    )
    height = size * (0.0035 * blades + 0.004 * tussocks)
    return Texture(body * (1 + 0.12 * np.clip(tussocks, -2, 2))[..., None], height, size)


def leaf(seed: int, colour: str, rib: str, size: float, pixels: int = 64) -> Texture:
    """One leaf to a tile, u from rib to edge (-0.5 to 0.5 about u = 0), v from stalk to tip."""
    at = (np.arange(pixels) + 0.5) / pixels
    u, v = np.meshgrid(np.minimum(at, 1 - at), at, indexing="xy")
    veins = 0.5 + 0.5 * np.cos(2 * np.pi * (7 * v - 9 * u))
    amount = 0.75 * smoothstep(0.07, 0.01, u) + 0.12 * veins
    clouds = 1 + 0.08 * fractal_image(pixels, seed, 1.4)
    return Texture(mix(linear(colour) * clouds[..., None], linear(rib), amount), 0 * u, size)


def bark(seed: int, light: str, dark: str, size: float, pixels: int = 512) -> Texture:
    """Ridges along u."""
    ridges = fractal_image(pixels, seed, 1.0, stretch=(5, 1), coarsest=5)
    grit = fractal_image(pixels, seed + 1, 0.6, coarsest=16)
    amount = np.clip(0.5 + 0.35 * ridges + 0.12 * grit, 0, 1)
    return Texture(mix(linear(dark), linear(light), amount), 0.012 * size * ridges, size)


def fields(seed: int, colours: list[str], hedge: str, size: float, count: int, pixels: int = 1024) -> Texture:
    """Farmland from afar: a patchwork of crops, most ploughed in rows, with hedges between."""
    rng = np.random.default_rng(seed)
    cell, border = cells(pixels, count, count, seed, 0.75)
    palette = np.array([linear(code) for code in colours])
    colour = palette[rng.integers(len(colours), size=count * count)] * rng.uniform(0.85, 1.15, (count * count, 1))
    angle = rng.integers(0, 4, count * count) * np.pi / 4
    x, y = np.meshgrid(np.arange(pixels), np.arange(pixels), indexing="xy")
    rows = np.cos(2 * np.pi * (np.cos(angle)[cell] * x + np.sin(angle)[cell] * y) / 8)
    clouds, trees = fractal_image(pixels, seed, 1.3, coarsest=3), fractal_image(pixels, seed + 1, 0.9, coarsest=20)
    body = colour[cell] * (1 + 0.10 * rows + 0.10 * clouds)[..., None]
    wood = np.maximum(
        smoothstep(0.10, 0.04, border) * smoothstep(-0.8, 0.4, trees), smoothstep(1.2, 1.6, trees + 0.5 * clouds)
    )
    return Texture(mix(body, linear(hedge) * (1 + 0.25 * trees)[..., None], wood), 0 * wood, size)
