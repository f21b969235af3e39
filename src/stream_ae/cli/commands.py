"""What each command does, from what was asked for to an exit code.

Imported when the arguments have been read, since this loads PyTorch.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stream_ae.cli import bench, fleet, fleet_live
from stream_ae.cli.live import board_beside, say, show_live
from stream_ae.cli.parser import Given
from stream_ae.errors import ConfigError, SourceLostError, StreamAEError
from stream_ae.learning.learner import StreamLearner
from stream_ae.observers.checkpoint import load_latest
from stream_ae.observers.filmstrip import Filmstrip
from stream_ae.observers.findings_curves import FILE as FINDINGS
from stream_ae.observers.progress import log_lines
from stream_ae.reports.html import write_report
from stream_ae.reports.inspection import as_json, inspect_run
from stream_ae.reports.text import describe
from stream_ae.reports.watch import write_watch_report
from stream_ae.runs.config import DemoConfig, TrainConfig, config_from
from stream_ae.runs.folder import read_config
from stream_ae.runs.live_config import LiveConfig
from stream_ae.runs.resume import source_of
from stream_ae.runs.signals import ends_cleanly
from stream_ae.runs.train import run_directory, train
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.settings.redaction import redact_url
from stream_ae.settings.shell import command, program

_log = logging.getLogger("stream_ae")


def do(name: str, given: Given) -> int:
    """Do what a command is for.

    Args:
        name: of the command, as the parser has it.
        given: what was asked for.

    Returns:
        The exit code.
    """
    with log_lines():
        return _COMMANDS[name](given) or 0


def _quick_start(given: Given) -> None:
    chosen = _live if given.pop("mode", "1") == "2" else _demo
    chosen(given)


def _with_source(given: Given) -> Given:
    """What was asked for; a run that is resumed learns its own stream where none is named."""
    directory = given.get("run_dir")
    if "source" in given or not given.get("resume") or not isinstance(directory, Path):
        return given
    source = source_of(directory)
    return given if source is None else {**given, "source": source}


def _named(given: Given) -> Given:
    """What was asked for, with a stream."""
    if "source" not in given:
        raise ConfigError(f"{given['run_dir']} holds no checkpoint of a known stream; name SOURCE")
    return given


def _learned(learner: StreamLearner) -> None:
    """Tell a run that was broken off before its first frame from one that left something."""
    if not learner.frames:
        raise KeyboardInterrupt(
            "interrupted before the first frame; nothing was learned and nothing written"
        )


def _train(given: Given) -> None:
    config = config_from(TrainConfig, _named(_with_source(given)))
    directory = run_directory(config)
    _learned(train(config, directory=directory))
    look = command(program("stream-ae"), "inspect", directory)
    say(config, f"learned into {directory}; look at it with: {look}")


def _demo(given: Given) -> None:
    config = config_from(DemoConfig, _with_source(given))
    directory = run_directory(config)
    filmstrip = Filmstrip()
    with board_beside(config, directory):
        _learned(train(config, directory=directory, observers=[filmstrip]))
    with _reporting(directory):
        report = write_report(directory, filmstrip=filmstrip)
    board = command(program("tensorboard"), "--logdir", directory)
    say(config, f"report:      {report}\ntensorboard: {board}")


@contextmanager
def _reporting(directory: Path) -> Iterator[None]:
    """Let a report be written in peace, and say what to do where it cannot be."""
    try:
        with ends_cleanly(
            lambda: _log.warning("the report is nearly ready; once more to do without")
        ):
            yield
    except OSError as error:
        again = command("--resume", "--run-dir", directory)
        raise StreamAEError(
            f"cannot write the report: {error}; what was learned is saved, so make room and run"
            f" it again with {again}"
        ) from error


def _live(given: Given) -> None:
    config = config_from(LiveConfig, _with_source(given))
    _observe(config)


def _watch(given: Given) -> None:
    config = config_from(WatchConfig, _named(_with_source(given)))
    if config.run is not None:
        config = config.begun_from(load_latest(config.run, quiet=True)[0]["settings"])
    _observe(config)


def _observe(config: WatchConfig) -> None:
    """Watch a stream, on a page if that is asked for, and write the report."""
    directory = run_directory(config)
    begin = show_live if config.live else train
    try:
        _learned(begin(config, directory=directory))
    except SourceLostError:
        _tell(directory, config)  # what was seen until then
        raise
    _tell(directory, config)


def _tell(directory: Path, config: WatchConfig) -> None:
    """Write the report of a watched run, and say the first line of it."""
    if not (directory / FINDINGS).exists():
        return
    with _reporting(directory):
        written = read_config(directory)  # a resumed run is as private as it was begun
        report = write_watch_report(
            directory,
            source=redact_url(config.source),
            private=bool(written.get("private")),
            live=bool(written.get("live")),
        )
    say(config, f"{report.headline}\nreport: {report.path}")


def _inspect(given: Given) -> None:
    directory = Path(str(given["run"]))
    if given.get("json"):
        print(as_json(inspect_run(directory)))
    else:
        print(describe(directory, plain=not _has_braille(sys.stdout.encoding)))


def _has_braille(encoding: str) -> bool:
    return encoding.lower().replace("-", "").startswith("utf")


_COMMANDS: dict[str, Callable[[Given], int | None]] = {
    "train": _train,
    "demo": _demo,
    "live": _live,
    "watch": _watch,
    "inspect": _inspect,
    "quick start": _quick_start,
    "fleet start": fleet.start,
    "fleet status": fleet.status,
    "fleet live": fleet_live.live,
    "fleet add": fleet.add,
    "fleet remove": fleet.remove,
    "fleet restart": fleet.restart,
    "fleet stop": fleet.stop,
    "bench learning": bench.learning,
    "bench speed": bench.speed,
    "bench foreground": bench.foreground,
    "bench novelty": bench.novelty,
    "bench optimizers": bench.optimizers,
    "bench fleet": bench.fleet,
    "bench outages": bench.outages,
    "bench compare": bench.against,
    "bench results": bench.results,
}
