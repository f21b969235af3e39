"""What a server's refusal means, over HTTP and RTSP, which share their numbers (RFC 9110, 2326)."""

from http import HTTPStatus

from stream_ae.sources.network_url import ENCODING

_ADVICE = {
    401: f"are user and password right? {ENCODING}",
    403: "may this user see it?",
    404: "is the path right?",
}


def refusal(code: int) -> str:
    """What a server answered and, for the usual ones, what to do about it.

    Args:
        code: 300 to 599.

    >>> refusal(403)
    'the server answered 403 Forbidden; may this user see it?'
    """
    if 300 <= code < 400:
        return f"the server answered {code} and sends us on without end; is the address right?"
    phrase = HTTPStatus(code).phrase if code in set(HTTPStatus) else ""
    advice = f"; {_ADVICE[code]}" if code in _ADVICE else ""
    return f"the server answered {code} {phrase}".rstrip() + advice
