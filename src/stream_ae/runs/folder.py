"""The text files of a run folder, read back.

The report and ``stream-ae inspect`` look at the same folder; what makes a file of it unusable
is said in one place. A run may be going on, or may have been killed in the middle of a line, so an
unfinished last line is left out and is no damage.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stream_ae.errors import CheckpointError

Row = Mapping[str, Any]
"""A JSON object: a whole file, or one line of ``metrics.jsonl`` or ``events.jsonl``."""

_SUMMARY_KEYS = (
    *("source", "seed", "device", "threads", "parameters", "frames", "frames_learned"),
    *("frames_gated", "mse", "detail_loss", "global_loss", "gradient_loss", "ssim", "last_50"),
    *("baselines", "change_ratio", "optimizer", "fps", "seconds", "seconds_by_part"),
    *("dropped_frames", "reconnects", "decode_errors", "peak_rss_mib"),
)


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
    if not directory.is_dir():
        raise CheckpointError(
            f"a run folder was expected, got {str(directory)!r}: no such folder; runs are in runs/"
            " unless --run-dir says otherwise"
        )
    summary = _object(directory / "summary.json")
    missing = [key for key in _SUMMARY_KEYS if key not in summary]
    if missing:
        raise CheckpointError(
            f"{directory / 'summary.json'} should have the entry {missing[0]!r}, got"
            f" {sorted(summary)[:5]} and so on; was it written by another version of stream-ae?"
        )
    return RunFolder(
        directory=directory,
        config=_object(directory / "config.json"),
        summary=summary,
        metrics=_lines(directory / "metrics.jsonl"),
        events=_lines(directory / "events.jsonl"),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{path} is missing; is {path.parent} a run folder, and did the run get as far as its"
            " first checkpoint? 'stream-ae train SOURCE --run-dir DIR' makes one"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} cannot be read as text: {error}") from error


def _object(path: Path) -> Row:
    return _parse(_text(path), where=str(path))


def _lines(path: Path) -> list[Row]:
    *finished, _ = _text(path).split("\n")  # what follows the last line end was never finished
    return [
        _parse(line, where=f"{path}, line {number}")
        for number, line in enumerate(finished, start=1)
    ]


def _parse(text: str, *, where: str) -> Row:
    advice = "the file is damaged; restore it or remove the run folder"
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CheckpointError(f"{where}: JSON was expected, got {text[:40]!r}; {advice}") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{where}: a JSON object was expected, got {text[:40]!r}; {advice}")
    return value
