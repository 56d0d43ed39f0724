"""What the terrace and its surroundings are made of."""

from __future__ import annotations

from functools import cache

from recon3d.synthesis import greenery, stone, textures
from recon3d.synthesis.materials import Material
from recon3d.synthesis.stone import Cut

WELL_STONE = 2 * 3.141592653589793 * 0.78 / 4  # a quarter of the way round the well


@cache
def flagstones() -> Material:
    colours = ["#c4ad8a", "#b09c7e", "#cdb592", "#a69580", "#bd9f79"]
    return Material(stone.masonry(31, colours, "#77744f", 3.2, Cut((6, 8), 0.75, 0.020, 0.13), 2048), gloss=0.02)


@cache
def well_stone() -> Material:
    colours = ["#b3a48a", "#9c907b", "#c0ae8e", "#8d8575", "#a88f6f"]
    return Material(stone.masonry(32, colours, "#6e6652", WELL_STONE, Cut((4, 6), 0.5, 0.016, 0.2)))


@cache
def cap_stone() -> Material:
    return Material(
        stone.masonry(33, ["#c2b59c", "#b5a78d", "#a99c86"], "#6e6652", 1.2, Cut((3, 2), 0.12, 0.014, 0.08))
    )


@cache
def dry_stone() -> Material:
    colours = ["#a4977f", "#8f8674", "#b5a384", "#7f7868", "#98866a"]
    return Material(stone.masonry(34, colours, "#3f3a2d", 1.4, Cut((4, 8), 0.8, 0.035, 0.25)))


@cache
def house_plaster() -> Material:
    return Material(stone.plaster(35, "#d9b583", "#b98d5f", 3.0))


@cache
def quoin_stone() -> Material:
    return Material(stone.masonry(36, ["#b9aa8f", "#a5977d"], "#7a6d55", 1.2, Cut((2, 4), 0.1, 0.01, 0.06), 512))


@cache
def roof_tiles() -> Material:
    colours = ["#b5694a", "#a85a3e", "#c27d58", "#9b5540", "#b8795c"]
    return Material(stone.barrel_tiles(37, colours, 2.0, (6, 10)))


@cache
def terracotta() -> Material:
    return Material(stone.clay(38, "#b4623f", 0.8), gloss=0.02)


@cache
def soil() -> Material:
    return Material(stone.gravel(39, ["#4a3828", "#3a2c20", "#5a4632"], 0.3, 24, 256))


@cache
def meadow() -> Material:
    return Material(greenery.grass(41, ("#4d5329", "#85893f", "#c2ad6c"), 4.0))


@cache
def pasture() -> Material:
    return Material(greenery.grass(42, ("#525a2c", "#838742", "#bca968"), 30.0))


@cache
def farmland() -> Material:
    colours = ["#99934c", "#b5a25a", "#7a8242", "#cdb36b", "#8f7d4b", "#a0a259"]
    return Material(greenery.fields(43, colours, "#3f4f2b", 420.0, 7))


@cache
def oak() -> Material:
    return Material(textures.wood(44, "#8d6a48", "#5b4028", 1.2, 1024), gloss=0.02)


@cache
def grey_wood() -> Material:
    return Material(textures.planks(45, "#a08d74", "#73624e", 1.0, 8, 0.06, 1024))


@cache
def shutters() -> Material:
    return Material(textures.with_seams(textures.paint(46, "#5d7f6c", 0.6, 512), 12, 0.006))


@cache
def door_wood() -> Material:
    return Material(textures.planks(47, "#7b5335", "#55361f", 0.9, 6, 0.06), gloss=0.02)


@cache
def dark_glass() -> Material:
    return Material(textures.paint(48, "#2f3432", 0.5), gloss=0.05)


@cache
def iron() -> Material:
    return Material(textures.paint(49, "#3b3833", 0.2), gloss=0.04)


@cache
def zinc() -> Material:
    return Material(textures.paint(50, "#9aa3a3", 0.3), gloss=0.12)


@cache
def rope() -> Material:
    return Material(textures.rope("#c2a878", 0.06))


@cache
def bark() -> Material:
    return Material(greenery.bark(51, "#8b7b66", "#4e4234", 0.5))


@cache
def green_leaf() -> Material:
    return Material(greenery.leaf(52, "#5f8a35", "#9db560", 1.0), thin=True)


@cache
def olive_leaf() -> Material:
    return Material(greenery.leaf(53, "#8a9a6a", "#b5bd93", 1.0), thin=True)


@cache
def cypress_leaf() -> Material:
    return Material(greenery.leaf(54, "#4a6332", "#5f7840", 1.0), thin=True)


@cache
def petal(colour: str) -> Material:
    return Material(greenery.leaf(55, colour, colour, 1.0), thin=True)


@cache
def lemon_skin() -> Material:
    return Material(textures.paint(56, "#e8bf2c", 0.1), gloss=0.06)
