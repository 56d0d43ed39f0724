"""Published checkpoints into our networks: names are translated, nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from recon3d.errors import BadInput

Rules = Sequence[tuple[str, str]]
"""Pairs for `re.sub`, applied to a key one after another. A name with "#i" in it is the i-th piece of the tensor called
so without it; pieces are joined along the first axis."""


class Section(NamedTuple):
    """A part of a checkpoint: keys that begin with `theirs`, the rest of which `rules` translate, belong to `ours`."""

    theirs: str
    ours: str
    rules: Rules = ()


SHOWN = 5
"""No more troubles with a checkpoint are spelt out than this."""

VISION_TRANSFORMER: Rules = (
    (r"^pooler\..*", ""),  # not used
    # DINO, by the names of transformers 4.35 and of transformers 5
    (r"^embeddings\.cls_token", "class_token"),
    (r"^embeddings\.position_embeddings", "position_table"),
    (r"^embeddings\.patch_embeddings\.projection", "patches"),
    (r"^(encoder\.layer|layers)\.", "blocks."),
    (r"\.attention\.(attention\.query|q_proj)\.", ".attention.qkv#0."),
    (r"\.attention\.(attention\.key|k_proj)\.", ".attention.qkv#1."),
    (r"\.attention\.(attention\.value|v_proj)\.", ".attention.qkv#2."),
    (r"\.attention\.(output\.dense|o_proj)\.", ".attention.out."),
    (r"\.(intermediate\.dense|mlp\.fc1)\.", ".perceptron.0."),
    (r"\.(output\.dense|mlp\.fc2)\.", ".perceptron.2."),
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
    (r"^layernorm\.", "norm."),
    # DINOv2, by the names of its own code
    (r"^mask_token", ""),  # for training only
    (r"^cls_token", "class_token"),
    (r"^pos_embed", "position_table"),
    (r"^patch_embed\.proj\.", "patches."),
    (r"\.attn\.qkv\.", ".attention.qkv."),
    (r"\.attn\.proj\.", ".attention.out."),
    (r"\.ls([12])\.gamma", r".scale\1.gamma"),
)


def adopt(network: nn.Module, tensors: Mapping[str, Tensor], sections: Sequence[Section], place: object) -> None:
    """Makes a published checkpoint's tensors those of the network, which may have been built on the meta device. Keys
    that a section's rules turn into nothing are left out.

    Raises BadInput, which names them, for keys that are missing, unexpected or of another shape.
    """
    ours, expected = translated(tensors, sections), network.state_dict()
    trouble = [f"lacks {name}" for name in expected if name not in ours]
    trouble += [f"has unexpected {name}" for name in ours if name not in expected]
    trouble += [
        f"has {name} of shape {tuple(ours[name].shape)} instead of {tuple(tensor.shape)}"
        for name, tensor in expected.items()
        if name in ours and ours[name].shape != tensor.shape
    ]
    if trouble:
        more = f" and {len(trouble) - SHOWN} troubles more" if len(trouble) > SHOWN else ""
        remedy = f"is it a checkpoint of {type(network).__name__}, and the recipe the right one?"
        raise BadInput(place, ", ".join(trouble[:SHOWN]) + more, remedy)
    network.load_state_dict(ours, assign=True)


def translated(tensors: Mapping[str, Tensor], sections: Sequence[Section]) -> dict[str, Tensor]:
    """The tensors under our names, pieces joined."""
    whole: dict[str, Tensor] = {}
    pieces: dict[str, dict[int, Tensor]] = {}
    for key, tensor in tensors.items():
        name, mark, rest = _translated_key(key, sections).partition("#")
        if mark:
            pieces.setdefault(name + rest[1:], {})[int(rest[0])] = tensor
        elif name:
            whole[name] = tensor
    return whole | {name: torch.cat([parts[i] for i in sorted(parts)]) for name, parts in pieces.items()}


def _translated_key(key: str, sections: Sequence[Section]) -> str:
    for section in sections:
        if key.startswith(section.theirs):
            rest = key.removeprefix(section.theirs)
            for pattern, replacement in section.rules:
                rest = re.sub(pattern, replacement, rest)
            return section.ours + rest if rest or key == section.theirs else ""
    return key
