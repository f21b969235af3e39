import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_ae.settings.redaction import redact_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://10.0.0.5/live", "rtsp://10.0.0.5/live"),
        ("rtsp://user:secret@10.0.0.5:554/live", "rtsp://user:***@10.0.0.5:554/live"),
        ("http://secret@cam/live", "http://***@cam/live"),
        ("http://cam/a?user=me&pwd=secret&x=1", "http://cam/a?user=me&pwd=***&x=1"),
        ("http://cam/a?Access_Token=secret#top", "http://cam/a?Access_Token=***#top"),
        ("rtsp://user:s@e:c/r?e#t@cam", "rtsp://user:***@cam"),
        ("webcam:0", "webcam:0"),
    ],
)
def test_what_is_shown_of_an_address(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@settings(max_examples=50)
@given(password=st.text(min_size=8), user=st.from_regex(r"[a-z]{1,6}", fullmatch=True))
def test_no_password_whatever_is_shown(password: str, user: str) -> None:
    assert redact_url(f"rtsp://{user}:{password}@cam/live") == f"rtsp://{user}:***@cam/live"


@pytest.mark.parametrize("name", ["pass", "password", "pwd", "token", "secret", "apikey", "auth"])
def test_the_value_of_a_secret_parameter_is_hidden_and_nothing_else(name: str) -> None:
    for query in (f"?{name}=%s&size=4", f"?size=4&{name.upper()}=%s"):
        assert redact_url(f"http://cam/a{query % 'hidden'}") == f"http://cam/a{query % '***'}"


@given(st.text(), st.sampled_from(["", "://", "@", ":"]))
def test_what_is_redacted_stays_as_it_is(text: str, middle: str) -> None:
    shown = redact_url(text + middle + text)
    assert redact_url(shown) == shown
