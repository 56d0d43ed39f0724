"""The nouns of recon3d, and every convention, stated once.

Transforms are named `a_from_b`, so products cancel by eye: `pixel_from_camera @ camera_from_world`.
Camera frame: OpenCV (+x right, +y down, +z forward). World: any right-handed frame; `Scene.world_from_input` leads
from the frame of the user's files to it. Pixel (i, j) has its centre at (i + 0.5, j + 0.5). Quaternions are
(w, x, y, z). Depth is z in the camera frame. Images are channels-last float32 in [0, 1], *premultiplied* by alpha:
what is seen over a background is `image + (1 - alpha) * background`. Other conventions are converted in `io/` only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from recon3d import kernels
from recon3d.geometry import rotations, transforms
from recon3d.types.cameras import Cameras
from recon3d.types.edits import Edits

__all__ = [
    "Cameras",
    "Edits",
    "Gaussians",
    "LazyViews",
    "LightField",
    "Mesh",
    "PointCloud",
    "RadianceField",
    "RayMixture",
    "Rendering",
    "Scene",
    "SeenRays",
    "Views",
]


@dataclass(frozen=True)
class Views:
    """Pictures and their cameras: what an encoder reads and what a loss compares with.

    `alpha` says how much of a pixel the object covers, `masks` which pixels count at all (True counts); None is "all".
    `depth`, where it is known, is that of what a pixel shows, the mean where that differs; 0 where it shows nothing.
    """

    cameras: Cameras
    images: Float[Tensor, "v h w 3"]
    alpha: Float[Tensor, "v h w"] | None = None
    masks: Bool[Tensor, "v h w"] | None = None
    depth: Float[Tensor, "v h w"] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int | slice | list[int]) -> Views:
        """Those views; an int keeps the leading axis, so the result is always a `Views`."""
        some = [index] if isinstance(index, int) else index
        return self.changed(self.cameras[some], lambda pictures: pictures[some])

    def changed(self, cameras: Cameras, change: Callable[[Tensor], Tensor]) -> Views:
        """Seen by other cameras, because images, alpha, masks and depth are all changed alike."""
        return Views(cameras, **{name: change(pictures) for name, pictures in self._known().items()})

    def _known(self) -> dict[str, Tensor]:
        fields = ("images", "alpha", "masks", "depth")
        return {name: pictures for name in fields if (pictures := getattr(self, name)) is not None}

    def over(self, background: Float[Tensor, "3"]) -> Float[Tensor, "v h w 3"]:
        """The pictures seen over a background colour, where they have alpha."""
        return self.images if self.alpha is None else kernels.over(self.images, self.alpha, background)

    def straight(self) -> Float[Tensor, "v h w c"]:
        """The pictures as files have them: where they have alpha, it is the fourth channel, and no part of colours."""
        if self.alpha is None:
            return self.images
        alpha = self.alpha[..., None]
        return torch.cat([torch.where(alpha > 0, self.images / alpha.clamp_min(1e-6), 0), alpha], -1)

    def to(self, device: torch.device | str) -> Views:
        return self.changed(self.cameras.to(device), lambda pictures: pictures.to(device))

    @staticmethod
    def stack(views: Sequence[Views]) -> Views:
        """One `Views` of many, whose pictures have one size; all have alpha or none has, and so for masks and depth."""
        joined = {name: torch.cat([v._known()[name] for v in views]) for name in views[0]._known()}
        return Views(Cameras.stack([v.cameras for v in views]), **joined)


@runtime_checkable
class LazyViews(Protocol):
    """Views that are decoded when asked for: what a `Scene` holds. All cameras are pinholes."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def cameras(self) -> Cameras: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Views:
        """The one view at `index`, with a leading axis of 1."""
        ...

    def moved(self, similarity: Float[Tensor, "4 4"]) -> LazyViews: ...

    def check(self) -> None:
        """Decode every picture once. Raises BadInput for the first broken one."""
        ...


@dataclass(frozen=True)
class PointCloud:
    """Coloured points, as structure from motion leaves them; colours in [0, 1]."""

    positions: Float[Tensor, "n 3"]
    colours: Float[Tensor, "n 3"]

    def __len__(self) -> int:
        return len(self.positions)

    def moved(self, similarity: Float[Tensor, "4 4"]) -> PointCloud:
        return PointCloud(transforms.transform_points(similarity.to(self.positions), self.positions), self.colours)


@dataclass(frozen=True)
class Scene:
    """Posed pictures of one place, split into those to learn from and those held out.

    `world_from_input` leads from the frame of the files to this world, so exports can go back. `notes` are one-line
    remarks for the user about what was found: missing pictures, a border cropped away, and the like. `files` are all
    files that the scene is made of, for whoever wants to know them again.
    """

    train: LazyViews
    test: LazyViews
    points: PointCloud | None
    world_from_input: Float[Tensor, "4 4"]
    path: Path
    format: str
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    def normalised(self) -> Scene:
        """The scene in a world where the training cameras' centres have mean 0 and the farthest lies at distance 1."""
        return self.moved(transforms.world_from_input_of(self.train.cameras.world_from_camera))

    def moved(self, similarity: Float[Tensor, "4 4"]) -> Scene:
        """The same scene in a moved world."""
        return dataclasses.replace(
            self,
            train=self.train.moved(similarity),
            test=self.test.moved(similarity),
            points=None if self.points is None else self.points.moved(similarity),
            world_from_input=similarity @ self.world_from_input.to(similarity),
        )


