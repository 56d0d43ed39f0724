"""In which precision networks multiply: half of it where the hardware is faster for that, all of it elsewhere."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal

import torch

Precision = Literal["auto", "float32", "bfloat16"]


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager[None]:
    """In it, products are computed in the precision asked for."""
    return torch.autocast(device.type, torch.bfloat16, enabled=is_lowered(precision, device))


def is_lowered(precision: Precision, device: torch.device) -> bool:
    """Whether that is bfloat16; `auto` is, on hardware that has it."""
    return precision == "bfloat16" or (precision == "auto" and has_bfloat16(device))


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 by instructions of its own. A CPU that torch says nothing of does not."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16") or able.get("bf16"))
