"""What processes cost, read from ``/proc``: time of processors and memory."""

import os
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")  # of the processor's time, a second
_PAGE = os.sysconf("SC_PAGE_SIZE")
_AFTER_NAME = {"parent": 1, "user": 11, "system": 12, "pages": 21}  # places in stat, from its state


def cpu_seconds(pid: int) -> float:
    """Seconds of processors that a process has taken, all its threads together.

    Raises:
        ProcessLookupError: there is no such process.
    """
    fields = _stat(pid)
    return (fields["user"] + fields["system"]) / _TICKS


def memory(pid: int) -> int:
    """Bytes of memory that a process has, with what it shares with others.

    Raises:
        ProcessLookupError: there is no such process.
    """
    return _stat(pid)["pages"] * _PAGE


def title(pid: int) -> str:
    """What a process is called by itself; empty where there is none."""
    try:
        return (_PROC / f"{pid}" / "cmdline").read_bytes().split(b"\0")[0].decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def family(pid: int) -> list[int]:
    """A process with all that it has started, and what those have."""
    parents = {}
    for path in _PROC.glob("[0-9]*"):
        try:
            parents[int(path.name)] = _stat(int(path.name))["parent"]
        except ProcessLookupError:  # it has just ended
            continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def _stat(pid: int) -> dict[str, int]:
    try:
        text = (_PROC / f"{pid}" / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError) as error:
        raise ProcessLookupError(f"process {pid} should be there, got none") from error
    fields = text.rpartition(")")[2].split()
    return {name: int(fields[place]) for name, place in _AFTER_NAME.items()}
