"""Textures of stone, earth and fired clay. As in `textures`: world units, linear light, every tile repeats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recon3d.synthesis.colours import linear, mix, smoothstep
from recon3d.synthesis.materials import Texture
from recon3d.synthesis.noise import cells, fractal_image

Array = np.ndarray


@dataclass(frozen=True)
class Cut:
    """How stones are shaped: `grid` of them to a tile (columns, rows), `jitter` from bricks (0) to rubble (1), how far
    they stand out of the joints (world units), and the share of a stone's height that its rounded edge takes."""

    grid: tuple[int, int]
    jitter: float
    relief: float
    rounding: float


def masonry(seed: int, stones: list[str], joint: str, size: float, cut: Cut, pixels: int = 1024) -> Texture:
    """Stones of several colours with rounded edges and sunk joints."""
    rng = np.random.default_rng(seed)
    cell, border = cells(pixels, *cut.grid, seed, cut.jitter)
    wobble = fractal_image(pixels, seed + 1, 1.3, coarsest=6)
    grit = fractal_image(pixels, seed + 2, 0.8, coarsest=12)
    border = border + 0.03 * fractal_image(pixels, seed + 3, 2.1, coarsest=5)
    palette = np.array([linear(code) for code in stones])
    count = cut.grid[0] * cut.grid[1]
    colour = palette[rng.integers(len(stones), size=count)] * rng.uniform(0.82, 1.18, (count, 1))
    blotches = np.clip(1 + 0.10 * wobble + 0.07 * grit, 0.4, 1.6)
    face = smoothstep(0.03, 0.065, border)
    shade = 0.75 + 0.25 * smoothstep(0.05, 0.16, border)
    body = colour[cell] * (blotches * shade)[..., None]
    ground = linear(joint) * np.clip(1 + 0.2 * grit, 0.4, 1.6)[..., None]
    dome = smoothstep(0.02, 0.02 + cut.rounding, border) ** 0.7
    level = rng.uniform(-1, 1, count)[cell]
    height = cut.relief * (dome + face * (0.12 * level + 0.07 * wobble + 0.04 * grit) - 0.05 * grit * (1 - face))
    return Texture(mix(ground, body, face), height, size)


def plaster(seed: int, colour: str, stain: str, size: float, pixels: int = 1024) -> Texture:
    """Lime plaster, trowelled, weathered in clouds, with fine cracks."""
    clouds, trowel = fractal_image(pixels, seed, 1.5), fractal_image(pixels, seed + 1, 1.0, stretch=(3, 1), coarsest=6)
    grit = fractal_image(pixels, seed + 2, 0.5, coarsest=32)
    _, border = cells(pixels, 5, 6, seed, 1.0)
    crack = smoothstep(0.012, 0.003, border + 0.02 * np.abs(trowel)) * smoothstep(0.2, 0.9, clouds)
    amount = np.clip(0.35 + 0.28 * clouds + 0.10 * trowel, 0, 1)
    shade = (1 + 0.05 * grit) * (1 - 0.35 * crack)
    height = size * (0.0008 * trowel + 0.0003 * grit - 0.001 * crack)
    return Texture(mix(linear(colour), linear(stain), amount) * shade[..., None], height, size)


def barrel_tiles(seed: int, colours: list[str], size: float, grid: tuple[int, int], pixels: int = 512) -> Texture:
    """A roof of half-round clay tiles: `grid` = (rows of tiles up the slope, tiles along it); u runs along the eave."""
    rng = np.random.default_rng(seed)
    courses, across = grid
    at = (np.arange(pixels) + 0.5) / pixels
    u, v = np.meshgrid(at * across, at * courses, indexing="xy")
    tile = (u.astype(int) + across * v.astype(int)).astype(int)
    palette = np.array([linear(code) for code in colours])
    colour = palette[rng.integers(len(colours), size=courses * across)] * rng.uniform(0.8, 1.2, (courses * across, 1))
    arch = np.sqrt(np.clip(1 - (2 * (u % 1) - 1) ** 2 * 1.02, 0, 1))
    overlap = 1 - v % 1  # the lower end of a tile lies on the one below
    lichen = smoothstep(0.9, 2.2, fractal_image(pixels, seed, 1.2, coarsest=3))
    grit = fractal_image(pixels, seed + 1, 0.7, coarsest=8)
    dark = (0.45 + 0.55 * smoothstep(0.0, 0.5, arch)) * (0.55 + 0.45 * smoothstep(0.0, 0.07, v % 1))
    body = colour[tile] * (dark * (1 + 0.08 * grit))[..., None]
    height = size / across * (0.30 * arch + 0.10 * overlap)
    return Texture(mix(body, linear("#a9a184") * dark[..., None], 0.55 * lichen), height, size)


def clay(seed: int, colour: str, size: float, pixels: int = 512) -> Texture:
    """Terracotta, thrown on a wheel: faint rings along u, pale bloom, dark spots."""
    rings = fractal_image(pixels, seed, 1.0, stretch=(40, 1), coarsest=8)
    bloom = smoothstep(0.2, 2.0, fractal_image(pixels, seed + 1, 1.4, coarsest=2))
    grit = fractal_image(pixels, seed + 2, 0.6, coarsest=16)
    shade = np.clip(1 + 0.06 * rings + 0.06 * grit, 0.4, 1.5)[..., None]
    return Texture(mix(linear(colour) * shade, linear("#d9bfa2") * shade, 0.5 * bloom), size * 0.001 * rings, size)


def gravel(seed: int, colours: list[str], size: float, count: int, pixels: int = 1024) -> Texture:
    """Small round stones, `count` to a tile's side."""
    rng = np.random.default_rng(seed)
    cell, border = cells(pixels, count, count, seed, 0.9)
    palette = np.array([linear(code) for code in colours])
    colour = palette[rng.integers(len(colours), size=count * count)] * rng.uniform(0.7, 1.25, (count * count, 1))
    shade = 0.35 + 0.65 * smoothstep(0.0, 0.25, border)
    return Texture(colour[cell] * shade[..., None], size / count * 0.35 * smoothstep(0.0, 0.4, border), size)
