"""The pictures of a scene as an encoder looks at them: all at once, small, and of one size."""

from __future__ import annotations

import dataclasses

import torch

from recon3d.encoders.networks.posed_pictures import filled_up
from recon3d.io.zooming import zoomed
from recon3d.types import LazyViews, Views


def context_of(views: LazyViews, longest: int) -> Views:
    """All views with so many pixels along the longest side of the largest, or as many as they have. Masks that say what
    counts become alpha: what does not count is not there. Smaller pictures are filled up below and to the right, with
    what does not count."""
    most = max(int(views.cameras.width.max()), int(views.cameras.height.max()))
    shown = [as_alpha(zoomed(views[i], min(1.0, longest / most))) for i in range(len(views))]
    if any(view.alpha is not None for view in shown):
        shown = [view if view.alpha is not None else opaque(view) for view in shown]
    width, height = (max(sides) for sides in zip(*(view.cameras.size for view in shown), strict=True))
    shown = [filled_up(view, width, height) for view in shown]
    if any(view.masks is not None for view in shown):
        shown = [view if view.masks is not None else counting(view) for view in shown]
    return Views.stack(shown)


def as_alpha(views: Views) -> Views:
    """Views whose masks have become part of their alpha."""
    if views.masks is None:
        return views
    counts = views.masks.to(views.images)
    alpha = counts if views.alpha is None else views.alpha * counts
    return Views(views.cameras, views.images * counts[..., None], alpha)


def opaque(view: Views) -> Views:
    """With alpha, nothing being transparent."""
    return dataclasses.replace(view, alpha=torch.ones_like(view.images[..., 0]))


def counting(view: Views) -> Views:
    """With masks, by which all counts."""
    return dataclasses.replace(view, masks=torch.ones_like(view.images[..., 0], dtype=torch.bool))
