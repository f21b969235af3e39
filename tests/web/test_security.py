import pytest

from stream_ae.web.security import HEADERS, Guard

OPEN = Guard(None, secure=False)
CLOSED = Guard("open sesame", names=["Cam.Example"], secure=True)


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("127.0.0.1:8765", True),
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("[::1]:8765", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("10.0.0.5:8765", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_a_page_of_this_machine_answers_to_its_names_only(host: str, is_known: bool) -> None:
    assert OPEN.knows_host(host) is is_known


@pytest.mark.parametrize(
    ("host", "is_known"),
    [("cam.example", True), ("10.0.0.5:8765", True), ("[fe80::1]", True), ("other.example", False)],
)
def test_one_with_a_token_answers_to_addresses_and_to_the_names_it_was_given(
    host: str, is_known: bool
) -> None:
    assert CLOSED.knows_host(host) is is_known


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        (None, "localhost:8765", True),
        ("http://localhost:8765", "localhost:8765", True),
        ("https://cam.example", "cam.example", True),
        ("http://localhost:9999", "localhost:8765", False),
        ("https://evil.example", "localhost:8765", False),
        ("null", "localhost:8765", False),
    ],
)
def test_a_script_of_another_page_is_no_own(origin: str | None, host: str, is_own: bool) -> None:
    assert OPEN.is_own(origin, host) is is_own


def test_the_token_opens_and_its_cookie_does_and_nothing_else() -> None:
    assert CLOSED.is_token("open sesame")
    assert not CLOSED.is_token("open sesam")
    assert not CLOSED.is_token("")
    assert CLOSED.is_known({"stream_ae_page": CLOSED.cookie()})
    assert not CLOSED.is_known({"stream_ae_page": "open sesame"})
    assert not CLOSED.is_known({})
    assert "sesame" not in CLOSED.cookie()
    assert CLOSED.cookie() != Guard("open sesamE", secure=True).cookie()


def test_without_a_token_everybody_is_known() -> None:
    assert OPEN.is_known({})
    assert OPEN.is_token("whatever")


def test_no_script_or_style_may_stand_in_a_page_and_nothing_comes_from_elsewhere() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert policy.startswith("default-src 'none'")
