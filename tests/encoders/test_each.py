"""Encoders of single photos read many at once as they read one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from recon3d.encoders.lrm import Config as LrmConfig
from recon3d.encoders.lrm import Lrm
from recon3d.encoders.networks.vision_transformer import VisionTransformerConfig
from recon3d.encoders.triposr import Config as TripoSRConfig
from recon3d.encoders.triposr import TripoSR
from recon3d.representations.triplane import DecoderConfig
from recon3d.types import Cameras, Views

VISION = VisionTransformerConfig(width=16, layers=1, heads=2, hidden=32, patch=8, grid=2)
DECODER = DecoderConfig(hidden=8, layers=1)


def networks() -> list[nn.Module]:
    torch.manual_seed(0)
    triposr = TripoSR(TripoSRConfig(VISION, 16, 32, 1, 2, 4, 4, DECODER))
    return [triposr, Lrm(LrmConfig(VISION, 16, 8, 32, 1, 2, 4, 4, DECODER))]


def views(count: int) -> Views:
    alpha = torch.rand(count, 20, 20)
    camera = Cameras.stack([TripoSR.viewpoint(), Lrm.viewpoint(), TripoSR.viewpoint()][:count]).resized(20, 20)
    return Views(camera, torch.rand(count, 20, 20, 3) * alpha[..., None], alpha)


@torch.no_grad()
@pytest.mark.parametrize("network", networks(), ids=["triposr", "lrm"])
def test_objects_do_not_see_each_other(network: nn.Module) -> None:
    together = views(3)
    fields = network.each([together[i] for i in range(3)])
    for i, field in enumerate(fields):
        torch.testing.assert_close(field.planes, network(together[i]).planes, atol=1e-5, rtol=1e-4)
        assert field.decoder is network.decoder
    assert not torch.allclose(fields[0].planes, fields[2].planes, atol=1e-3)
