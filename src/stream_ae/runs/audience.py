"""Who is told of the steps of a run, and in which order."""

import sys
from collections.abc import Callable, Sequence

from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.observer import Observer
from stream_ae.observers.checkpoint import Checkpointer
from stream_ae.observers.controls import Controls, Desk
from stream_ae.observers.exporter.pages import Saves
from stream_ae.observers.exporter.readings import Readings
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.journal import Journal
from stream_ae.observers.json_lines import JsonLines
from stream_ae.observers.pace import Pacer
from stream_ae.observers.progress import Progress
from stream_ae.observers.tensorboard.board import Board
from stream_ae.runs.begun import Begun
from stream_ae.runs.page_config import PageConfig
from stream_ae.runs.versions import versions

Guests = Callable[[Begun, Saves], Sequence[Observer]]
"""Makes those who look from outside, of a run and what saves it; one who is a
:class:`FindingsObserver` is told of what is found in a frame as well, before the step."""


def audience(
    begun: Begun,
    checkpointer: Checkpointer,
    *,
    readings: Readings | None,
    guests: Guests | None,
    desk: Desk | None,
) -> list[Observer]:
    """Whoever watches, the board, the journal, the readings, the progress, the guests.

    Args:
        begun: the run.
        checkpointer: of the run, which is told last of all.
        readings: for a metrics port; None where there is none.
        guests: more of them.
        desk: where somebody may ask for something while the run goes on.
    """
    resumed_at = begun.learner.frames
    echo = JsonLines(sys.stdout) if begun.config.log_format == "json" else None
    journal = Journal(begun.directory, config=_resolved(begun), resumed_at=resumed_at, echo=echo)
    board = _board(begun)
    invited = [] if guests is None else list(guests(begun, checkpointer))
    observers: list[Observer] = [journal] if board is None else [board, journal]
    finders = [guest for guest in invited if isinstance(guest, FindingsObserver)]
    if begun.watched is not None:
        watching = begun.watched.observer(
            begun.directory,
            source=begun.source,
            journal=journal,
            board=board,
            also=finders if readings is None else [*finders, readings.found],
            resumed_at=resumed_at,
        )
        observers.insert(0, watching)
    observers += [] if readings is None else [readings]
    if begun.config.progress:
        observers.append(Progress(total=begun.config.frames or None, start=resumed_at))
    return [*observers, *invited, *_operators(begun, checkpointer, journal=journal, desk=desk)]


def _resolved(begun: Begun) -> dict[str, object]:
    """The contents of ``config.json``."""
    facts = begun.metrics.facts
    return {
        **begun.config.plain(),
        "run_dir": str(begun.directory.resolve()),
        **{name: facts[name] for name in ("device", "threads")},
        "live": begun.source.live,
        "lr": _rate(begun.learner),
        "versions": versions(),
    }


def _board(begun: Begun) -> Board | None:
    config, learner = begun.config, begun.learner
    if not config.tensorboard:
        return None
    return Board(
        begun.directory,
        learner.model,
        images=not config.private,
        resumed_at=learner.frames,
        settings={**config.kept(), "lr": _rate(learner)},
    )


def _rate(learner: StreamLearner) -> float | None:
    """The learning rate, which is the optimizer's own where none was asked for."""
    rate: float | None = learner.optimizer.param_groups[0].get("lr")
    return rate


def checkpointer_of(begun: Begun, *, may_save: Callable[[], None]) -> Checkpointer:
    """What saves the run, as long as it may."""
    config, watched = begun.config, begun.watched
    return Checkpointer(
        begun.directory,
        begun.learner,
        metrics=begun.metrics,
        settings=config.kept(),
        watcher=None if watched is None else watched.watcher,
        private=config.private,
        every=config.checkpoint_every,
        may_save=may_save,
    )


def _operators(
    begun: Begun, checkpointer: Checkpointer, *, journal: Journal, desk: Desk | None
) -> list[Observer]:
    """What keeps the stream at its pace, and does what somebody asks for."""
    config, source = begun.config, begun.source
    operators: list[Observer] = []
    pacer = None
    if isinstance(config, PageConfig) and config.live and not source.live:
        pacer = Pacer(is_on=config.pace == "source", stopped=lambda: source.closing)
        operators.append(pacer)
    if desk is not None:
        watcher = None if begun.watched is None else begun.watched.watcher
        controls = Controls(
            desk,
            learner=begun.learner,
            watcher=watcher,
            checkpointer=checkpointer,
            journal=journal,
            pacer=pacer,
            stopped=lambda: source.closing,
        )
        operators.append(controls)
    return operators
