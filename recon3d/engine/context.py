"""The pictures of a scene as an encoder looks at them: all at once, small, and of one size."""

from __future__ import annotations

import torch
from torch.nn import functional

from recon3d.io.zooming import zoomed
from recon3d.types import Cameras, LazyViews, Views


def context_of(views: LazyViews, longest: int) -> Views:
    """All views with so many pixels along the longest side of the largest, or as many as they have. Masks that say what
    counts become alpha: what does not count is not there. Smaller pictures end in nothing, below and to the right."""
    most = max(int(views.cameras.width.max()), int(views.cameras.height.max()))
    shown = [as_alpha(zoomed(views[i], min(1.0, longest / most))) for i in range(len(views))]
    width, height = (max(sides) for sides in zip(*(view.cameras.size for view in shown), strict=True))
    if any(view.cameras.size != (width, height) or view.alpha is not None for view in shown):
        shown = [_filled_up(view, width, height) for view in shown]
    return Views.stack(shown)


def as_alpha(views: Views) -> Views:
    """Views whose masks have become part of their alpha."""
    if views.masks is None:
        return views
    counts = views.masks.to(views.images)
    alpha = counts if views.alpha is None else views.alpha * counts
    return Views(views.cameras, views.images * counts[..., None], alpha)


def _filled_up(views: Views, width: int, height: int) -> Views:
    have_width, have_height = views.cameras.size
    alpha = torch.ones_like(views.images[..., 0]) if views.alpha is None else views.alpha
    right, below = width - have_width, height - have_height
    cameras: Cameras = views.cameras.cropped(0, 0, width, height)
    images = functional.pad(views.images, (0, 0, 0, right, 0, below))
    return Views(cameras, images, functional.pad(alpha, (0, right, 0, below)))
