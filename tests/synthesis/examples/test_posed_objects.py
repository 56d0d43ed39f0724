"""Posed examples follow from seed and number, and show whole objects from all around."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("embreex")

from recon3d.engine.validation import seen_anew
from recon3d.synthesis.examples.posed_objects import Config, PosedObjects

SMALL = Config(picture=32, context=4, others=2, uses=2, slots=4)


@pytest.fixture(scope="module")
def source() -> PosedObjects:
    return PosedObjects(SMALL, 3)


def test_examples_can_be_asked_for_in_any_order(source: PosedObjects) -> None:
    later = PosedObjects(SMALL, 3)
    second, first = later[5], later[1]
    for again, example in ((first, source[1]), (second, source[5])):
        assert torch.equal(again.context.images, example.context.images)
        assert torch.equal(again.targets.cameras.world_from_camera, example.targets.cameras.world_from_camera)
    assert not torch.equal(first.context.images, second.context.images)


def test_the_first_targets_are_the_context_and_the_others_are_not(source: PosedObjects) -> None:
    context, targets = source[0]
    assert (len(context), len(targets)) == (4, 6)
    assert torch.equal(targets.images[:4], context.images)
    assert seen_anew(targets.cameras, context.cameras) == [False] * 4 + [True] * 2
    assert context.depth is None
    assert targets.depth is not None


def test_objects_are_seen_from_all_around_and_fill_the_picture(source: PosedObjects) -> None:
    for index in range(3):
        context = source[index].context
        centres = context.cameras.centres - context.cameras.centres.mean(0)
        azimuths = torch.rad2deg(torch.atan2(centres[:, 1], centres[:, 0])).sort().values
        gaps = torch.cat([azimuths, azimuths[:1] + 360]).diff()
        assert float(gaps.max()) < 220
        assert context.alpha is not None
        assert float(context.alpha.mean()) > 0.02
        assert float(context.cameras.intrinsics[0, 0, 0]) > 0.5 * 32
