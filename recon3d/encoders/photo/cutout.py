"""Which pixels of a photo show the object.

The file's own transparency says it best. Without any, what lies along the photo's border is taken for background: a
smooth one is told from the object by colour; any other by rembg, if that package and its model are on the machine, or
else by graph cuts (Rother et al. 2004, "GrabCut").
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from recon3d.encoders.photo import rembg_mask
from recon3d.errors import BadInput

Array = np.ndarray
Background = Literal["auto", "border", "rembg"]
"""How the background is found of photos without transparency: by rembg only, never by it, or where that is best."""

LEAST_SIDE = 16
LEAST_SHARE, MOST_SHARE = 0.002, 0.98
"""Shares of the photo that an object may cover."""
WORKING_SIDE = 512
"""Backgrounds are found in photos shrunk to this."""
BORDER = 0.03
"""Width of the border, in shares of the photo's side."""
SMOOTH = 0.8
"""A background is smooth if so many of the border's pixels lie within `NEAR` of a smooth surface of colours."""
NEAR, FAR = 5.0, 12.0
"""Distances of colours (CIE Lab) below which a pixel is background, and beyond which it is object."""
CRACK = 3
"""Background does not run through gaps that are narrower than twice this, in pixels of the shrunk photo: a light part
of an object on white is often open at one."""
GRAB_ROUNDS = 6


def cut_out(
    picture: UInt8[Array, "h w c"], place: object, background: Background = "auto"
) -> tuple[Float32[Array, "h w"], str]:
    """How much of every pixel the object covers, and one line about how that was found.

    `picture` is RGB or straight RGBA. Raises BadInput, which names `place`, for a photo that is too small and for an
    object that covers (almost) nothing or everything; Missing where rembg is asked for and not here.
    """
    height, width, channels = picture.shape
    if min(height, width) < LEAST_SIDE:
        raise BadInput(place, f"is only {width}x{height} pixels", f"give a photo of at least {LEAST_SIDE} a side")
    if channels == 4 and picture[..., 3].min() < 255:
        alpha, how = picture[..., 3].astype(np.float32) / 255, "by its own transparency"
        remedy = "give a photo with an object in it"
    else:
        alpha, how = _without_background(picture[..., :3], background)
        remedy = "cut it out yourself and save it with transparency"
    covered = float(alpha.mean())
    if covered < LEAST_SHARE:
        raise BadInput(place, "shows no object: nothing stands out from the background", remedy)
    if covered > MOST_SHARE:
        raise BadInput(place, "shows no background: the object fills the whole photo", remedy)
    return alpha, how


def _without_background(picture: UInt8[Array, "h w 3"], background: Background) -> tuple[Float32[Array, "h w"], str]:
    if background == "rembg":
        return _without_specks(rembg_mask.mask_of(picture)), "by rembg"
    height, width = picture.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    border = _border(lab.shape[:2])
    distance = np.linalg.norm(lab - _smooth_surface(lab, border), axis=-1)
    if (distance[border] < NEAR).mean() >= SMOOTH:
        alpha, how = _apart_from_smooth(distance, border), "by its smooth background"
    elif background == "auto" and rembg_mask.is_here():
        return _without_specks(rembg_mask.mask_of(picture)), "by rembg"
    else:
        alpha, how = _grabbed(small, border), "by its border, taken for background"
    if scale < 1:
        alpha = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(alpha, 0, 1).astype(np.float32), how


def _border(shape: tuple[int, ...]) -> Bool[Array, "h w"]:
    border = np.ones(shape, dtype=bool)
    edge = max(2, round(BORDER * min(shape)))
    border[edge:-edge, edge:-edge] = False
    return border


def _smooth_surface(lab: Float32[Array, "h w 3"], border: Bool[Array, "h w"]) -> Float[Array, "h w 3"]:
    """A quadratic through the colours of the border, fitted again and again to those that lie near it."""
    height, width = border.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)
    at, colours = terms[border], lab[border]
    used = np.linalg.norm(colours - np.median(colours, axis=0), axis=-1) < 3 * FAR
    surface = np.zeros((6, 3))
    for _ in range(5):
        if used.sum() < 12:
            break
        surface, *_ = np.linalg.lstsq(at[used], colours[used], rcond=None)
        used = np.linalg.norm(colours - at @ surface, axis=-1) < FAR
    # Beyond the range of what the border showed a quadratic means nothing.
    return np.clip(terms @ surface, colours.min(0), colours.max(0))


def _apart_from_smooth(distance: Float[Array, "h w"], border: Bool[Array, "h w"]) -> Float32[Array, "h w"]:
    """Background is what is like it and joined to the border by more than a crack; what it encloses is the object's."""
    like = (distance < (NEAR + FAR) / 2).astype(np.uint8)
    wide = cv2.erode(like, _disc(CRACK))
    _, parts = cv2.connectedComponents(wide, connectivity=4)
    joined = np.isin(parts, np.unique(parts[border & (wide == 1)])) & (wide == 1)
    outside = (cv2.dilate(joined.astype(np.uint8), _disc(CRACK)) == 1) & (like == 1)
    rim = cv2.dilate(outside.astype(np.uint8), np.ones((3, 3), np.uint8)) == 1
    soft = np.clip((distance - NEAR) / (FAR - NEAR), 0, 1)
    return _without_specks(np.where(rim, soft, 1.0).astype(np.float32))


def _disc(radius: int) -> UInt8[Array, "s s"]:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def _grabbed(picture: UInt8[Array, "h w 3"], border: Bool[Array, "h w"]) -> Float32[Array, "h w"]:
    mask = np.where(border, cv2.GC_BGD, cv2.GC_PR_FGD).astype(np.uint8)
    cv2.setRNGSeed(0)
    everything = (0, 0, picture.shape[1], picture.shape[0])  # not looked at: the mask says where to begin
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(picture, mask, everything, *models, GRAB_ROUNDS, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return _without_specks(cv2.GaussianBlur(inside, (0, 0), 1.0))


def _without_specks(alpha: Float32[Array, "h w"]) -> Float32[Array, "h w"]:
    """Only what is joined to parts of a fair size stays."""
    count, parts, sizes, _ = cv2.connectedComponentsWithStats((alpha > 0.5).astype(np.uint8), connectivity=8)
    if count < 2:
        return np.zeros_like(alpha)
    areas = sizes[1:, cv2.CC_STAT_AREA]
    kept = np.isin(parts, 1 + np.nonzero(areas >= 0.02 * areas.max())[0])
    near = cv2.dilate(kept.astype(np.uint8), np.ones((5, 5), np.uint8)) == 1
    return np.where(near, alpha, 0).astype(np.float32)
