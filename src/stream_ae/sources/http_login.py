"""User and password over HTTP, given only when asked for: Basic (RFC 7617) and Digest (RFC 7616).

The standard library looks at the first of several challenges only, and knows no SHA-256; cameras
offer several.
"""

import base64
import hashlib
import re
import secrets
import urllib.request
from email.message import Message
from http.client import HTTPResponse
from itertools import zip_longest
from urllib.parse import urlsplit

from stream_ae.sources.network_url import NetworkUrl

_CHALLENGE = re.compile(r"(?:^|,)\s*([\w-]+)(?=\s+[\w-]+\s*=|\s*(?:,|$))")
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
_HASHES = {"MD5": "md5", "SHA": "sha1", "SHA-256": "sha256"}
_FIRST_TIME = "00000001"  # that this nonce is used; each request gets another
_PORTS = {"http": 80, "https": 443}


class LoginHandler(urllib.request.BaseHandler):
    """Answers 401 once a request, on the server that the address names and on no other.

    Many a camera sends on to https, so that is the same server.

    Args:
        url: with user and password.
    """

    def __init__(self, url: NetworkUrl) -> None:
        self._url = url

    def http_error_401(self, request: urllib.request.Request, *answer: object) -> object:
        """Ask again with what was asked for; None if it was given, or is not for this server.

        Raises:
            ValueError: none of the ways in that the server offers is known.
        """
        refusal, head = answer[0], answer[-1]
        if not isinstance(head, Message) or not self._is_ours(request.full_url):
            return None
        if request.has_header("Authorization"):
            return None
        offered = challenges(head.get_all("WWW-Authenticate", []))
        answers = [self._answer(request, *challenge) for challenge in offered]
        known = sorted(filter(None, answers), key=lambda text: text.startswith("Basic"))
        if not known:
            raise ValueError("no login that is known")
        if isinstance(refusal, HTTPResponse):
            refusal.close()
        header = known[0].encode().decode("latin-1")  # as the library encodes it
        request.add_unredirected_header("Authorization", header)
        return self.parent.open(request, timeout=request.timeout)

    def _is_ours(self, url: str) -> bool:
        there, ours = urlsplit(url), urlsplit(self._url.without_login)
        place = (there.scheme, there.port or _PORTS[there.scheme])
        own = (ours.scheme, ours.port or _PORTS[ours.scheme])
        return there.hostname == ours.hostname and place in (own, ("https", 443))

    def _answer(
        self, request: urllib.request.Request, scheme: str, asked: dict[str, str]
    ) -> str | None:
        user, password = self._url.login or ("", "")
        if scheme == "basic":
            return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
        if scheme != "digest":
            return None
        return digest(user, password, asked=asked, what=(request.get_method(), request.selector))


def challenges(headers: list[str]) -> list[tuple[str, dict[str, str]]]:
    """The ways in that a server offers: each a scheme in small letters, and what it asks.

    >>> challenges(['Basic realm="a", Digest realm="b", nonce=c', "Negotiate"])
    [('basic', {'realm': 'a'}), ('digest', {'realm': 'b', 'nonce': 'c'}), ('negotiate', {})]
    """
    found = []
    for header in headers:
        starts = [*_CHALLENGE.finditer(header)]
        for start, after in zip_longest(starts, starts[1:]):
            end = after.start() if after else len(header)
            parameters = _PARAMETER.findall(header[start.end() : end])
            asked = {name.lower(): quoted or plain for name, quoted, plain in parameters}
            found.append((start[1].lower(), asked))
    return found


def digest(user: str, password: str, *, asked: dict[str, str], what: tuple[str, str]) -> str | None:
    """The answer to a Digest challenge; None to one of an unknown kind.

    Args:
        user: as the server knows it.
        password: likewise.
        asked: the parameters of the challenge.
        what: method and path of the request.
    """
    algorithm = asked.get("algorithm", "MD5")
    name = _HASHES.get(algorithm.upper().removesuffix("-SESS"))
    has_quality = "qop" in asked
    if name is None or (has_quality and "auth" not in re.split(r"[\s,]+", asked["qop"])):
        return None

    def hashed(*words: str) -> str:
        return hashlib.new(name, ":".join(words).encode(), usedforsecurity=False).hexdigest()

    realm, nonce, once = asked.get("realm", ""), asked.get("nonce", ""), secrets.token_hex(8)
    secret = hashed(user, realm, password)
    if algorithm.upper().endswith("-SESS"):
        secret = hashed(secret, nonce, once)
    quality = (_FIRST_TIME, once, "auth") if has_quality else ()
    response = hashed(secret, nonce, *quality, hashed(*what))
    quoted = {"username": user, "realm": realm, "nonce": nonce, "uri": what[1]}
    parts = [f'{key}="{value}"' for key, value in quoted.items()]
    parts += [f'response="{response}"', f"algorithm={algorithm}"]
    if "opaque" in asked:
        parts.append(f'opaque="{asked["opaque"]}"')
    if has_quality:
        parts.append(f'qop=auth, nc={_FIRST_TIME}, cnonce="{once}"')
    return f"Digest {', '.join(parts)}"
