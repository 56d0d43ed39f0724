"""The install builds the C++ kernels wherever it can; without this test all others would pass on the slow reference."""

from __future__ import annotations

import shutil

import pytest

from recon3d.errors import Missing
from recon3d.kernels import cpu
from recon3d.kernels.cpu import library


@pytest.mark.skipif(shutil.which("c++") is None, reason="no C++ compiler")
def test_a_machine_with_a_compiler_has_the_kernels() -> None:
    assert cpu.instruction_set() in cpu.INSTRUCTION_SETS


def test_what_the_machine_cannot_run_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECON3D_INSTRUCTION_SET", "avx9000")
    with pytest.raises(Missing, match="avx9000 is not built, or this machine lacks it; choose from baseline"):
        library._best_build.__wrapped__()
