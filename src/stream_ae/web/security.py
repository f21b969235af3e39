"""Who may look: the token, the cookie after it, the names that the page answers to.

A page on this machine can be reached by any web site that the user's browser has open: a form can
be posted to it, and a name of the attacker's can be made to mean 127.0.0.1 (DNS rebinding). So the
``Host`` of every request must be a name of ours, and the ``Origin`` of what a script asks for must
be the page's own.
"""

import hmac
import ipaddress
from collections.abc import Collection, Mapping
from hashlib import sha256
from urllib.parse import urlsplit

COOKIE = "stream_ae_page"
"""Name of the cookie that stands for the token."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with less a browser posts the token without its origin
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What every answer has."""

_OUR_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """Says what a request may do.

    Args:
        token: that whoever looks must know; None lets everybody in.
        names: that the page answers to besides those of this machine's own loopback.
        secure: whether it is served with TLS.
    """

    def __init__(self, token: str | None, *, names: Collection[str] = (), secure: bool) -> None:
        self._token = None if token is None else token.encode()
        self._names = _OUR_NAMES | {name.lower().strip("[]") for name in names}
        self.secure = secure

    def knows_host(self, host: str) -> bool:
        """Whether a ``Host`` header names this page; a plain address of a host always does.

        Only a name can be made to mean another machine; whoever writes an address means it. On an
        address that others can reach a token is needed besides.
        """
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        return name in self._names or (self._token is not None and _is_address(name))

    def is_own(self, origin: str | None, host: str) -> bool:
        """Whether what a browser's script asks for comes from the page itself.

        Args:
            origin: the ``Origin`` header; None of what is no browser.
            host: the ``Host`` header.
        """
        return origin is None or urlsplit(origin).netloc.lower() == host.lower()

    def is_token(self, token: str) -> bool:
        """Whether that is the token; takes as long whatever it is."""
        return self._token is None or hmac.compare_digest(self._token, token.encode())

    def is_known(self, cookies: Mapping[str, str]) -> bool:
        """Whether a request comes from somebody who has shown the token before."""
        return self._token is None or hmac.compare_digest(
            self.cookie().encode(), cookies.get(COOKIE, "").encode()
        )

    def cookie(self) -> str:
        """The cookie's value: made of the token, which cannot be had from it."""
        return hmac.new(self._token or b"", b"stream-ae live page", sha256).hexdigest()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
