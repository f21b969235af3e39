"""One POST of one alert: signed, sent to that address and no other, and what the answer means.

The signature is that of Standard Webhooks 1.0.0 (standardwebhooks.com), so that a receiver finds a
library for it in its own language.
"""

import base64
import hashlib
import hmac
import ssl
import time
import urllib.request
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from urllib.error import URLError

from stream_ae.observers.alerts.alert import Alert
from stream_ae.settings.alerts import WebAddress
from stream_ae.settings.release import release

_ASKED_FOR_LATER = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
)
_LONGEST_WAIT = 3600.0  # seconds that a Retry-After may ask for
_IN_BASE64 = "whsec_"


class PostFailedError(Exception):
    """It did not arrive, and may do so later.

    Args:
        reason: in one line, without the address.
        answered: whether the server was there; another alert may please it more.
        wait: seconds that it asks to wait; 0 where it asks for nothing.
    """

    def __init__(self, reason: str, *, answered: bool = False, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.answered, self.wait = answered, wait


class PostRefusedError(Exception):
    """The server will not take it, however often it is sent."""


class Post:
    """Sends alerts to one address. A redirection is not followed: what is signed goes there only.

    Args:
        to: the address.
        secret: signs each alert; None leaves it unsigned.
    """

    def __init__(self, to: WebAddress, *, secret: str | None) -> None:
        self._to, self._secret, self._opener = to, secret, _opener()
        self._headers = {"Content-Type": "application/json", "User-Agent": f"stream-ae/{release()}"}
        if to.login is not None:
            login = base64.b64encode(":".join(to.login).encode()).decode()
            self._headers["Authorization"] = f"Basic {login}"

    def __call__(self, alert: Alert, /, *, timeout: float) -> None:
        """Send one.

        Args:
            alert: what is sent.
            timeout: seconds to wait for the connection, and for each part of the answer.

        Raises:
            PostFailedError: it did not arrive: no connection or answer, 408, 425, 429 or 5xx.
            PostRefusedError: any other answer that is not 2xx.
        """
        now = str(int(time.time()))
        headers = {**self._headers, "webhook-id": alert.id, "webhook-timestamp": now}
        if self._secret is not None:
            headers["webhook-signature"] = signature(
                alert.body, id=alert.id, timestamp=now, secret=self._secret
            )
        request = urllib.request.Request(
            self._to.url, data=alert.body, headers=headers, method="POST"
        )
        try:
            with self._opener.open(request, timeout=timeout) as response:
                status, wait = response.status, _wait(response.headers.get("Retry-After", ""))
        except (OSError, HTTPException, ValueError) as error:
            raise PostFailedError(_in_words(error)) from None
        if 200 <= status < 300:
            return
        answer = f"the server answered {status}"
        if status in _ASKED_FOR_LATER or status >= 500:
            raise PostFailedError(answer, answered=True, wait=wait)
        raise PostRefusedError(answer)


def signature(body: bytes, *, id: str, timestamp: str, secret: str) -> str:
    """``v1,base64(HMAC-SHA256(secret, id.timestamp.body))``, the header ``webhook-signature``.

    Args:
        body: what is sent, byte for byte.
        id: the header ``webhook-id``.
        timestamp: the header ``webhook-timestamp``, seconds since 1970.
        secret: any text; one that begins with ``whsec_`` is bytes in base64 after that.

    Raises:
        ValueError: what follows ``whsec_`` is no base64.

    >>> signature(b"{}", id="msg_1", timestamp="1674087231", secret="whsec_c2VjcmV0")
    'v1,299AHAFlDdA/rU0aTOq+IJEc1vm5uzOXtMuTIv0RYbo='
    """
    if secret.startswith(_IN_BASE64):
        try:
            key = base64.b64decode(secret.removeprefix(_IN_BASE64), validate=True)
        except ValueError as error:
            raise ValueError(f"a secret after {_IN_BASE64} must be base64; mend it") from error
    else:
        key = secret.encode(errors="surrogateescape")
    signed = f"{id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def _opener() -> urllib.request.OpenerDirector:
    """What opens addresses through the proxy of the environment, and follows nothing."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _wait(retry_after: str) -> float:
    """Seconds that a ``Retry-After`` asks for (RFC 9110, 10.2.3), up to an hour."""
    try:
        if retry_after.isdecimal():
            seconds = float(retry_after)
        else:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(0.0, seconds), _LONGEST_WAIT)


def _in_words(error: Exception) -> str:
    """Why it did not arrive, without the address, which may hold a secret."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {reason.verify_message}"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror[:1].lower() + reason.strerror[1:]
    return "the server hung up, or its answer is no HTTP"
