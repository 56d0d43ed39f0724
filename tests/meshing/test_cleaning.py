"""Raw surfaces made presentable."""

from __future__ import annotations

import torch

from recon3d.meshing.cleaning import pieces_of, simplified, without_specks
from recon3d.types import Mesh


def test_pieces_are_what_hangs_together(two_balls: Mesh) -> None:
    pieces = pieces_of(two_balls)
    right = two_balls.vertices[two_balls.faces].mean(1)[:, 0] > 0.65
    assert set(pieces) == {0, 1}
    assert len(set(pieces[right.numpy()])) == len(set(pieces[~right.numpy()])) == 1


def test_specks_are_dropped_by_their_share(two_balls: Mesh) -> None:
    assert len(without_specks(two_balls, 0.001).faces) == len(two_balls.faces)
    alone = without_specks(two_balls, 0.2)
    assert pieces_of(alone).max() == 0
    assert float(alone.vertices[:, 0].max()) < 0.65
    assert len(alone.vertices) < len(two_balls.vertices)


def test_fewer_faces_keep_the_shape(two_balls: Mesh) -> None:
    thin = simplified(two_balls, 600)
    assert 300 < len(thin.faces) <= 600
    small = 0.1 - (thin.vertices - torch.tensor([0.8, 0.0, 0.0])).norm(dim=-1)
    off = torch.minimum((thin.vertices.norm(dim=-1) - 0.6).abs(), small.abs())
    assert float(off.max()) < 0.03
    assert simplified(two_balls, 10**9) is two_balls
