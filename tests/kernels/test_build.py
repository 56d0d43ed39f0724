"""The install builds the C++ kernels wherever it can; without this test all others would pass on the slow reference."""

from __future__ import annotations

import shutil

import pytest

from recon3d.kernels import cpu


@pytest.mark.skipif(shutil.which("c++") is None, reason="no C++ compiler")
def test_a_machine_with_a_compiler_has_the_kernels() -> None:
    assert cpu.instruction_set() in cpu.INSTRUCTION_SETS
