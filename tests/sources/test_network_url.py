from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.errors import SourceError
from stream_ae.sources.network_url import NetworkUrl, may_be_misread, parse_url

WORDS = st.text(min_size=1, max_size=12)


def test_the_parts_of_an_address() -> None:
    url = parse_url("HTTPS://me:a%2Fb@Cam.Local:8443/Live/1.ts?x=1&y=ä#top")
    assert url == NetworkUrl(
        "https", "cam.local", 8443, "/Live/1.ts?x=1&y=%C3%A4", login=("me", "a/b")
    )
    assert url.without_login == "https://cam.local:8443/Live/1.ts?x=1&y=%C3%A4"
    assert url.full == "https://me:a%2Fb@cam.local:8443/Live/1.ts?x=1&y=%C3%A4"


@pytest.mark.parametrize(
    ("url", "without_login"),
    [
        ("rtsp://[::1]:554/live", "rtsp://[::1]:554/live"),
        ("rtsp://10.0.0.5", "rtsp://10.0.0.5"),
        ("rtsps://cam:/live", "rtsps://cam/live"),
        ("http://cam?action=stream", "http://cam?action=stream"),
        ("http://cam/a@2x.m3u8", "http://cam/a@2x.m3u8"),
        ("rtsp://me:p@ss@cam/live", "rtsp://cam/live"),
        ("http://cam/%41b%20c", "http://cam/%41b%20c"),
        ("http://cam/caf\udce9.mp4", "http://cam/caf%E9.mp4"),
    ],
)
def test_what_is_asked_for(url: str, without_login: str) -> None:
    assert parse_url(url).without_login == without_login


@given(user=WORDS, password=WORDS)
def test_a_login_reaches_the_server_whatever_it_holds(user: str, password: str) -> None:
    encoded = f"rtsp://{quote(user, safe='')}:{quote(password, safe='')}@cam:554/live"
    url = parse_url(encoded)
    assert url.login == (user, password)
    assert url.full == encoded


@given(
    before=st.text("abc1%", min_size=1, max_size=4),
    special=st.sampled_from("#/?"),
    after=st.text("abc1#/?@%", max_size=4),
)
def test_a_password_that_was_not_encoded_gets_a_hint_and_is_not_shown(
    before: str, special: str, after: str
) -> None:
    url = f"rtsp://user:SECRET{before}{special}{after}SECRET@cam/live"
    with pytest.raises(SourceError, match="%23, %2F, %3F, %40 and %25") as caught:
        parse_url(url)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("password", ["12/34", "12?34", "12@34", "12%34%", "a%2", "a%zz"])
def test_a_password_that_may_not_be_encoded_is_noticed(password: str) -> None:
    assert may_be_misread(f"rtsp://user:{password}@cam/live")


@pytest.mark.parametrize(
    "url", ["rtsp://user:12@cam/live", "rtsp://u:a%2Fb%40@cam/", "http://cam/a%?b", "http://cam"]
)
def test_what_is_encoded_is_not(url: str) -> None:
    assert not may_be_misread(url)


def test_a_password_of_digits_may_look_like_a_port() -> None:
    with pytest.raises(SourceError, match="%23"):
        parse_url("rtsp://user:12#34@cam/live")


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://",
        "http:///a",
        "ftp://a/b",
        "rtsp://a:99999/b",
        "rtsp://a:b/c",
        "http://a b/",
        "x",
        "http://caf\udce9/",
    ],
)
def test_a_malformed_address(url: str) -> None:
    with pytest.raises(SourceError, match=r"expected rtsp://HOST/.*got.*complete the address"):
        parse_url(url)
