"""What the ketch is made of."""

from __future__ import annotations

from functools import cache

from recon3d.synthesis import textures
from recon3d.synthesis.materials import Material


@cache
def hull_paint() -> Material:
    """White paint over planks; the hull's tint gives it its colours."""
    paint = textures.paint(11, "#ffffff", 0.36, 512)
    return Material(textures.with_seams(paint, 14, 0.0012), gloss=0.09, shininess=14.0)


@cache
def cream_paint() -> Material:
    return Material(textures.with_seams(textures.paint(12, "#e6dabd", 0.2), 8, 0.0008), gloss=0.03)


@cache
def deck_planks() -> Material:
    return Material(textures.planks(13, "#d9b381", "#a97c4c", 0.36, 14, gap=0.07), gloss=0.03)


@cache
def mahogany() -> Material:
    return Material(textures.wood(14, "#8a4526", "#5a2715", 0.5), gloss=0.07, shininess=16.0)


@cache
def pine() -> Material:
    return Material(textures.wood(15, "#d8a765", "#a8743c", 0.5), gloss=0.05)


@cache
def walnut() -> Material:
    return Material(textures.wood(16, "#6b452c", "#3a2315", 0.8, 1024), gloss=0.06, shininess=14.0)


@cache
def brass() -> Material:
    return Material(textures.paint(17, "#b58a3c", 0.2), gloss=0.25, shininess=12.0)


@cache
def tanned_cloth() -> Material:
    return Material(textures.cloth(18, "#a8502f", 0.48, 8), thin=True)


@cache
def pale_cloth() -> Material:
    return Material(textures.cloth(19, "#e4cfa2", 0.48, 8), thin=True)


@cache
def flag_cloth() -> Material:
    return Material(textures.paint(20, "#b3262a", 0.2), thin=True)


@cache
def hemp() -> Material:
    return Material(textures.rope("#b79a6b", 0.02))


@cache
def tarred_rope() -> Material:
    return Material(textures.rope("#4a3b2c", 0.02))


@cache
def iron() -> Material:
    return Material(textures.paint(21, "#34322f", 0.2), gloss=0.06)
