"""One run from its configuration: the folder, the learner, its observers, and a clean end."""

import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event

from stream_ae.errors import DivergedError, StreamAEError, UnsavedError
from stream_ae.kernels.ahead import compile_ahead
from stream_ae.learning.device import set_up
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.loop import run
from stream_ae.learning.observer import Observer
from stream_ae.learning.rehearsal import compile_watching
from stream_ae.nn.autoencoder import SIZES, StreamingVideoAutoencoder, seeded
from stream_ae.observers.checkpoint import Checkpointer
from stream_ae.observers.controls import Desk
from stream_ae.observers.summary import Metrics
from stream_ae.runs.audience import Guests, audience, checkpointer_of
from stream_ae.runs.begun import Begun
from stream_ae.runs.claim import Claim, check_no_run, is_free
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.metrics_port import metrics_port
from stream_ae.runs.resume import newest_run, only_run, saved_state
from stream_ae.runs.signals import ends_cleanly, handled, leave
from stream_ae.runs.watch import Watched
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.settings.shell import command
from stream_ae.sources.address import open_source, source_name
from stream_ae.sources.base import Source
from stream_ae.storage.fence import Fence
from stream_ae.storage.state_file import SavedState

_log = logging.getLogger("stream_ae")


def run_directory(config: TrainConfig) -> Path:
    """The folder of a run: as given, the newest of this source when resuming, or a new one.

    Raises:
        ConfigError: the folder holds a run already and ``resume`` was not asked for, or the other
            way round.
    """
    if config.run_dir is not None:
        if not config.resume:
            check_no_run(config.run_dir)
        return config.run_dir
    runs = Path("runs")
    if config.resume:
        return only_run(runs) if config.source_moved else newest_run(runs, config.source)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{source_name(config.source)}"
    return next(path for path in _numbered(runs / name) if is_free(path))


def _numbered(path: Path) -> Iterator[Path]:
    """The path, and then others for what began in the same second."""
    yield path
    yield from (path.with_name(f"{path.name}-{number}") for number in count(2))


def train(
    config: TrainConfig,
    *,
    directory: Path,
    observers: Sequence[Observer] = (),
    guests: Guests | None = None,
    desk: Desk | None = None,
    stopped: Event | None = None,
    fence: Fence | None = None,
) -> StreamLearner:
    """Learn a stream into a run folder; one Ctrl-C or SIGTERM ends it as its own end would.

    Args:
        config: what is learned, how, and what is written down.
        directory: the run folder, from :func:`run_directory`.
        observers: told of every step besides board, journal, progress and checkpoints.
        guests: makes more of them of a run that has begun; they are told of what is found, too.
        desk: where somebody may ask for something while the run goes on.
        stopped: set where a signal, and not the stream, ended the run.
        fence: of a run that other machines may take over; this process has taken it.

    Raises:
        UnsavedError: what was learned at the end could not be saved.
        ReplacedError: another process learns into the folder, or has taken it over.
        StreamAEError: whatever else ends a run before its time; what was learned is saved.
    """
    with Claim(directory, resume=config.resume, fence=fence) as claim:
        config, saved = _resumed(config, directory)
        set_up(threads=config.threads, seed=config.seed)
        with metrics_port(config) as pages, _opened(config) as source:
            begun = _begun(config, saved, directory=directory, source=source)
            learner = begun.learner
            if not _is_learned_already(learner.frames, config):
                _restore_previous(learner, source)
                checkpointer = checkpointer_of(
                    begun, may_save=_always if fence is None else fence.check
                )
                readings = None if pages is None else pages.begin(checkpointer, learner)
                own = audience(begun, checkpointer, readings=readings, guests=guests, desk=desk)
                everybody = [claim, begun.metrics, *own, *observers, checkpointer]
                stop = partial(_stop, source, stopped)
                with ends_cleanly(stop), _nothing_lost(checkpointer, directory):
                    run(source, learner, observers=everybody, frames=config.frames)
    return learner


def _always() -> None:
    """Who has the run to itself may save whenever it likes."""


def _resumed(config: TrainConfig, directory: Path) -> tuple[TrainConfig, SavedState | None]:
    """The run as it was begun and its newest state; what was asked for where there is none."""
    found = saved_state(directory) if config.resume else None
    if found is None:
        return config, None
    saved, path = found
    resumed = config.resumed(saved["settings"])
    _log.info("resuming from %s", path)
    return resumed, saved


def _begun(
    config: TrainConfig, saved: SavedState | None, *, directory: Path, source: Source
) -> Begun:
    """The run with all that is known already."""
    watched = Watched(config) if isinstance(config, WatchConfig) and config.watches else None
    learner = _learner(config)
    with handled(signal.SIGINT, leave):  # an exception may be lost in the compiler
        if learner.device.type == "cpu":
            compile_ahead()
        if watched is not None:
            compile_watching()
    metrics = Metrics({**learner.facts(), "source": source.address})
    if saved is not None:
        learner.load_state_dict(saved["learner"])
        metrics.load_state_dict(saved["metrics"])
    if watched is not None:
        watched.begin(learner, saved=saved)
    return Begun(directory, config, source, learner, metrics, watched)


def _is_learned_already(learned: int, config: TrainConfig) -> bool:
    if not 0 < config.frames <= learned:
        return False
    _log.info(
        "%d frames are learned already, and --frames is %d in all; nothing is changed",
        learned,
        config.frames,
    )
    return True


@contextmanager
def _nothing_lost(checkpointer: Checkpointer, directory: Path) -> Iterator[None]:
    """Raise, after the end of a run, where what was learned could not be saved."""
    try:
        yield
    except DivergedError:  # what is not finite is no loss
        raise
    except StreamAEError as error:
        if checkpointer.lost is None:
            raise
        _log.error("%s", error)
        raise _unsaved(checkpointer.lost, directory) from error
    if checkpointer.lost is not None:
        raise _unsaved(checkpointer.lost, directory)


def _unsaved(lost: str, directory: Path) -> UnsavedError:
    again = command("--resume", "--run-dir", directory)
    return UnsavedError(f"{lost}; mend that and go on with {again}")


def _opened(config: TrainConfig) -> Source:
    return open_source(
        config.source,
        loop=config.loop,
        policy=config.policy,
        seed=config.seed,
        give_up_after=config.give_up_after,
    )


def _learner(config: TrainConfig) -> StreamLearner:
    return StreamLearner(
        _network(config),
        config.optimizer,
        lr=config.lr,
        objective=config.objective,
        gate=config.gate,
        frozen=isinstance(config, WatchConfig) and config.frozen,
        fit=config.fit,
        seed=config.seed,
        threads=config.threads,
        device=config.device,
    )


def _network(config: TrainConfig) -> StreamingVideoAutoencoder:
    """With first weights; a private run has no learned spatial bias, which shows the scene."""
    return seeded(config.seed, width=SIZES[config.size], with_spatial_bias=not config.private)


def _restore_previous(learner: StreamLearner, source: Source) -> None:
    """Read the frame before the next one again, where a private run did not keep it."""
    if learner.lacks_previous and not source.live:
        with closing(source.frames(learner.prepare, start=learner.frames - 1)) as frames:
            for frame in frames:
                learner.set_previous(frame)
                break


def _stop(source: Source, stopped: Event | None) -> None:
    _log.warning("stopping after this frame; once more to break off at once")
    if stopped is not None:
        stopped.set()
    source.stop()
