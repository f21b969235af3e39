import pytest

from stream_ae.sources.refusal import refusal


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (401, "the server answered 401 Unauthorized; are user and password right? write #, /,"),
        (403, "the server answered 403 Forbidden; may this user see it?"),
        (404, "the server answered 404 Not Found; is the path right?"),
        (461, "the server answered 461"),
        (503, "the server answered 503 Service Unavailable"),
        (302, "the server answered 302 and sends us on without end; is the address right?"),
    ],
)
def test_what_the_server_answered_is_named(code: int, said: str) -> None:
    assert refusal(code).startswith(said)
