"""From the photos that a format found to a `Scene`: what all formats share, so that each reads only its own files."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from recon3d.errors import BadInput, UsageError
from recon3d.geometry.capture import most_different
from recon3d.io.camera_checks import refuse_identical
from recon3d.io.decoding import Development
from recon3d.io.images import Header, read_header
from recon3d.io.photos import CACHE_BYTES, Photo, PhotoCache, Photos
from recon3d.io.points import usable_points
from recon3d.io.scene_paths import some_of
from recon3d.types import PointCloud, Scene

LONGEST_SIDE = 1600  # pixels; larger photos are downscaled unless told otherwise


@dataclass(frozen=True)
class Split:
    """Names of the pictures to learn from and of those held out; all others are left out of the scene."""

    train: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True)
class SceneOptions:
    """`downscale`: the whole number to divide the pictures' sides by; None takes the smallest that brings the longest
    side to LONGEST_SIDE or less. `test_every`: of formats without a split of their own, every so many-th picture by
    name is held out, beginning with the first; 0 holds out none. `cache_bytes`: memory for decoded pictures. `split`
    takes the place of any other choice of pictures. Without `masks`, those of the scene are not looked at. `views`: so
    many pictures at most are learnt from, those that differ most in where they were taken; 0 takes all.
    """

    downscale: int | None = None
    test_every: int = 8
    cache_bytes: int = CACHE_BYTES
    split: Split | None = None
    masks: bool = True
    views: int = 0

    def __post_init__(self) -> None:
        if self.downscale is not None and self.downscale < 1:
            raise UsageError("downscale", f"{self.downscale} is not a whole number from 1 on")
        if self.test_every < 0 or self.test_every == 1:
            raise UsageError("test_every", f"{self.test_every} leaves nothing to learn from", "use 0, or 2 and more")
        if self.views < 0 or self.views == 1:
            raise UsageError("views", f"{self.views} are too few", "use 0 for all, or 2 and more")

    def to_json(self) -> dict[str, Any]:
        """All that decides what the scene is, as a run's manifest stores it."""
        values = dataclasses.asdict(self)
        del values["cache_bytes"]
        return values

    @staticmethod
    def from_json(values: dict[str, Any]) -> SceneOptions:
        """The options that a manifest stores; those it does not know, being older, have their defaults."""
        split = values.get("split")
        names = None if split is None else Split(tuple(split["train"]), tuple(split["test"]))
        others = {name: values[name] for name in ("masks", "views") if name in values}
        return SceneOptions(values["downscale"], values["test_every"], split=names, **others)


