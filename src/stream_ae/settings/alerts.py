"""Where events may go, checked before anything is opened: a web address, a broker, a command."""

import re
import shlex
import shutil
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from stream_ae.settings.redaction import redact_url

MQTT_PORT, MQTTS_PORT = 1883, 8883
"""Where brokers listen, without and with TLS, where no port is said."""

_HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\]"
_BROKER = re.compile(rf"(?:(mqtts?)://)?({_HOST})(?::(\d{{1,5}}))?/?", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\U0010ffff]")  # what no address may hold as it is


class WebAddress(NamedTuple):
    """A web address in the parts that differ in who may see them.

    Args:
        url: all of it but the login; its path and query may be secret.
        origin: scheme, host and port, fit to be shown: many a hook has its secret in the path.
        login: user and password, where it has them.
    """

    url: str
    origin: str
    login: tuple[str, str] | None


class Broker(NamedTuple):
    """Where an MQTT broker is.

    Args:
        host: a name or an address, without brackets.
        port: 1 to 65535.
        tls: whether what is sent is encrypted.
    """

    host: str
    port: int
    tls: bool


def web_address(text: str) -> WebAddress:
    """Take the address of a web hook apart.

    Raises:
        ValueError: it is none; the message shows no secret.

    >>> web_address("https://me:secret@hooks.example:8443/T00/B00").origin
    'https://hooks.example:8443'
    """
    try:
        parts = urlsplit(text)
        is_port = parts.port != 0
    except ValueError:  # also of a port that is no number
        parts, is_port = urlsplit(""), False
    host = parts.hostname or ""
    is_host = re.fullmatch(_HOST, f"[{host}]" if ":" in host else host) is not None
    if not (is_host and is_port and parts.scheme in ("http", "https")) or _UNSEEN.search(text):
        raise ValueError(
            f"must be http(s)://HOST/…, got {_shown(text)!r}; complete it, and percent-encode what"
            " is special"
        )
    place = parts.netloc.rpartition("@")[2]
    login = None
    if parts.username is not None:
        login = unquote(parts.username), unquote(parts.password or "")
    url = parts._replace(netloc=place, fragment="").geturl()
    return WebAddress(url, f"{parts.scheme}://{place}", login)


def broker_address(text: str) -> Broker:
    """Take ``HOST``, ``HOST:PORT`` or ``mqtts://HOST`` (with TLS) apart.

    Raises:
        ValueError: it is none of them.

    >>> broker_address("home.local"), broker_address("mqtts://[fd00::5]")
    (Broker(host='home.local', port=1883, tls=False), Broker(host='fd00::5', port=8883, tls=True))
    """
    found = _BROKER.fullmatch(text)
    port = int(found[3] or 0) if found else 0
    if found is None or port > 65535 or (found[3] and not port):
        raise ValueError(
            f"must be HOST, HOST:PORT or mqtts://HOST[:PORT], got {redact_url(text)!r};"
            " user and password come from the environment"
        )
    tls = (found[1] or "").lower() == "mqtts"
    return Broker(found[2].strip("[]"), port or (MQTTS_PORT if tls else MQTT_PORT), tls)


def command_words(text: str) -> tuple[str, ...]:
    """Split a command into its words as a shell does, and see that there is such a program.

    Raises:
        ValueError: it is empty, a quotation is not closed, or there is no such program.

    >>> command_words("echo 'a b'")
    ('echo', 'a b')
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise ValueError(f"must be a command, got {text!r} ({error}); mend its quotes") from error
    if not words:
        raise ValueError(f"must be a command, got {text!r}; name a program")
    if shutil.which(words[0]) is None:
        raise ValueError(
            f"must be a command, got {text!r}: there is no program {words[0]!r};"
            " give its path, and see that it may be executed"
        )
    return words


def _shown(text: str) -> str:
    """What is shown of an address that may be mistyped: nothing after its host."""
    scheme, slashes, rest = redact_url(text).partition("://")
    place, slash, _ = rest.partition("/")
    return f"{scheme}{slashes}{place}{'/…' if slash else ''}"
