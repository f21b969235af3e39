"""A benchmark's rows on disk, with what is needed to judge them: machine, versions, time."""

import json
import os
import platform
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from stream_ae.disk import write_atomically
from stream_ae.versions import versions

Row = Mapping[str, Any]
"""One measurement."""


def write_results(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as JSON after each one, so that a benchmark broken off leaves what it has.

    Raises:
        OSError: the file cannot be written.
    """
    about = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "threads": torch.get_num_threads(),
            "system": platform.system(),
        },
        "versions": versions(),
    }
    done: list[Row] = []
    for row in rows:
        done.append(row)
        text = json.dumps({**about, "rows": done}, indent=2, allow_nan=False)
        write_atomically(path, f"{text}\n".encode())


def _processor() -> str:
    """The processor's name, from Linux's list where there is one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
