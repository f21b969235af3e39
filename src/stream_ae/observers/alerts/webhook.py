"""Each event to a web address: signed, and kept on disk until it has arrived."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from stream_ae.detection.findings import Findings
from stream_ae.errors import ConfigError
from stream_ae.frame import Frame
from stream_ae.observers.alerts.alert import Alert, alerts
from stream_ae.observers.alerts.courier import Courier
from stream_ae.observers.alerts.outbox import Outbox
from stream_ae.observers.alerts.post import Post, signature
from stream_ae.observers.findings import FindingsObserver
from stream_ae.settings.alerts import web_address

SECRET = "STREAM_AE_WEBHOOK_SECRET"
"""The environment variable that holds what events are signed with."""

_log = logging.getLogger("stream_ae")


class Webhook(FindingsObserver):
    """POST each event as JSON to a web address, from a thread of its own.

    What does not arrive is tried again, after growing pauses or when the server says. Until then
    it waits in ``alerts/webhook`` of the run folder, at most
    :data:`~stream_ae.observers.alerts.outbox.MOST_WAITING` events, also for the next start of the
    run. The secret of :data:`SECRET` signs each; without one nothing is signed.

    Args:
        url: ``http(s)://HOST/…``, where needed with ``USER:PASSWORD@``.
        directory: the run folder.
        source: a short name of the stream, for the receiver.

    Raises:
        ValueError: that is no web address.
        ConfigError: the secret is empty, or should be base64 and is not.
    """

    def __init__(self, url: str, *, directory: Path, source: str) -> None:
        address, secret = web_address(url), _secret()
        self._source, self._run = source, directory.resolve().name
        self._outbox = Outbox(directory / "alerts" / "webhook")
        self._courier = Courier(
            self._outbox,
            Post(address, secret=secret),
            to=f"the webhook at {address.origin}",
        )

    def on_findings(self, findings: Findings, frame: Frame) -> None:  # noqa: ARG002
        """Put each event into the queue; the first call also sends what waits from before.

        Raises:
            OSError: an event cannot be kept on disk; it is sent all the same.
        """
        self.tell(alerts(findings, source=self._source, run=self._run))

    def tell(self, told: Sequence[Alert]) -> None:
        """Likewise, of events that are made already.

        Raises:
            OSError: as there.
        """
        dropped, failure = 0, None
        for alert in told:
            try:
                dropped += self._outbox.put(alert)
            except OSError as error:
                failure = error
        if len(self._outbox):
            self._courier.wake()
        if dropped:
            _log.warning("dropped %d of the oldest events: too many wait for the webhook", dropped)
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Try what is left for a few seconds; the rest waits for the next start."""
        self._courier.close()


def _secret() -> str | None:
    """What events are signed with, tried once."""
    secret = os.environ.get(SECRET)
    if secret is None:
        return None
    if not secret:
        raise ConfigError(f"{SECRET} must hold a secret, got nothing; unset it to sign no event")
    try:
        signature(b"", id="", timestamp="", secret=secret)
    except ValueError as error:
        raise ConfigError(f"{SECRET}: {error}, or take any other text") from error
    return secret
