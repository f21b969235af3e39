"""The text files of a run folder, read back.

The report and ``stream-ae inspect`` look at the same folder; what makes a file of it unusable
is said in one place. A run may be going on, or may have been killed in the middle of a line, so an
unfinished last line is left out and is no damage.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stream_ae.errors import CheckpointError
from stream_ae.runs.contents import (
    CONFIG,
    EVENT,
    METRICS,
    NUMBER,
    SUMMARY,
    WATCH_EVENT,
    Kind,
    is_too_deep,
    is_watch_event,
    misfit,
)
from stream_ae.runs.validation import shown
from stream_ae.storage.atomic import read_lines, read_stored

Row = Mapping[str, Any]
"""A JSON object: a whole file, or one line of ``metrics.jsonl`` or ``events.jsonl``."""

_DAMAGED = "the file is damaged; restore it or remove the run folder"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """What a run wrote down, except pictures and states.

    Args:
        directory: where it lies.
        config: every setting as resolved, and versions; the contents of ``config.json``.
        summary: the contents of ``summary.json``.
        metrics: the lines of ``metrics.jsonl``: step, time and the window means of every scalar.
        events: the lines of ``events.jsonl``.
    """

    directory: Path
    config: Row
    summary: Row
    metrics: list[Row]
    events: list[Row]


def read_run(directory: Path) -> RunFolder:
    """Read the four text files of a run folder.

    Raises:
        CheckpointError: the folder or one of its files is missing or damaged; the message names it.
    """
    if not os.path.isdir(directory):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        raise CheckpointError(
            f"a run folder was expected, got {str(directory)!r}: no such folder; runs are in runs/"
            " unless --run-dir says otherwise"
        )
    summary = _object(directory / "summary.json", SUMMARY)
    return RunFolder(
        directory=directory,
        config=read_config(directory),
        summary=summary,
        metrics=list(_lines(directory / "metrics.jsonl", METRICS, others=NUMBER)),
        events=list(read_events(directory)),
    )


def read_config(directory: Path) -> Row:
    """The contents of ``config.json``.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    return _object(directory / "config.json", CONFIG)


def read_events(directory: Path) -> Iterator[Row]:
    """The lines of ``events.jsonl`` one by one: those of a run of weeks fit in no memory.

    Raises:
        CheckpointError: the file is missing or damaged; the message names it.
    """
    path = directory / "events.jsonl"
    for number, row in enumerate(_lines(path, EVENT), start=1):
        is_seen = is_watch_event(row)
        yield _checked(row, WATCH_EVENT, where=f"{path}, line {number}") if is_seen else row


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{path} is missing; is {path.parent} a run folder, and did the run get as far as its"
            " first checkpoint? 'stream-ae train SOURCE --run-dir DIR' makes one"
        ) from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}; {_DAMAGED}") from error


def _object(path: Path, kinds: Mapping[str, Kind]) -> Row:
    with _readable(path):
        data = read_stored(path)
    return _parse(data, kinds, where=str(path))


def _lines(path: Path, kinds: Mapping[str, Kind], *, others: Kind | None = None) -> Iterator[Row]:
    with _readable(path):
        for number, line in enumerate(read_lines(path), start=1):
            yield _parse(line, kinds, where=f"{path}, line {number}", others=others)


def _parse(
    data: bytes, kinds: Mapping[str, Kind], *, where: str, others: Kind | None = None
) -> Row:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{where} cannot be read as text: {error}; {_DAMAGED}") from error
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{where}: JSON was expected, got {shown(text)}; {_DAMAGED}"
        ) from error
    if not isinstance(value, dict) or is_too_deep(value):
        raise CheckpointError(f"{where}: a JSON object was expected, got {shown(text)}; {_DAMAGED}")
    return _checked(value, kinds, where=where, others=others)


def _checked(
    value: Row, kinds: Mapping[str, Kind], *, where: str, others: Kind | None = None
) -> Row:
    wrong = misfit(value, kinds, others=others)
    if wrong is not None:
        raise CheckpointError(
            f"{where} {wrong}; was it edited, or written by another version of stream-ae?"
        )
    return value
