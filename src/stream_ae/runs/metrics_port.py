"""The port at which a run tells of itself, if it was asked for."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from stream_ae.observers.exporter.pages import METRICS, Pages
from stream_ae.observers.exporter.server import PortServer
from stream_ae.runs.config import TrainConfig
from stream_ae.settings.redaction import redact_url
from stream_ae.settings.release import release

_log = logging.getLogger("stream_ae")


@contextmanager
def metrics_port(config: TrainConfig) -> Iterator[Pages | None]:
    """Serve the pages of a run within a ``with`` block; None where no port was asked for.

    Raises:
        ConfigError: the port is taken, or the host is no address of this machine.
        MissingExtraError: prometheus-client is not installed.
    """
    if config.metrics_port is None:
        yield None
        return
    about = {"source": redact_url(config.source), "optimizer": config.optimizer}
    pages = Pages({**about, "version": release()})
    with PortServer(config.metrics_host, config.metrics_port, page=pages.page) as server:
        _log.info("metrics: %s%s", server.url, METRICS)
        yield pages
