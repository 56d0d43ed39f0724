"""How the command line takes memory from the system."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
FAULTS = """
import resource
import sys

from recon3d.cli import use_large_pages

if sys.argv[1] == "large":
    use_large_pages()

import torch

torch.ones(1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
torch.ones(1 << 24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(pages: str, **environment: str) -> int:
    """How often a new process had to be given memory while it made a large tensor."""
    words = [sys.executable, "-c", FAULTS, pages]
    without = {name: value for name, value in os.environ.items() if name != "THP_MEM_ALLOC_ENABLE"}
    return int(subprocess.run(words, env=without | environment, check=True, capture_output=True).stdout)


@pytest.mark.skipif(not PAGES.exists() or "[madvise]" not in PAGES.read_text(), reason="large pages are not to be had")
def test_large_tensors_come_in_large_pages():
    assert faults("large") < faults("small") / 2
    assert faults("large", THP_MEM_ALLOC_ENABLE="0") > 10_000
