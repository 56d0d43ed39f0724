"""Windows of features: they tile maps of any size, and every other time their borders lie elsewhere."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor, nn

from recon3d.encoders.networks.pixel_splats import SplatsConfig
from recon3d.encoders.networks.vision_transformer import BlockConfig
from recon3d.encoders.networks.windows import WindowedBlocks, in_windows, visible
from recon3d.encoders.pixel_gaussians import Config, PixelGaussians
from recon3d.encoders.windowed_gaussians import Config as WindowedConfig
from recon3d.encoders.windowed_gaussians import WindowedGaussians

BLOCK = BlockConfig(16, 2, 32, norm_epsilon=1e-5)


class Means(nn.Module):
    """Every token becomes the mean of those that it sees."""

    def forward(self, tokens: Tensor, mask: Tensor | None) -> Tensor:
        seen = torch.ones(len(tokens), *[tokens.shape[1]] * 2) if mask is None else mask.float()
        return seen @ tokens / seen.sum(-1, keepdim=True)


@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("size", [(8, 8), (7, 9), (3, 5)])
def test_windows_see_what_lies_in_them_and_in_the_map(size: tuple[int, int], shift: int) -> None:
    features = torch.rand(2, *size, 3)
    seen = in_windows(Means(), features, 4, shift)
    assert seen.shape == features.shape
    rows, columns = ((torch.arange(side) + shift) // 4 for side in size)
    for row in range(size[0]):
        for column in range(size[1]):
            window = features[:, rows == rows[row]][:, :, columns == columns[column]]
            torch.testing.assert_close(seen[:, row, column], window.mean((1, 2)))


def test_what_is_outside_the_map_sees_itself() -> None:
    seen = visible(torch.tensor([[True, False, True]]))
    assert seen[0].tolist() == [[True, False, True], [True, True, True], [True, False, True]]


@torch.no_grad()
def test_two_blocks_see_across_the_borders_of_windows() -> None:
    torch.manual_seed(0)
    blocks, features = WindowedBlocks(BLOCK, 4), torch.rand(1, 8, 8, 16)
    changed = features.clone()
    changed[0, 0, 3] += torch.linspace(-1, 1, 16)
    difference = (blocks(changed) - blocks(features)).abs().amax(-1)[0] > 1e-7
    assert bool(difference[:4, :6].all())  # its own window, then the shifted ones that hold parts of that
    assert bool(difference[5, 4:6].all())
    assert not difference[6:].any()
    assert not difference[:, 6:].any()


def changed_pixels(network: PixelGaussians) -> Tensor:
    """Of a picture of 16x16, where what is told of pixels changes if one pixel of the first patch does."""
    pictures = torch.rand(1, 1, 16, 16, 9)
    changed = pictures.clone()
    changed[0, 0, 3, 3] += torch.linspace(-1, 1, 9)
    with torch.no_grad():
        told = [network.raw(network.tokens(p), (16, 16))[0] for p in (pictures, changed)]
    return ((told[0] - told[1]).abs().amax(-1) > 1e-7)[0, 0]


def test_what_is_made_finer_in_windows_crosses_the_borders_of_patches() -> None:
    """Even without a block that sees all patches."""
    torch.manual_seed(0)
    plain = Config(BLOCK, 16, 4, 4, 0, splats=SplatsConfig())
    alone = changed_pixels(PixelGaussians(plain))
    assert bool(alone[:4, :4].all())
    assert int(alone.sum()) == 16
    windowed = WindowedConfig(**{f.name: getattr(plain, f.name) for f in dataclasses.fields(plain)}, window=4)
    crossing = changed_pixels(WindowedGaussians(windowed))
    assert bool(crossing[:6, :6].all())


def test_cells_double_step_by_step() -> None:
    with pytest.raises(ValueError, match="6 is no power of two"):
        WindowedGaussians(WindowedConfig(BLOCK, cells=6, layers=1))
