"""One run from its configuration: the folder, the learner, its observers, and a clean end."""

import logging
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

import torch

from stream_ae.errors import ConfigError
from stream_ae.learning.device import set_up
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.loop import run
from stream_ae.learning.observer import Observer
from stream_ae.nn.autoencoder import SIZES, StreamingVideoAutoencoder, seeded
from stream_ae.observers.checkpoint import Checkpointer, load_latest
from stream_ae.observers.journal import Journal
from stream_ae.observers.progress import Progress
from stream_ae.observers.summary import Metrics
from stream_ae.observers.tensorboard.board import Board
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.folder import Row
from stream_ae.runs.signals import handled
from stream_ae.runs.versions import versions
from stream_ae.settings.redaction import redact_url
from stream_ae.sources.address import open_source, source_name
from stream_ae.sources.base import Source

_log = logging.getLogger("stream_ae")


def run_directory(config: TrainConfig) -> Path:
    """The folder of a run: as given, the newest of this source when resuming, or a new one.

    Raises:
        ConfigError: the folder holds a run already and ``resume`` was not asked for, or the other
            way round.
    """
    if config.run_dir is not None:
        if not config.resume and (config.run_dir / "config.json").exists():
            raise ConfigError(
                f"{config.run_dir} already holds a run; go on with --resume, or choose another"
                " --run-dir"
            )
        return config.run_dir
    name = source_name(config.source)
    if config.resume:
        earlier = sorted(Path("runs").glob(f"[0-9]*-{name}/config.json"))
        if not earlier:
            raise ConfigError(
                f"no run of {redact_url(config.source)!r} to resume in runs/;"
                " name one with --run-dir"
            )
        return earlier[-1].parent
    return Path("runs") / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"


def train(
    config: TrainConfig, *, directory: Path, observers: Sequence[Observer] = ()
) -> StreamLearner:
    """Learn a stream into a run folder; one Ctrl-C or SIGTERM ends it as its own end would.

    Args:
        config: what is learned, how, and what is written down.
        directory: the run folder, from :func:`run_directory`.
        observers: told of every step besides board, journal, progress and checkpoints.

    Raises:
        StreamAEError: whatever ends a run before its time; what was learned is saved.
    """
    saved = _saved(directory) if config.resume else None
    if saved is not None:
        config = config.resumed(saved["settings"])
    set_up(threads=config.threads, seed=config.seed)
    with open_source(
        config.source, loop=config.loop, policy=config.policy, seed=config.seed
    ) as source:
        learner = _learner(config)
        metrics = Metrics({**learner.facts(), "source": source.address})
        if saved is not None:
            learner.load_state_dict(saved["learner"])
            metrics.load_state_dict(saved["metrics"])
            _restore_previous(learner, source)
        _make(directory)
        own = _observers(directory, learner, metrics, config=config)
        with _ends_cleanly(source):
            run(
                source,
                learner,
                observers=[metrics, *own[:-1], *observers, own[-1]],
                frames=config.frames,
            )
    return learner


def _learner(config: TrainConfig) -> StreamLearner:
    return StreamLearner(
        _network(config),
        config.optimizer,
        lr=config.lr,
        objective=config.objective,
        gate=config.gate,
        fit=config.fit,
        seed=config.seed,
        threads=config.threads,
        device=config.device,
    )


def _network(config: TrainConfig) -> StreamingVideoAutoencoder:
    """With first weights; a private run has no learned spatial bias, which shows the scene."""
    return seeded(config.seed, width=SIZES[config.size], with_spatial_bias=not config.private)


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"cannot make the run folder {str(directory)!r}: {error.strerror};"
            " choose another with --run-dir"
        ) from error


def _saved(directory: Path) -> Row | None:
    """The newest sound state of a run; None, with a warning, where there is none yet."""
    if not any((directory / "checkpoints").glob("step-*.pt")):
        _log.warning("%s holds no checkpoint yet; starting at the first frame", directory)
        return None
    state, path = load_latest(directory)
    _log.info("resuming from %s", path)
    return state


def _observers(
    directory: Path, learner: StreamLearner, metrics: Metrics, *, config: TrainConfig
) -> list[Observer]:
    """The board, the journal, the progress, and last the checkpoints."""
    resumed_at = learner.frames
    resolved = {
        **config.plain(),
        "run_dir": str(directory),
        "threads": torch.get_num_threads(),
        "versions": versions(),
    }
    observers: list[Observer] = []
    if config.tensorboard:
        observers.append(
            Board(directory, learner.model, images=not config.private, resumed_at=resumed_at)
        )
    observers.append(Journal(directory, config=resolved, resumed_at=resumed_at))
    if config.progress:
        observers.append(Progress(total=config.frames or None, start=resumed_at))
    observers.append(
        Checkpointer(
            directory,
            learner,
            metrics=metrics,
            settings=config.kept(),
            private=config.private,
            every=config.checkpoint_every,
        )
    )
    return observers


def _restore_previous(learner: StreamLearner, source: Source) -> None:
    """Read the frame before the next one again, where a private run did not keep it."""
    if learner.lacks_previous and not source.live:
        with closing(source.frames(learner.prepare, start=learner.frames - 1)) as frames:
            for frame in frames:
                learner.set_previous(frame)
                break


@contextmanager
def _ends_cleanly(source: Source) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end the stream, and the second the process."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for other in (signal.SIGINT, signal.SIGTERM):
            signal.signal(other, lambda number, _: os._exit(128 + number))
        _log.warning("stopping after this frame; once more to break off at once")
        source.stop()

    with handled(signal.SIGINT, stop), handled(signal.SIGTERM, stop):
        yield
