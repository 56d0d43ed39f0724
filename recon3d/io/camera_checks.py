"""What every camera of a file must fulfil, whichever format it comes from."""

from __future__ import annotations

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.errors import BadInput
from recon3d.types import Cameras

ORTHONORMAL_WITHIN = 1e-3


def checked_transform(value: Any, place: object) -> Float[Tensor, "4 4"]:
    """The rigid transform in nested lists or an array, float64, its rotation made exactly orthonormal.

    Raises BadInput for what is not a finite 4x4 matrix with last row 0 0 0 1 and a proper rotation.
    """
    try:
        matrix = torch.as_tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadInput(place, "the camera transform is not a matrix of numbers", "export the cameras again") from error
    if matrix.shape != (4, 4):
        size = "x".join(str(n) for n in matrix.shape) or "a single number"
        raise BadInput(place, f"the camera transform is {size}, not 4x4", "export the cameras again")
    if not matrix.isfinite().all():
        raise BadInput(place, "the camera transform holds NaN or infinite values", "leave this picture out")
    if not torch.allclose(matrix[3], torch.tensor([0, 0, 0, 1], dtype=matrix.dtype), atol=1e-6):
        raise BadInput(place, "the last row of the camera transform is not 0 0 0 1", "is the matrix transposed?")
    checked = matrix.clone()
    checked[:3, :3] = checked_rotation(matrix[:3, :3], place)
    checked[3] = torch.tensor([0, 0, 0, 1])
    return checked


def checked_rotation(matrix: Float[Tensor, "3 3"], place: object) -> Float[Tensor, "3 3"]:
    """The nearest rotation, if there is one nearby. Raises BadInput for scaled, mirrored and skewed ones."""
    if not matrix.isfinite().all():
        raise BadInput(place, "the rotation holds NaN or infinite values", "leave this picture out")
    product = matrix.mT @ matrix
    identity = torch.eye(3, dtype=matrix.dtype)
    if (product - identity).abs().max() > ORTHONORMAL_WITHIN:
        scale = float(product.trace() / 3) ** 0.5
        if scale > 0 and (product / scale**2 - identity).abs().max() <= ORTHONORMAL_WITHIN:
            raise BadInput(place, f"the rotation is scaled by {scale:.6g}", "divide it by that; scale only positions")
        raise BadInput(place, "the rotation is not orthonormal", "export the cameras again")
    if torch.linalg.det(matrix) < 0:
        raise BadInput(place, "mirrored camera: the rotation has determinant -1", "negate one column of the rotation")
    left, _, right = torch.linalg.svd(matrix)
    return torch.matmul(left, right)


def checked_camera(
    world_from_camera: Float[Tensor, "4 4"],
    focal: tuple[float, float],
    centre: tuple[float, float],
    size: tuple[int | float, int | float],
    place: object,
) -> Cameras:
    """One pinhole camera, float64; focal lengths, principal point and size in pixels.

    Raises BadInput where a focal length is not positive, a size is not a whole number, or something is not finite.
    """
    if not all(math.isfinite(value) for value in (*focal, *centre, *size)):
        raise BadInput(place, "the intrinsics hold NaN or infinite values", "calibrate again")
    if min(focal) <= 0:
        raise BadInput(place, f"the focal length is {min(focal):g}", "it must be positive, in pixels")
    if min(size) < 1 or max(size) > 2**24 or any(side != int(side) for side in size):
        raise BadInput(place, f"the image size is {size[0]:g} x {size[1]:g}", "it must be whole, positive pixels")
    intrinsics = torch.tensor([[focal[0], 0, centre[0]], [0, focal[1], centre[1]], [0, 0, 1]], dtype=torch.float64)
    width, height = (torch.tensor([int(side)]) for side in size)
    return Cameras(world_from_camera[None], intrinsics[None], width, height)


def fitted_to_picture(camera: Cameras, width: int, height: int, place: object) -> Cameras:
    """The camera for a picture of width x height pixels, which may be a uniformly resized copy of what it was made for.

    Raises BadInput where the sides do not fit, which a picture turned by its EXIF orientation is the usual cause of.
    """
    camera_width, camera_height = camera.size
    if _is_resized(camera_width, camera_height, width, height):
        return camera.resized(width, height)
    reason = f"the picture is {width}x{height} but its camera {camera_width}x{camera_height}"
    if _is_resized(camera_height, camera_width, width, height):
        remedy = "its EXIF orientation was applied on one side only: rotate the pixels and drop the tag"
        raise BadInput(place, reason, remedy)
    raise BadInput(place, reason, "use the pictures that the cameras were computed from")


def refuse_identical(world_from_camera: Float[Tensor, "v 4 4"], place: object) -> None:
    """Raises BadInput where all cameras are in one place and look one way: there is nothing to triangulate."""
    if (world_from_camera == world_from_camera[:1]).all():
        raise BadInput(place, f"all {len(world_from_camera)} cameras are identical", "estimate the cameras again")


def _is_resized(width: int, height: int, new_width: int, new_height: int) -> bool:
    """Whether one scale leads from the one size to the other, each side rounded to whole pixels in either direction.

    Nobody resizes by less than a percent: such pictures were cropped or padded, and nothing says on which side.
    """
    if (width, height) == (new_width, new_height):
        return True
    if abs(new_width - width) < 0.01 * width and abs(new_height - height) < 0.01 * height:
        return False
    smallest = max((new_width - 1) / width, (new_height - 1) / height)
    largest = min((new_width + 1) / width, (new_height + 1) / height)
    return smallest <= largest
