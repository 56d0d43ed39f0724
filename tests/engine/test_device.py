"""What the process is asked of the machine it runs on."""

import subprocess
import sys

import pytest

FAULTS = """
import resource
import sys

import torch

from recon3d.engine.device import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
for turn in range(8):
    if turn == 3:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(1 << 24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(kept: str) -> int:
    """Pages that a new process was given while it made a large tensor five times, after three that it freed."""
    return int(subprocess.run([sys.executable, "-c", FAULTS, kept], check=True, capture_output=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc only")
def test_freed_memory_is_used_again():
    given_anew = faults("given back")
    if given_anew < 1000:
        pytest.skip("this C library keeps it anyway")
    assert faults("kept") < given_anew / 10
