"""Pictures to be printed on things: labels, patchwork, drawings, lettering and what noise looks like when filtered."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float32

from recon3d.synthesis.noise import fractal_image
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.palettes import Colour, Palette, grey
from recon3d.synthesis.surface import Number

Array = np.ndarray
Print = Float32[Array, "s s 3"]  # linear light; row 0 is the lowest, as v grows upwards

SIZE = 96
LETTERS = "ABCDEFGHIKLMNOPRSTUVWXYZ0123456789&"


def any_print(dice: Dice, palette: Palette) -> Print:
    """One of all kinds, tileable only where its border is plain."""
    draw = dice.pick([patchwork, shapes, label, clouds, plaid, lettering], [2, 2, 4, 3, 1, 1])
    picture = draw(dice, palette)
    if dice.chance(0.3):
        picture = cv2.GaussianBlur(picture, (0, 0), dice.between(0.6, 2.0))
    return np.ascontiguousarray(picture[::-1], np.float32)


def patchwork(dice: Dice, palette: Palette) -> Print:
    """Rectangles upon rectangles."""
    picture = _sheet(palette.pick())
    for _ in range(dice.count(4, 22)):
        x, y = dice.count(-10, SIZE - 8), dice.count(-10, SIZE - 8)
        w, h = (int(SIZE * dice.between(0.06, 0.5)) for _ in range(2))
        cv2.rectangle(picture, (x, y), (x + w, y + h), _ink(palette.pick()), -1)
    return picture


def shapes(dice: Dice, palette: Palette) -> Print:
    """Discs, triangles and lines on a plain ground."""
    picture = _sheet(palette.main)
    for _ in range(dice.count(3, 16)):
        x, y, r = dice.count(0, SIZE), dice.count(0, SIZE), int(SIZE * dice.between(0.03, 0.2))
        corners = np.array([[x, y]]) + dice.rng.integers(-r - 2, r + 3, (3, 2))
        kind, ink = dice.count(0, 3), _ink(palette.pick())
        if kind == 0:
            cv2.circle(picture, (x, y), r, ink, -1, cv2.LINE_AA)
        elif kind == 1:
            cv2.fillPoly(picture, [corners.astype(np.int32)], ink, cv2.LINE_AA)
        elif kind == 2:
            cv2.ellipse(picture, (x, y), (r, max(1, r // 2)), dice.between(0, 180), 0, 360, ink, -1, cv2.LINE_AA)
        else:
            cv2.line(picture, (x, y), tuple(corners[0].tolist()), ink, dice.count(1, 5), cv2.LINE_AA)
    return picture


def label(dice: Dice, palette: Palette) -> Print:
    """What a jar wears: a ground, a rim, a picture, a name and small print."""
    ground, ink = palette.pick(), _readable(dice, palette.main)
    picture = _sheet(ground if dice.chance(0.6) else grey(dice))
    if dice.chance(0.5):
        edge = dice.count(2, 9)
        cv2.rectangle(picture, (0, 0), (SIZE, edge), _ink(palette.odd), -1)
        cv2.rectangle(picture, (0, SIZE - edge), (SIZE, SIZE), _ink(palette.odd), -1)
    for _ in range(dice.count(1, 3)):
        centre = (dice.count(10, SIZE - 10), dice.count(SIZE // 2, SIZE - 14))
        axes = (dice.count(5, 30), dice.count(5, 18))
        cv2.ellipse(picture, centre, axes, 0, 0, 360, _ink(palette.pick()), -1, cv2.LINE_AA)
    _write(picture, dice, SIZE // 3, dice.between(0.6, 1.1), ink)
    for row in range(dice.count(0, 4)):
        y = SIZE * 2 // 3 + 7 * row
        cv2.line(picture, (10, y), (dice.count(40, SIZE - 8), y), ink, 2)
    return picture


def clouds(dice: Dice, palette: Palette) -> Print:
    """Filtered noise in the colours of the palette, smooth or in steps; tileable."""
    field = fractal_image(SIZE, dice.seed(), dice.between(1.0, 2.2), (dice.between(1, 6), 1.0))
    level = np.clip(0.5 + 0.3 * field, 0, 0.999) * len(palette.colours)
    if dice.chance(0.5):
        return np.asarray(palette.colours, np.float32)[level.astype(int)]
    ends = np.arange(len(palette.colours))
    return np.stack([np.interp(level, ends, [c[k] for c in palette.colours]) for k in range(3)], -1).astype(np.float32)


def plaid(dice: Dice, palette: Palette) -> Print:
    """Stripes across stripes."""
    rows = np.zeros((2, SIZE, 3), np.float32)
    for way in range(2):
        edges = np.sort(dice.rng.integers(0, SIZE, dice.count(2, 8)))
        for k, part in enumerate(np.split(np.arange(SIZE), edges)):
            rows[way, part] = palette.colours[k % len(palette.colours)]
    return np.asarray((rows[0][:, None] + rows[1][None]) / 2)


def lettering(dice: Dice, palette: Palette) -> Print:
    """Lines of type."""
    picture = _sheet(palette.main)
    for row in range(dice.count(1, 5)):
        _write(picture, dice, 18 + 20 * row, dice.between(0.4, 0.8), _readable(dice, palette.main))
    return picture


def _write(picture: Print, dice: Dice, y: int, scale: Number, ink: tuple[float, ...]) -> None:
    word = "".join(dice.pick(LETTERS) for _ in range(dice.count(3, 7)))
    width, _ = cv2.getTextSize(word, cv2.FONT_HERSHEY_DUPLEX, scale, 2)[0]
    mask = np.zeros(picture.shape[:2], np.uint8)  # type is drawn on bytes only
    cv2.putText(mask, word, ((SIZE - width) // 2, y), cv2.FONT_HERSHEY_DUPLEX, scale, 255, 2, cv2.LINE_AA)
    share = mask[..., None].astype(np.float32) / 255
    picture += share * (np.array(ink, np.float32) - picture)


def _readable(dice: Dice, ground: Colour) -> tuple[float, ...]:
    """An ink that stands out: dark on light, light on dark."""
    return _ink(np.full(3, 0.02) if ground.mean() > 0.25 else np.full(3, dice.between(0.6, 0.85)))


def _sheet(colour: Colour) -> Print:
    return np.broadcast_to(colour.astype(np.float32), (SIZE, SIZE, 3)).copy()


def _ink(colour: Colour) -> tuple[float, ...]:
    return tuple(float(c) for c in colour)
