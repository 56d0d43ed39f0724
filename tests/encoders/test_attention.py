"""Attention in pieces is attention."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from recon3d.encoders.networks import attention


@pytest.mark.parametrize(("heads", "queries", "keys"), [(3, 7, 5), (4, 30, 40), (6, 41, 1)])
def test_attention_in_pieces(monkeypatch: pytest.MonkeyPatch, heads: int, queries: int, keys: int):
    monkeypatch.setattr(attention, "WEIGHTS_AT_ONCE", 500)
    torch.manual_seed(0)
    every = (torch.randn(2, count, heads, 8, dtype=torch.float64) for count in (queries, keys, keys))
    q, k, v = (tensor.transpose(1, 2) for tensor in every)  # as attend splits them: not contiguous
    torch.testing.assert_close(attention.attend_in_pieces(q, k, v), functional.scaled_dot_product_attention(q, k, v))


def test_half_precision_is_near_full():
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, count, 12) for count in (9, 11, 11))
    full = attention.attend(q, k, v, heads=3)
    with torch.no_grad():
        half = attention.attend(q.bfloat16(), k.bfloat16(), v.bfloat16(), heads=3)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), full, atol=0.02, rtol=0.02)
