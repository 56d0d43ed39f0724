"""say what was found on this machine and which kernels would be used"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import tyro


@dataclass(frozen=True)
class Arguments:
    format: Literal["text", "json"] = "text"
    """For people or for programs."""


def run(words: list[str]) -> int:
    arguments = tyro.cli(Arguments, args=words, prog="recon3d doctor", description=__doc__)

    import json

    from recon3d.engine.doctor import examine

    findings = examine()
    if arguments.format == "json":
        print(json.dumps(findings, indent=2))
        return 0
    for section, values in findings.items():
        print(section)
        for name, value in values.items():
            print(f"  {name:24} {value}")
    return 0
