"""A benchmark's rows on disk, with what is needed to judge them: machine, versions, time."""

import json
import os
import platform
import re
import time
from collections.abc import Iterable
from pathlib import Path

import torch

from stream_ae.bench.rows import Row
from stream_ae.errors import ConfigError
from stream_ae.runs.versions import versions
from stream_ae.storage.atomic import write_atomically

_NUMBERS = re.compile(r"\[[\s\d.,e+-]*(?:null[\s\d.,e+-]*)*\]")  # a list of numbers and nulls


def write_results(path: Path, rows: Iterable[Row], *, settings: Row | None = None) -> None:
    """Write rows as JSON after each one, so that a benchmark broken off leaves what it has.

    Args:
        path: of the file, replaced with the first row; its folder is made if need be.
        rows: plain values, numbers finite.
        settings: what holds for all rows.

    Raises:
        OSError: the file cannot be written.
    """
    about = {
        **(settings or {}),
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
        write_atomically(path, f"{_NUMBERS.sub(_on_one_line, text)}\n".encode())


def read_rows(text: str) -> list[Row]:
    """The rows of a file that :func:`write_results` wrote.

    Raises:
        ValueError: it is no such file.
    """
    found = json.loads(text)
    rows = found.get("rows") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("JSON with a list of rows was expected, got other JSON")
    return rows


def read_named(text: str, name: str) -> list[Row]:
    """The rows of a file, whose name stands in the message if it is damaged.

    Raises:
        ConfigError: it is no file of results.
    """
    try:
        return read_rows(text)
    except ValueError as error:
        raise ConfigError(
            f"cannot read {name}: {error}; a file written by bench was expected"
        ) from error


def read_folder(folder: Path) -> dict[str, list[Row]]:
    """The rows of every file of results in a folder, by the file's name without its ending.

    Raises:
        ConfigError: one of them is damaged.
    """
    return {
        path.stem: read_named(path.read_text(encoding="utf-8"), str(path))
        for path in sorted(folder.glob("*.json"))
    }


def _on_one_line(numbers: re.Match[str]) -> str:
    """A curve in one line instead of fifty."""
    return " ".join(numbers[0].split()).replace("[ ", "[").replace(" ]", "]")


def _processor() -> str:
    """The processor's name, from Linux's list where there is one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
