"""One run from its options: the folder, the learner, those who look on, and a clean end.

Options travel as the plain mapping of what was given; what was not given is left to the signature
that has the default, and read back from there for ``config.json``.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from inspect import signature
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from stream_ae.errors import ConfigError
from stream_ae.learning.device import THREADS, set_up
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.loop import run
from stream_ae.learning.observer import Observer
from stream_ae.nn.autoencoder import SIZES, StreamingVideoAutoencoder, seeded
from stream_ae.observers.checkpoint import Checkpointer, load_latest
from stream_ae.observers.journal import Journal
from stream_ae.observers.metrics import Metrics
from stream_ae.observers.progress import Progress
from stream_ae.observers.tensorboard.board import Board
from stream_ae.runs.versions import versions
from stream_ae.sources.address import open_source, source_name
from stream_ae.sources.base import Source
from stream_ae.sources.url import redact_url

Options = Mapping[str, Any]
"""Options by their names on the command line, with underscores; only what was given."""

_SOURCE = ("loop", "policy", "seed")
_LEARNER = ("optimizer", "lr", "objective", "gate", "fit", "seed", "device")
_RUN = {"private": False, "size": "base"}

_log = logging.getLogger("stream_ae")


def run_directory(address: str, options: Options) -> Path:
    """The folder of a run: as given, the newest of this source when resuming, or a new one.

    Raises:
        ConfigError: the folder holds a run already and ``resume`` was not asked for, or the other
            way round.
    """
    resume = options.get("resume", False)
    if "run_dir" in options:
        directory = Path(options["run_dir"])
        if not resume and (directory / "config.json").exists():
            raise ConfigError(
                f"{directory} already holds a run; go on with --resume, or choose another --run-dir"
            )
        return directory
    name = source_name(address)
    if resume:
        earlier = sorted(Path("runs").glob(f"[0-9]*-{name}/config.json"))
        if not earlier:
            raise ConfigError(
                f"no run of {redact_url(address)!r} to resume in runs/; name one with --run-dir"
            )
        return earlier[-1].parent
    return Path("runs") / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"


def train(
    address: str, options: Options, *, directory: Path, observers: Sequence[Observer] = ()
) -> StreamLearner:
    """Learn a stream into a run folder; one Ctrl-C or SIGTERM ends it as its own end would.

    Args:
        address: the stream, as :func:`~stream_ae.sources.address.open_source` takes it.
        options: what was given of the options that ``train``, ``demo`` and ``live`` share.
        directory: the run folder, from :func:`run_directory`.
        observers: who looks on besides board, journal, progress and checkpoints.

    Raises:
        StreamAEError: whatever ends a run before its time; what was learned is saved.
    """
    saved = _saved(directory) if options.get("resume") else None
    settings = _settings(address, options, saved)
    set_up(threads=options.get("threads", THREADS), seed=settings["seed"])
    with open_source(address, **_pick(settings, _SOURCE)) as source:
        learner = StreamLearner(_network(settings), **_pick(settings, _LEARNER))
        metrics = Metrics({**learner.facts(), "source": source.address})
        if saved is not None:
            learner.load_state_dict(saved["learner"])
            metrics.load_state_dict(saved["metrics"])
            _look_back(learner, source)
        _make(directory)
        own = _observers(directory, learner, metrics, options=options, settings=settings)
        with _ends_cleanly(source):
            run(
                source,
                learner,
                observers=[metrics, *own[:-1], *observers, own[-1]],
                frames=options.get("frames", 0),
            )
    return learner


def _network(settings: Mapping[str, Any]) -> StreamingVideoAutoencoder:
    """With first weights; without a map where no pixel may be kept, as it can be painted from."""
    width, private = SIZES[settings["size"]], settings["private"]
    return seeded(settings["seed"], width=width, with_map=not private)


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"cannot make the run folder {str(directory)!r}: {error.strerror};"
            " choose another with --run-dir"
        ) from error


def _saved(directory: Path) -> Mapping[str, Any] | None:
    """The newest sound state of a run; None, said aloud, where there is none yet."""
    if not any((directory / "checkpoints").glob("step-*.pt")):
        _log.warning("%s holds no checkpoint yet; starting at the first frame", directory)
        return None
    state, path = load_latest(directory)
    _log.info("resuming from %s", path)
    return state


def _settings(address: str, options: Options, saved: Mapping[str, Any] | None) -> dict[str, Any]:
    """Every setting that what is learned depends on: as saved, as given, or the default."""
    defaults = {
        name: parameter.default
        for function, names in ((open_source, _SOURCE), (StreamLearner, _LEARNER))
        for name, parameter in signature(function).parameters.items()
        if name in names
    }
    names = (*_SOURCE, *_LEARNER, *_RUN)
    given = {"source": redact_url(address), **_pick(options, names)}
    if saved is None:
        return {**defaults, **_RUN, **given}
    for name, value in given.items():
        if name != "device" and value != saved["settings"][name]:
            raise ConfigError(
                f"the run was begun with {name} {saved['settings'][name]!r}, got {value!r};"
                " resume it without that option, or begin another run"
            )
    return {**saved["settings"], **given}


def _pick(options: Options, names: Sequence[str]) -> dict[str, Any]:
    return {name: options[name] for name in names if name in options}


def _observers(
    directory: Path,
    learner: StreamLearner,
    metrics: Metrics,
    *,
    options: Options,
    settings: Mapping[str, Any],
) -> list[Observer]:
    """Those who look on: board, journal, progress, and last the checkpoints."""
    private = settings["private"]
    config = {
        **settings,
        **{name: value for name, value in options.items() if name not in settings},
        "threads": torch.get_num_threads(),
        "versions": versions(),
    }
    observers: list[Observer] = []
    if options.get("tensorboard", True):
        observers.append(
            Board(directory, learner.model, pictures=not private, resumed_at=learner.frames)
        )
    observers.append(Journal(directory, config=config, resumed_at=learner.frames))
    if options.get("progress", True):
        observers.append(Progress(total=options.get("frames", 0) or None, start=learner.frames))
    every = {"every": options["checkpoint_every"]} if "checkpoint_every" in options else {}
    observers.append(
        Checkpointer(
            directory, learner, metrics=metrics, settings=settings, private=private, **every
        )
    )
    return observers


def _look_back(learner: StreamLearner, source: Source) -> None:
    """Read the frame before the next one anew, where a private run did not keep it."""
    if learner.lacks_previous and not source.live:
        with closing(source.frames(learner.prepare, start=learner.frames - 1)) as frames:
            for frame in frames:
                learner.look_back(frame)
                break


@contextmanager
def _ends_cleanly(source: Source) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end the stream, and the second the process."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for other in (signal.SIGINT, signal.SIGTERM):
            signal.signal(other, lambda again, _: os._exit(128 + again))
        _log.warning("stopping after this frame; once more to break off at once")
        source.stop()

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is told of signals
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
