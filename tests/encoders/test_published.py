"""Published checkpoints: what does not fit is named, and every number has its place."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from recon3d.encoders.networks.published import VISION_TRANSFORMER, Section, adopt, translated
from recon3d.encoders.networks.vision_transformer import VisionTransformer, VisionTransformerConfig
from recon3d.errors import BadInput

SMALL = VisionTransformerConfig(width=8, layers=2, heads=2, hidden=16, patch=4, grid=3, registers=2, layer_scale=True)


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.both = nn.Linear(2, 4)
        self.after = nn.Linear(4, 1, bias=False)


SECTIONS = (
    Section("net.", "", ((r"^a\.", "both#1."), (r"^b\.", "both#0."), (r"^unused.*", ""))),
    Section("last", "after.weight"),
)


def published() -> dict[str, torch.Tensor]:
    numbers = {"net.a.weight": torch.full((2, 2), 1.0), "net.b.weight": torch.full((2, 2), 2.0)}
    numbers |= {"net.a.bias": torch.full((2,), 3.0), "net.b.bias": torch.full((2,), 4.0)}
    return numbers | {"last": torch.full((1, 4), 5.0), "net.unused.weight": torch.zeros(9)}


def test_pieces_are_joined_in_order_and_what_is_unused_is_left_out() -> None:
    network = Pair()
    adopt(network, published(), SECTIONS, "x")
    assert network.both.weight.tolist() == [[2.0, 2.0], [2.0, 2.0], [1.0, 1.0], [1.0, 1.0]]
    assert network.both.bias.tolist() == [4.0, 4.0, 3.0, 3.0]
    assert network.after.weight.tolist() == [[5.0] * 4]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"last": None}, "lacks after.weight"),
        ({"net.more": torch.zeros(1)}, "has unexpected more"),
        ({"other": torch.zeros(1)}, "has unexpected other"),
        ({"last": torch.zeros(1, 3)}, r"has after.weight of shape \(1, 3\) instead of \(1, 4\)"),
    ],
)
def test_what_does_not_fit_is_named(change: dict, said: str) -> None:
    numbers = {key: tensor for key, tensor in (published() | change).items() if tensor is not None}
    network = Pair()
    before = network.both.weight.clone()
    with pytest.raises(BadInput, match=rf"^file: {said}; is it a checkpoint of Pair,"):
        adopt(network, numbers, SECTIONS, "file")
    assert torch.equal(network.both.weight, before)


def test_many_troubles_are_counted() -> None:
    with pytest.raises(BadInput, match="and 5 troubles more"):
        adopt(nn.ModuleList(nn.Linear(1, 1) for _ in range(5)), {}, (), "file")


def test_dinov2_names() -> None:
    theirs = {"cls_token": "class_token", "pos_embed": "position_table", "register_tokens": "register_tokens"}
    theirs |= {f"patch_embed.proj.{kind}": f"patches.{kind}" for kind in ("weight", "bias")}
    theirs |= {f"norm.{kind}": f"norm.{kind}" for kind in ("weight", "bias")}
    parts = {"norm1": "norm1", "norm2": "norm2", "attn.qkv": "attention.qkv", "attn.proj": "attention.out"}
    parts |= {"mlp.fc1": "perceptron.0", "mlp.fc2": "perceptron.2"}
    for block in range(SMALL.layers):
        for a, b in parts.items():
            theirs |= {f"blocks.{block}.{a}.{k}": f"blocks.{block}.{b}.{k}" for k in ("weight", "bias")}
        theirs |= {f"blocks.{block}.ls{i}.gamma": f"blocks.{block}.scale{i}.gamma" for i in (1, 2)}
    network = VisionTransformer(SMALL)
    numbers = {a: torch.rand_like(network.state_dict()[b]) for a, b in theirs.items()}
    ours = translated(numbers | {"mask_token": torch.zeros(1, 8)}, (Section("", "", VISION_TRANSFORMER),))
    assert ours.keys() == network.state_dict().keys()
    for a, b in theirs.items():
        assert torch.equal(ours[b], numbers[a])


def test_pictures_that_patches_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="4-pixel patches only"):
        VisionTransformer(SMALL)(torch.zeros(1, 3, 12, 10))


def test_registers_are_not_among_the_tokens_and_positions_keep_their_places() -> None:
    network = VisionTransformer(SMALL)
    assert network(torch.rand(2, 3, 12, 12)).shape == (2, 1 + 9, 8)
    assert network(torch.rand(1, 3, 8, 20)).shape == (1, 1 + 10, 8)
    assert torch.equal(network.positions(3, 3), network.position_table)
    assert torch.equal(network.positions(2, 5)[:, 0], network.position_table[:, 0])
