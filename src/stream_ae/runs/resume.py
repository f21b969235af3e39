"""Which run is gone on with, and which stream it learns."""

import logging
from contextlib import suppress
from pathlib import Path

from stream_ae.errors import CheckpointError, ConfigError
from stream_ae.observers.checkpoint import load_latest
from stream_ae.runs.identity import same_stream
from stream_ae.settings.redaction import redact_url
from stream_ae.storage.state_file import SavedState

_log = logging.getLogger("stream_ae")


def saved_state(directory: Path) -> tuple[SavedState, Path] | None:
    """The newest whole state of a run and its path; None, with a warning, where there is none yet.

    Raises:
        CheckpointError: there are states, and none can be used.
    """
    if not has_state(directory):
        _log.warning("%s holds no checkpoint yet; starting at the first frame", directory)
        return None
    return load_latest(directory)


def has_state(directory: Path) -> bool:
    """Whether a run folder holds a state, whole or not."""
    try:
        return any((directory / "checkpoints").glob("step-*.pt"))
    except (OSError, ValueError):
        return False  # a name that no folder has


def source_of(directory: Path) -> str | None:
    """The address of the stream that a run learned; None where no state says so.

    Raises:
        ConfigError: the address has a password, which is not kept.
        CheckpointError: none of its states can be used.
    """
    if not has_state(directory):
        return None
    source = _source_in(load_latest(directory, quiet=True)[0])
    if source is None:
        return None
    if "://" in source and "***" in source:
        raise ConfigError(f"{source!r} has a password, which is not kept; name SOURCE as well")
    return source


def newest_run(runs: Path, source: str) -> Path:
    """The run that learned a stream last.

    Args:
        runs: the folder of all runs.
        source: the address of the stream.

    Raises:
        ConfigError: none of them has a state that can be used and learned this stream.
    """
    for directory in sorted(_with_states(runs), key=_last_written, reverse=True):
        try:
            state, _ = load_latest(directory, quiet=True)
        except CheckpointError:
            continue
        learned = _source_in(state)
        if learned is not None and same_stream(learned, source):
            return directory
    raise ConfigError(
        f"no run of {redact_url(source)!r} to resume in {runs}/; name one with --run-dir, and add"
        " --source-moved if it learned this stream at another place"
    )


def only_run(runs: Path) -> Path:
    """The one run that there is, of a stream that is now elsewhere and cannot be looked for.

    Args:
        runs: the folder of all runs.

    Raises:
        ConfigError: there is none, or there are several.
    """
    found = _with_states(runs)
    if len(found) != 1:
        raise ConfigError(
            f"source_moved should be told which run is meant, got {len(found)} in {runs}/;"
            " name one with --run-dir"
        )
    return found.pop()


def _source_in(state: SavedState) -> str | None:
    """The address of the stream in a state; one of a loop of one's own may have none."""
    source = state["settings"].get("source")
    return None if source is None else str(source)


def _with_states(runs: Path) -> set[Path]:
    return {path.parent.parent for path in runs.glob("*/checkpoints/step-*.pt")}


def _last_written(directory: Path) -> float:
    """When, in seconds since 1970; a run that goes on may remove its oldest state meanwhile."""
    newest = 0.0
    for path in (directory / "checkpoints").glob("step-*.pt"):
        with suppress(FileNotFoundError):
            newest = max(newest, path.stat().st_mtime)
    return newest
