"""The watching part of a run: what is known at its beginning, and who is told of what is found."""

from collections.abc import Sequence
from pathlib import Path

from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.watcher import Watcher
from stream_ae.observers.alerts import EventCommand, Mqtt, Webhook
from stream_ae.observers.checkpoint import load_latest
from stream_ae.observers.clips import Clips
from stream_ae.observers.event_lines import EventLines
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.findings_curves import FindingsCurves
from stream_ae.observers.findings_scalars import FindingsScalars
from stream_ae.observers.journal import Journal
from stream_ae.observers.mask_files import MaskFiles
from stream_ae.observers.score_lines import ScoreLines
from stream_ae.observers.tensorboard.board import Board
from stream_ae.observers.tensorboard.findings_board import FindingsBoard
from stream_ae.observers.thumbnails import Thumbnails
from stream_ae.observers.watching import Watching
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.sources.address import source_name
from stream_ae.sources.base import Source
from stream_ae.storage.state_file import SavedState

_LEARNED = ("model", "optimizer", "updater", "random")
"""Entries of a learner's state that hold for any stream; the others are about the one learned."""


class Watched:
    """Watching, set up as a run asks for it.

    Args:
        config: of the run.

    Raises:
        CheckpointError: the run to begin with has no state that can be used.
    """

    def __init__(self, config: WatchConfig) -> None:
        self._config = config
        self.watcher = Watcher(absorb=config.absorb, zones=config.zones(), seed=config.seed)
        self._known = None if config.run is None else load_latest(config.run)[0]

    def begin(self, learner: StreamLearner, *, saved: SavedState | None) -> None:
        """Take up what is known: of the same run if it is resumed, else of the one named by it.

        Args:
            learner: of the run; one that is resumed has its state already.
            saved: the state of the run that is resumed; None at its beginning.
        """
        if saved is not None:
            self.watcher.frames = learner.frames  # of a run that was only trained
            if "watcher" in saved:
                self.watcher.load_state_dict(saved["watcher"])
        elif self._known is not None:
            learned = {name: self._known["learner"][name] for name in _LEARNED}
            learner.load_state_dict({**learner.state_dict(), **learned})
            if "watcher" in self._known:
                self.watcher.load_scene(self._known["watcher"])

    def observer(
        self,
        directory: Path,
        *,
        source: Source,
        journal: Journal,
        board: Board | None,
        also: Sequence[FindingsObserver] = (),
        resumed_at: int,
    ) -> Watching:
        """What watches each step and tells of it.

        Args:
            directory: the run folder.
            source: the stream, not yet read from.
            journal: of the run, told of each step after this observer.
            board: likewise, and closed after it; None where the run has none.
            also: others who are told of all findings.
            resumed_at: the frame that the run is resumed at.

        Raises:
            ConfigError: clips are asked for of a stream that has none.
        """
        config = self._config
        told: list[FindingsObserver] = [
            EventLines(journal),
            FindingsCurves(directory, resumed_at=resumed_at),
            FindingsScalars([journal] if board is None else [journal, board]),
        ]
        if not config.private:
            told.append(Thumbnails(directory))
            if board is not None:
                told.append(FindingsBoard(board))
        if config.masks is not None:
            told.append(MaskFiles(config.masks))
        if config.scores is not None:
            told.append(ScoreLines(config.scores, resumed_at=resumed_at))
        if config.clips:
            told.append(Clips(directory, source=source))
        told += [*_alerts(config, directory), *also]
        knows = not config.frozen or config.run is not None or resumed_at > 0
        return Watching(self.watcher, told, with_latents=knows)


def _alerts(config: WatchConfig, directory: Path) -> list[FindingsObserver]:
    """Where events go besides the run folder."""
    source, run = source_name(config.source), directory.resolve().name
    alerts: list[FindingsObserver] = []
    if config.webhook is not None:
        alerts.append(Webhook(config.webhook, directory=directory, source=source))
    if config.mqtt is not None:
        alerts.append(Mqtt(config.mqtt, source=source, run=run))
    if config.on_event is not None:
        alerts.append(EventCommand(config.on_event, source=source, run=run))
    return alerts
