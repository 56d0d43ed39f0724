"""The nouns of recon3d, and every convention, stated once.

Transforms are named `a_from_b`, so products cancel by eye: `pixel_from_camera @ camera_from_world`.
Camera frame: OpenCV (+x right, +y down, +z forward). World: any right-handed frame; `Scene.world_from_input` leads
from the frame of the user's files to it. Pixel (i, j) has its centre at (i + 0.5, j + 0.5). Quaternions are
(w, x, y, z). Depth is z in the camera frame. Images are channels-last float32 in [0, 1], *premultiplied* by alpha:
what is seen over a background is `image + (1 - alpha) * background`. Other conventions are converted in `io/` only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from recon3d import kernels
from recon3d.geometry import lenses, rays, rotations, transforms


@dataclass(frozen=True)
class Cameras:
    """v cameras. `intrinsics` are in pixels; `distortion` holds the coefficients that `lens` wants (see lenses)."""

    world_from_camera: Float[Tensor, "v 4 4"]
    intrinsics: Float[Tensor, "v 3 3"]
    width: Int[Tensor, " v"]
    height: Int[Tensor, " v"]
    lens: str = "pinhole"
    distortion: Float[Tensor, "v k"] | None = None

    def __len__(self) -> int:
        return len(self.world_from_camera)

    def __getitem__(self, index: int | slice | list[int]) -> Cameras:
        """Cameras of those views; an int keeps the leading axis, so the result is always a `Cameras`."""
        if isinstance(index, int):
            index = [index]
        distortion = None if self.distortion is None else self.distortion[index]
        return dataclasses.replace(
            self,
            world_from_camera=self.world_from_camera[index],
            intrinsics=self.intrinsics[index],
            width=self.width[index],
            height=self.height[index],
            distortion=distortion,
        )

    def __iter__(self) -> Iterator[Cameras]:
        return (self[i] for i in range(len(self)))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) shared by all; ValueError where they differ: then go through the views one by one."""
        sizes = set(zip(self.width.tolist(), self.height.tolist(), strict=True))
        if len(sizes) != 1:
            raise ValueError("these cameras have no common image size")
        return sizes.pop()

    @property
    def camera_from_world(self) -> Float[Tensor, "v 4 4"]:
        return transforms.invert_rigid(self.world_from_camera)

    @property
    def centres(self) -> Float[Tensor, "v 3"]:
        return self.world_from_camera[:, :3, 3]

    def project(self, points: Float[Tensor, "n 3"]) -> tuple[Float[Tensor, "v n 2"], Float[Tensor, "v n"]]:
        """Pixels and depths of world points. Where depth <= 0 the pixel means nothing."""
        pixels, depths = [], []
        for i, camera_from_world in enumerate(self.camera_from_world):
            local = transforms.transform_points(camera_from_world, points)
            flat = local[:, :2] / local[:, 2:]
            if self.distortion is not None:
                flat = lenses.distort(self.lens, flat, self.distortion[i])
            pixels.append(rays.pixels_from_normalised(flat, self.intrinsics[i]))
            depths.append(local[:, 2])
        return torch.stack(pixels), torch.stack(depths)

    def unproject(self, pixels: Float[Tensor, "v n 2"], depths: Float[Tensor, "v n"]) -> Float[Tensor, "v n 3"]:
        """World points at those pixels and depths: the inverse of `project`."""
        points = []
        for i in range(len(self)):
            flat = rays.normalised_from_pixels(pixels[i], self.intrinsics[i])
            if self.distortion is not None:
                flat, _ = lenses.undistort(self.lens, flat, self.distortion[i])
            points.append(
                transforms.transform_points(self.world_from_camera[i], rays.homogeneous(flat) * depths[i, :, None])
            )
        return torch.stack(points)

    def rays(self) -> tuple[Float[Tensor, "v h w 3"], Float[Tensor, "v h w 3"]]:
        """Origins and directions through all pixel centres in the world; directions have z = 1 in the camera frame,
        so `origin + depth * direction` is the point at that depth."""
        width, height = self.size
        directions = []
        for i in range(len(self)):
            flat = rays.normalised_from_pixels(rays.pixel_centres(width, height, self.intrinsics), self.intrinsics[i])
            if self.distortion is not None:
                flat, _ = lenses.undistort(self.lens, flat, self.distortion[i])
            directions.append(rays.homogeneous(flat) @ self.world_from_camera[i, :3, :3].mT)
        stacked = torch.stack(directions)
        return self.centres[:, None, None, :].expand_as(stacked), stacked

    def moved(self, similarity: Float[Tensor, "4 4"]) -> Cameras:
        """The same cameras after the world was moved by `similarity`: same pictures, other units."""
        similarity = similarity.to(self.world_from_camera)
        moved = self.world_from_camera.clone()
        scale = transforms.scale_of(similarity)
        moved[:, :3, :3] = (similarity[:3, :3] / scale) @ self.world_from_camera[:, :3, :3]
        moved[:, :3, 3] = transforms.transform_points(similarity, self.centres)
        return dataclasses.replace(self, world_from_camera=moved)

    def resized(self, width: int, height: int) -> Cameras:
        """The same cameras for pictures resampled to width x height; pixel centres stay at half integers."""
        intrinsics = self.intrinsics.clone()
        intrinsics[:, 0] *= (width / self.width).to(intrinsics)[:, None]
        intrinsics[:, 1] *= (height / self.height).to(intrinsics)[:, None]
        return dataclasses.replace(
            self,
            intrinsics=intrinsics,
            width=torch.full_like(self.width, width),
            height=torch.full_like(self.height, height),
        )

    def cropped(self, left: int, top: int, width: int, height: int) -> Cameras:
        """The same cameras for the window of the picture that starts at pixel (left, top)."""
        intrinsics = self.intrinsics.clone()
        intrinsics[:, 0, 2] -= left
        intrinsics[:, 1, 2] -= top
        return dataclasses.replace(
            self,
            intrinsics=intrinsics,
            width=torch.full_like(self.width, width),
            height=torch.full_like(self.height, height),
        )

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> Cameras:
        """On another device; `dtype` changes the floating-point fields only."""
        return Cameras(
            self.world_from_camera.to(device, dtype),
            self.intrinsics.to(device, dtype),
            self.width,
            self.height,
            self.lens,
            None if self.distortion is None else self.distortion.to(device, dtype),
        )

    @staticmethod
    def stack(cameras: list[Cameras]) -> Cameras:
        """One `Cameras` of many; all must have the same lens."""
        if len({camera.lens for camera in cameras}) > 1:
            raise ValueError("cameras with different lenses cannot be stacked")
        distorted = cameras[0].distortion is not None
        return Cameras(
            torch.cat([c.world_from_camera for c in cameras]),
            torch.cat([c.intrinsics for c in cameras]),
            torch.cat([c.width for c in cameras]),
            torch.cat([c.height for c in cameras]),
            cameras[0].lens,
            torch.cat([c.distortion for c in cameras if c.distortion is not None]) if distorted else None,
        )


@dataclass(frozen=True)
class Views:
    """Pictures and their cameras: what an encoder reads and what a loss compares with.

    `alpha` says how much of a pixel the object covers, `masks` which pixels count at all (True counts); None is "all".
    """

    cameras: Cameras
    images: Float[Tensor, "v h w 3"]
    alpha: Float[Tensor, "v h w"] | None = None
    masks: Bool[Tensor, "v h w"] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device | str) -> Views:
        return Views(
            self.cameras.to(device),
            self.images.to(device),
            None if self.alpha is None else self.alpha.to(device),
            None if self.masks is None else self.masks.to(device),
        )


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
        similarity = transforms.world_from_input_of(self.train.cameras.world_from_camera)
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


@dataclass(frozen=True)
class Rendering:
    """What a renderer returns: `colour` is premultiplied, `depth` is the mean depth of what is seen (0 where nothing).

    `depth` is None where the renderer was not asked for it.
    """

    colour: Float[Tensor, "v h w 3"]
    alpha: Float[Tensor, "v h w"]
    depth: Float[Tensor, "v h w"] | None = None

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
