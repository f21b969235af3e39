"""A run with its page in the browser, and TensorBoard beside it."""

import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from urllib.parse import quote

from stream_ae.learning.learner import StreamLearner
from stream_ae.observers.exporter.pages import Saves
from stream_ae.observers.tensorboard.server import BoardServer
from stream_ae.runs.begun import Begun
from stream_ae.runs.config import TrainConfig
from stream_ae.runs.signals import wait_for_end
from stream_ae.runs.train import train
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.settings.redaction import redact_url
from stream_ae.settings.release import release
from stream_ae.sources.address import source_name
from stream_ae.web.page import LivePage
from stream_ae.web.process import PageServer, PageSettings


def show_live(config: WatchConfig, *, directory: Path) -> StreamLearner:
    """Learn a stream into a run folder while its page is served, and for as long as somebody wants.

    Args:
        config: of the run, with where its page is served.
        directory: the run folder.

    Returns:
        The learner, once the stream has ended and, of a recorded one, Ctrl-C has come.

    Raises:
        ConfigError: a port is taken or a host is no address of this machine.
        StreamAEError: whatever else ends a run before its time; what was learned is saved.
    """
    stopped = Event()
    with ExitStack() as stack:
        board = stack.enter_context(board_beside(config, directory))
        known = _known(config, board=board)
        page = stack.enter_context(PageServer(directory, page_settings(config), run=known))
        say_where(page, config)

        def guests(begun: Begun, _: Saves) -> list[LivePage]:
            return [LivePage(page, begun)]

        learner = train(
            config,
            directory=directory,
            guests=guests,
            desk=page if config.controls else None,
            stopped=stopped,
        )
        if learner.frames and not (config.frames or stopped.is_set()):
            say(config, "the stream has ended; the page stays until Ctrl-C")
            wait_for_end(lambda: page.is_running)
    return learner


@contextmanager
def board_beside(config: TrainConfig, directory: Path) -> Iterator[str | None]:
    """TensorBoard for as long as the ``with`` block runs, which does not wait until it answers.

    Yields:
        Its address; None for a run that writes nothing for it.
    """
    if not config.tensorboard:
        yield None
        return
    with BoardServer(directory, wait=False) as board:
        say(config, f"TensorBoard: {board.url}")
        yield board.url


def say_where(page: PageServer, config: WatchConfig) -> None:
    """Tell a person where a page is, and open it if that is asked for."""
    entry = page.url if config.token is None else f"{page.url}?token={quote(config.token)}"
    say(config, f"watch it at {entry} (Ctrl-C ends it)")
    if config.open:
        webbrowser.open(entry)


def say(config: TrainConfig, text: str) -> None:
    """Tell a person; the standard output is a program's where JSON was asked for."""
    print(text, file=sys.stderr if config.log_format == "json" else sys.stdout, flush=True)


def page_settings(config: WatchConfig) -> PageSettings:
    """Where the page of a run is served, and to whom."""
    return PageSettings(
        host=config.host,
        port=config.port,
        token=config.token,
        names=config.allow_host,
        root_path=config.root_path,
        certfile=config.certfile,
        keyfile=config.keyfile,
    )


def _known(config: WatchConfig, *, board: str | None) -> dict[str, object]:
    """What the page says of the run before its first frame."""
    return {
        "source": redact_url(config.source),
        "title": source_name(config.source),
        "private": config.private,
        "controls": config.controls,
        "frozen": config.frozen,
        "pace": config.pace,
        "began": time.time(),
        "board": board,
        "version": release(),
        "ended": False,
    }
