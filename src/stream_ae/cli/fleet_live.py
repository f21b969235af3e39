"""``stream-ae fleet live``: a fleet in the browser, its metrics on a port, its events sent on."""

import logging
import time
from contextlib import ExitStack
from pathlib import Path

from stream_ae.cli.fleet import fleet_of
from stream_ae.cli.live import page_settings, say, say_where
from stream_ae.cli.parser import Given
from stream_ae.errors import ConfigError
from stream_ae.fleet.delivery import Delivery
from stream_ae.fleet.metrics import FleetPages
from stream_ae.fleet.store import is_store
from stream_ae.fleet.view import View
from stream_ae.observers.exporter.pages import METRICS
from stream_ae.observers.exporter.server import PortServer
from stream_ae.runs.config import config_from
from stream_ae.runs.live_config import LiveConfig
from stream_ae.runs.signals import wait_for_end
from stream_ae.settings.release import release
from stream_ae.web.process import PageServer

_OF_THE_FLEET = {"name", "address", "outbox"}
_log = logging.getLogger("stream_ae")


def live(given: Given) -> None:
    """Show a fleet until Ctrl-C, or until it is stopped; learning goes on either way."""
    options = {name: value for name, value in given.items() if name not in _OF_THE_FLEET}
    config = config_from(LiveConfig, options)
    with fleet_of(given) as fleet, ExitStack() as stack:
        runs = fleet.runs()
        delivery = pages = None
        if config.webhook or config.mqtt or config.on_event:
            outbox = outbox_of(given, runs=runs, fleet=fleet.name)
            delivery = stack.enter_context(Delivery(outbox, fleet=fleet.name, config=config))
        if config.metrics_port is not None:
            pages = FleetPages({"fleet": fleet.name, "version": release()})
            port = PortServer(config.metrics_host, config.metrics_port, page=pages.page)
            _log.info("metrics: %s%s", stack.enter_context(port).url, METRICS)
        about = {
            "fleet": fleet.name,
            "title": fleet.name,
            "private": False,
            "ended": False,
            "began": time.time(),
            "version": release(),
        }
        page = PageServer(Path(runs), page_settings(config), run=about)
        view = View(fleet, stack.enter_context(page), runs=runs, pages=pages, delivery=delivery)
        say_where(page, config)
        try:
            wait_for_end(view.turn)
        except ConfigError:
            say(config, "the fleet, or its cluster, has ended; so this ends, too")


def outbox_of(given: Given, *, runs: str, fleet: str) -> Path:
    """The folder that remembers which events were handed over.

    Args:
        given: the options.
        runs: the folder of all run folders, or an object store.
        fleet: the name of the fleet.

    Raises:
        ConfigError: the runs lie in an object store, and no folder is named.
    """
    if "outbox" in given:
        return Path(str(given["outbox"]))
    if is_store(runs):
        raise ConfigError(
            f"--outbox must be a folder on this machine, since the runs are in {runs}, got none;"
            " name one"
        )
    return Path(runs) / f"{fleet}.outbox"
