"""The address of a network stream in its parts, checked before anything is asked of a server.

RFC 3986: schemes and hosts may be in capitals; ``#``, ``/`` and ``?`` end the host. A password that
holds one of them has to be percent-encoded. What was forgotten there is the most common fault of a
camera's address, so it has an error of its own.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from stream_ae.errors import SourceError
from stream_ae.settings.redaction import redact_url

ENCODING = "write #, /, ?, @ and % in a password as %23, %2F, %3F, %40 and %25"
"""What to do about a password with special characters."""

_AS_BYTES = "surrogateescape"  # what is typed in may be no text
_IN_A_PATH = "%/:=&?~+!$,;'@()*[]|"
_PARTS = re.compile(
    r"(?P<scheme>(?:rtsp|http)s?)://(?:(?P<login>[^/?#]*)@)?"
    r"(?P<host>\[[^\]/?#@]*\]|[^:/?#@\[\]]+)(?::(?P<port>\d*))?(?P<path>[/?][^#]*)?(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class NetworkUrl:
    """An address of the form ``scheme://user:password@host:port/path``.

    Args:
        scheme: in small letters.
        host: with its brackets, where it is an IPv6 address.
        port: None for the usual one of the scheme.
        path: from the first ``/`` or ``?`` on, with the query, percent-encoded.
        login: user and password as the server knows them; None where there is none.
    """

    scheme: str
    host: str
    port: int | None
    path: str
    login: tuple[str, str] | None

    @property
    def without_login(self) -> str:
        """The address without user and password."""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"

    @property
    def full(self) -> str:
        """The address with user and password, each character of them that may be one encoded."""
        if self.login is None:
            return self.without_login
        user, password = (quote(part, safe="", errors=_AS_BYTES) for part in self.login)
        scheme, _, rest = self.without_login.partition("://")
        return f"{scheme}://{user}:{password}@{rest}"


def parse_url(url: str) -> NetworkUrl:
    """Take an address apart.

    Raises:
        SourceError: it is malformed; the message shows no password.

    >>> parse_url("RTSP://me:p%40ss@Cam:554/live#top").without_login
    'rtsp://cam:554/live'
    """
    shown = redact_url(url)
    fragment = url.partition("#")[2]
    parts = _PARTS.fullmatch(url)
    if "@" in fragment or (parts is None and re.match(r"\w+://[^/?#]*[/?#].*@", url, re.DOTALL)):
        raise SourceError(
            f"expected SCHEME://USER:PASSWORD@HOST/…, got {shown!r}, whose password holds"
            f" a #, / or ?; {ENCODING}"
        )
    port = int(parts["port"] or 0) if parts else 0
    if parts is None or port > 65535 or re.search(r"[\x00-\x20\x7f\udc80-\udcff]", parts["host"]):
        raise SourceError(
            f"expected rtsp://HOST/…, http(s)://HOST/… or webcam:NUMBER, got {shown!r};"
            " complete the address"
        )
    login = None
    if parts["login"] is not None:
        user, _, password = parts["login"].partition(":")
        login = (unquote(user), unquote(password))
    path = quote(parts["path"] or "", safe=_IN_A_PATH, errors=_AS_BYTES)
    return NetworkUrl(parts["scheme"].lower(), parts["host"].lower(), port or None, path, login)


def may_be_misread(url: str) -> bool:
    """Whether a password may not have been encoded: of ``@`` and ``%`` that is a guess."""
    login, at, _ = url.partition("://")[2].rpartition("@")
    return at != "" and re.search(r"[/?#@]|%(?![0-9a-f]{2})", login, re.IGNORECASE) is not None