@dataclass(frozen=True)
class Found:
    """What the files of a scene say. `test` names the held-out photos; None leaves the choice to `test_every`. `files`
    are those that were read besides pictures and masks.
    """

    photos: list[Photo]
    files: list[Path]
    test: frozenset[str] | None = None
    points: PointCloud | None = None
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def scene_from(folder: Path, scene_format: str, found: Found, options: SceneOptions) -> Scene:
    """The scene in the frame of its files.

    Raises BadInput for too few, doubled or identical cameras, for pictures that are broken or do not fit, and for a
    split that names others than there are.
    """
    found = _chosen(folder, found, options)
    _refuse_unusable(folder, found)
    headers = [read_header(photo.path) for photo in found.photos]
    longest = max(max(header.width, header.height) for header in headers)
    downscale = options.downscale or -(-longest // LONGEST_SIDE)
    test, notes = _held_out(found, options.test_every)
    points, point_notes = usable_points(found.points, [photo.camera for photo in found.photos])
    cache = PhotoCache(options.cache_bytes)
    shown, view_notes = _shown_views([photo for photo in found.photos if photo.name not in test], options.views)
    train_photos = Photos(shown, downscale, cache)
    test_photos = Photos([photo for photo in found.photos if photo.name in test], downscale, cache)
    if len(train_photos) < 2:
        raise BadInput(folder, f"{len(train_photos)} picture(s) to learn from", "hold out fewer for testing")
    notes = [*_missing_notes(found), *found.notes, *notes, *view_notes, *point_notes, *_mode_notes(headers)]
    notes += _development_notes(train_photos.developments + test_photos.developments, options.downscale is None)
    used = [*shown, *(photo for photo in found.photos if photo.name in test)]
    pictures = [path for photo in used for path in (photo.path, photo.mask_path) if path is not None]
    return Scene(
        train_photos,
        test_photos,
        points,
        world_from_input=torch.eye(4, dtype=torch.float64),
        path=folder,
        format=scene_format,
        notes=tuple(notes),
        files=tuple(sorted({*found.files, *pictures})),
    )


def _chosen(folder: Path, found: Found, options: SceneOptions) -> Found:
    """What is found, less what the options leave out."""
    photos, test, notes = found.photos, found.test, found.notes
    if options.split is not None:
        wanted, test = {*options.split.train, *options.split.test}, frozenset(options.split.test)
        if unknown := sorted(wanted - {photo.name for photo in photos}):
            raise BadInput(folder, f"lacks pictures of the split: {some_of(unknown)}", "complete the scene")
        photos = [photo for photo in photos if photo.name in wanted]
    if not options.masks and any(photo.mask_path is not None for photo in photos):
        photos = [dataclasses.replace(photo, mask_path=None, mask_is_object=False) for photo in photos]
        notes = [*notes, "masks are not looked at"]
    return dataclasses.replace(found, photos=photos, test=test, notes=notes)


def _refuse_unusable(folder: Path, found: Found) -> None:
    doubled = [name for name, count in Counter(photo.name for photo in found.photos).items() if count > 1]
    if doubled:
        raise BadInput(folder, f"listed more than once: {some_of(doubled)}", "list every picture once")
    if len(found.photos) < 2:
        reason = "; ".join([f"{len(found.photos)} usable picture(s) with a camera", *_missing_notes(found)])
        raise BadInput(folder, reason, "a scene needs at least 2")
    refuse_identical(torch.cat([photo.camera.world_from_camera for photo in found.photos]), folder)


def _held_out(found: Found, test_every: int) -> tuple[frozenset[str], list[str]]:
    """The names of the test photos, and what is to be said about them."""
    test = found.test
    if test is None:
        names = sorted(photo.name for photo in found.photos)
        test = frozenset(names[::test_every] if test_every else [])
        if len(names) - len(test) < 2:
            test = frozenset()
    count = sum(photo.name in test for photo in found.photos)
    return test, [] if count else ["no picture is held out for testing"]


def _shown_views(photos: list[Photo], count: int) -> tuple[list[Photo], list[str]]:
    """The photos to learn from, if there are to be so many at most, and what is to be said about them."""
    if not 0 < count < len(photos):
        return photos, []
    chosen = most_different(torch.cat([photo.camera.world_from_camera for photo in photos]), count)
    return [photos[i] for i in chosen], [f"{count} of {len(photos)} pictures are learnt from, the most different ones"]


def _missing_notes(found: Found) -> list[str]:
    if not found.missing:
        return []
    listed = len(found.photos) + len(found.missing)
    return [f"{len(found.missing)} of {listed} listed images are missing: {some_of(found.missing)}"]


def _mode_notes(headers: list[Header]) -> list[str]:
    others = Counter(header.mode for header in headers if header.mode not in ("RGB", "RGBA"))
    if not others:
        return []
    modes = ", ".join(sorted(others))
    return [f"{others.total()} of {len(headers)} pictures are not 8-bit RGB and were converted (modes {modes})"]


def _development_notes(developments: tuple[Development, ...], is_default: bool) -> list[str]:
    """What happens to the pictures, shown on the first one it happens to."""
    notes = []

    def share(some: list[Development]) -> str:
        return f"{len(some)} of {len(developments)} pictures"

    rescaled = [one for one in developments if one.photo.camera.size != one.picture_size]
    if rescaled:
        sizes = f"{_shown(rescaled[0].photo.camera.size)} to {_shown(rescaled[0].picture_size)}"
        notes.append(f"the cameras of {share(rescaled)} were rescaled from {sizes}, the size of the picture")
    undistorted = [one for one in developments if one.undistortion is not None]
    if undistorted:
        sizes = f"{_shown(undistorted[0].picture_size)} to {_shown(undistorted[0].window[2:])}"
        notes.append(f"lens distortion is undone in {share(undistorted)} ({sizes} pixels remain)")
    masked = [one for one in developments if not one.clean]
    if masked:
        notes.append(f"{share(masked)} have a lens so wide that part of the view shows nothing; it is masked")
    if is_default and developments[0].downscale > 1:
        notes.append(f"pictures are downscaled by {developments[0].downscale}, to sides of at most {LONGEST_SIDE}")
    return notes


def _shown(size: tuple[int, ...]) -> str:
    return f"{size[0]}x{size[1]}"
