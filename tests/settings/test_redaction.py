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
        ("http://cam/a?Access_Token=sec#ret", "http://cam/a?Access_Token=***"),
        ("http://cam/a?size=4#token=secret", "http://cam/a?size=4#token=***"),
        ("rtsp:/user:secret@cam/live", "rtsp:/user:***@cam/live"),
        ("rtsp//user:secret@cam/live", "rtsp//user:***@cam/live"),
        ("https:user:secret@cam/live", "https:user:***@cam/live"),
        ("rtsp:/secret@cam/live", "rtsp:/***@cam/live"),
        ("user:sec/ret@cam/live", "user:***@cam/live"),
        ("RTSP://user:sec#r/e?t@cam/live", "RTSP://user:***@cam/live"),
        ("http:/cam/a?token=secret", "http:/cam/a?token=***"),
        ("clips/me:you@home.mp4", "clips/me:you@home.mp4"),
        ("a@b.mp4", "a@b.mp4"),
        ("gym:ALE/Breakout-v5", "gym:ALE/Breakout-v5"),
        ("rtsp://user:s@e:c/r?e#t@cam", "rtsp://user:***@cam"),
        ("http:/user:s://t@cam", "http:/user:***@cam"),
        ("user:s://t@cam", "user:***@cam"),
        ("webcam:0", "webcam:0"),
    ],
)
def test_what_is_shown_of_an_address(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@settings(max_examples=50)
@given(password=st.text(min_size=8), user=st.from_regex(r"[a-z]{1,6}", fullmatch=True))
def test_no_password_whatever_is_shown(password: str, user: str) -> None:
    assert redact_url(f"rtsp://{user}:{password}@cam/live") == f"rtsp://{user}:***@cam/live"


SPECIAL = st.text("#/?@%:&=; ab", min_size=1).map(lambda text: f"SECRET{text}SECRET")


@given(password=SPECIAL, form=st.sampled_from(["rtsp://", "RTSP://", "http:/", "rtsp:", ""]))
def test_no_part_of_a_password_is_shown_however_the_address_is_malformed(
    password: str, form: str
) -> None:
    assert "SECRET" not in redact_url(f"{form}user:{password}@cam/live")


@given(token=st.text("#/?%:=; ab", min_size=1).map(lambda text: f"SECRET{text}SECRET"))
def test_no_part_of_a_token_is_shown(token: str) -> None:
    assert redact_url(f"http://cam/a?token={token}&x=1") == "http://cam/a?token=***&x=1"


@pytest.mark.parametrize("name", ["pass", "password", "pwd", "token", "secret", "apikey", "auth"])
def test_the_value_of_a_secret_parameter_is_hidden_and_nothing_else(name: str) -> None:
    for query in (f"?{name}=%s&size=4", f"?size=4&{name.upper()}=%s"):
        assert redact_url(f"http://cam/a{query % 'hidden'}") == f"http://cam/a{query % '***'}"


@given(st.text(), st.sampled_from(["", "://", "@", ":"]))
def test_what_is_redacted_stays_as_it_is(text: str, middle: str) -> None:
    shown = redact_url(text + middle + text)
    assert redact_url(shown) == shown
