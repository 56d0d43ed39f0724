"""Cameras: where pictures were taken from, and through which lens. The conventions are those of `recon3d.types`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from recon3d.geometry import lenses, rays, transforms
from recon3d.geometry.precision import in_full


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

    def sees(
        self, points: Float[Tensor, "n 3"]
    ) -> tuple[Bool[Tensor, "v n"], Float[Tensor, "v n 2"], Float[Tensor, "v n"]]:
        """Which world points are before the cameras and within their pictures; and their pixels and depths."""
        pixels, depths = self.project(points)
        sizes = torch.stack([self.width, self.height], -1)[:, None].to(pixels.device)
        return (depths > 0) & ((pixels >= 0) & (pixels < sizes)).all(-1), pixels, depths

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

    @in_full()
    def rays(self) -> tuple[Float[Tensor, "v h w 3"], Float[Tensor, "v h w 3"]]:
        """Origins and directions through all pixel centres in the world; directions have z = 1 in the camera frame,
        so `origin + depth * direction` is the point at that depth."""
        centres = rays.pixel_centres(*self.size, self.intrinsics)
        flat = rays.normalised_from_pixels(centres, self.intrinsics[:, None, None])
        if self.distortion is not None:
            pairs = zip(flat, self.distortion, strict=True)
            flat = torch.stack([lenses.undistort(self.lens, view, numbers)[0] for view, numbers in pairs])
        rotations = self.world_from_camera[:, None, :3, :3]
        directions = rays.homogeneous(flat) @ rotations.mT
        return self.centres[:, None, None, :].expand_as(directions), directions

    @in_full()
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
    def facing_origin(centres: Float[Tensor, "v 3"], focal: float) -> Cameras:
        """Level pinhole cameras at `centres` that look at the origin of a world with z up, for pictures of one pixel;
        `focal` is in shares of the picture."""
        middle, up = centres.new_zeros(3), centres.new_tensor([0.0, 0.0, 1.0])
        places = torch.stack([transforms.looking_at(centre, middle, up) for centre in centres])
        lens = centres.new_tensor([[focal, 0, 0.5], [0, focal, 0.5], [0, 0, 1]])
        one = torch.ones(len(centres), dtype=torch.int64)
        return Cameras(places, lens.expand(len(centres), 3, 3), one, one)

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