@dataclass(frozen=True)
class Gaussians:
    """n anisotropic Gaussians with physical values: `scales` are standard deviations, `opacities` lie in (0, 1).

    `quaternions` need not be normalised. `sh` are spherical harmonics of degree 0 to 3 (k = 1, 4, 9, 16); the colour
    seen is `max(0, 0.5 + basis(direction) . sh)`. `mean2d_probe` is None or zeros whose gradient, after a backward
    pass, is the gradient of the loss by the projected means in pixels: what densification listens to.
    """

    means: Float[Tensor, "n 3"]
    quaternions: Float[Tensor, "n 4"]
    scales: Float[Tensor, "n 3"]
    opacities: Float[Tensor, " n"]
    sh: Float[Tensor, "n k 3"]
    mean2d_probe: Float[Tensor, "n 2"] | None = None

    def __len__(self) -> int:
        return len(self.means)

    def moved(self, similarity: Float[Tensor, "4 4"]) -> Gaussians:
        """The same picture in a moved world. ValueError for a rotation where `sh` has a direction to it."""
        similarity = similarity.to(self.means)
        scale = transforms.scale_of(similarity)
        rotation = similarity[:3, :3] / scale
        identity = torch.eye(3).to(rotation)
        if self.sh.shape[1] > 1 and not torch.allclose(rotation, identity, atol=1e-6):
            raise ValueError("a rotation of the world would need the spherical harmonics rotated too")
        turn = rotations.quaternion_from_rotation(rotation)
        return dataclasses.replace(
            self,
            means=transforms.transform_points(similarity, self.means),
            quaternions=rotations.multiply_quaternions(turn.expand_as(self.quaternions), self.quaternions),
            scales=self.scales * scale,
        )

    def selected(self, kept: Bool[Tensor, " n"]) -> Gaussians:
        """Those Gaussians only, in the same order."""
        fields = (self.means, self.quaternions, self.scales, self.opacities, self.sh)
        return Gaussians(*(tensor[kept] for tensor in fields))

    @staticmethod
    def joined(parts: Sequence[Gaussians]) -> Gaussians:
        """Of all, in their order; all have harmonics of one degree."""
        names = ("means", "quaternions", "scales", "opacities", "sh")
        return Gaussians(*(torch.cat([getattr(part, name) for part in parts]) for name in names))

    def to(self, device: torch.device | str) -> Gaussians:
        probe = None if self.mean2d_probe is None else self.mean2d_probe.to(device)
        return Gaussians(
            self.means.to(device),
            self.quaternions.to(device),
            self.scales.to(device),
            self.opacities.to(device),
            self.sh.to(device),
            probe,
        )


@runtime_checkable
class RadianceField(Protocol):
    """What answers for density and colour at any point of the cube from -half_size to half_size."""

    @property
    def half_size(self) -> float: ...

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Density per unit of length, and colour seen along the directions, which a field may not care for."""
        ...


class SeenRays(NamedTuple):
    """What rays show: colours in [0, 1], and how far away that is, where it is known."""

    colour: Float[Tensor, "n 3"]
    distance: Float[Tensor, " n"] | None = None


@runtime_checkable
class LightField(Protocol):
    """What answers for whole rays: what a network has made of the views it has seen, and shows by itself."""

    def see(self, origins: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"]) -> SeenRays:
        """What is seen from these places along directions of unit length. Rays do not know of each other."""
        ...


@dataclass(frozen=True)
class RayMixture:
    """What the samples along r rays say, each for itself: together a distribution of colours for every ray.

    `rays` are their numbers among all pixels of all views, ascending. `scales` are those of Laplace distributions
    around the colours. `facing` is the cosine between the ray and the normal at a sample, below 0 where a surface looks
    at the viewer, 0 where it is not known; None where it never is.
    """

    rays: Int[Tensor, " r"]
    weights: Float[Tensor, "r s"]
    colours: Float[Tensor, "r s 3"]
    scales: Float[Tensor, "r s 3"]
    features: Float[Tensor, "r s f"]
    facing: Float[Tensor, "r s"] | None = None

    @staticmethod
    def joined(mixtures: list[RayMixture]) -> RayMixture:
        """Of the rays of all, in their order."""
        named = {f.name: [getattr(m, f.name) for m in mixtures] for f in dataclasses.fields(RayMixture)}
        return RayMixture(**{name: torch.cat(parts) for name, parts in named.items() if parts[0] is not None})


@dataclass(frozen=True)
class Rendering:
    """What a renderer returns: `colour` is premultiplied, `depth` is the mean depth of what is seen (0 where nothing).

    `depth` is None where the renderer was not asked for it. `coarse` is what a first, coarse pass saw, where there is
    one that is to learn from the pictures too. `mixture` is what the samples of its rays said, and `flipped` what those
    of some of these rays say that come from the mirror image of the viewer, where a renderer tells an objective.
    """

    colour: Float[Tensor, "v h w 3"]
    alpha: Float[Tensor, "v h w"]
    depth: Float[Tensor, "v h w"] | None = None
    coarse: Rendering | None = None
    mixture: RayMixture | None = None
    flipped: RayMixture | None = None

    def over(self, background: Float[Tensor, "3"]) -> Float[Tensor, "v h w 3"]:
        """The picture seen over a background colour."""
        return kernels.over(self.colour, self.alpha, background)


@dataclass(frozen=True)
class Mesh:
    """Triangles. `colours` are per vertex; `texture` is read at `uv` (origin at the lower left)."""

    vertices: Float[Tensor, "n 3"]
    faces: Int[Tensor, "f 3"]
    colours: Float[Tensor, "n 3"] | None = None
    uv: Float[Tensor, "n 2"] | None = None
    texture: UInt8[Tensor, "h w 3"] | None = None

    def moved(self, similarity: Float[Tensor, "4 4"]) -> Mesh:
        """The same surface in a moved world."""
        return dataclasses.replace(self, vertices=transforms.transform_points(similarity, self.vertices))
