import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.errors import ConfigError
from stream_ae.fleet.references import check_no_secret, hide, is_reference, replaced, resolve


def test_a_variable_and_a_file_are_looked_up_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOOR_USER", "me")
    (tmp_path / "password").write_text("hunter2\nand a remark\n")
    secrets: set[str] = set()
    address = f"rtsp://${{DOOR_USER}}:${{file:{tmp_path}/password}}@10.0.0.5/live"
    assert resolve(address, secrets=secrets) == "rtsp://me:hunter2@10.0.0.5/live"
    assert secrets == {"me", "hunter2"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rtsp://${NO_SUCH_VARIABLE}@h/", "must be set on .*, got no such variable; set it"),
        ("${file:/no/such/file}", "must be a file on .*: No such file or directory; put it there"),
        ("rtsp://${DOOR@h/", r"must be \$\{NAME\} or \$\{file:PATH\}, got 'rtsp://\$\{DOOR@h/'"),
        ("${}", r"must be \$\{NAME\}"),
        ("${file:}", r"must be \$\{NAME\}"),
    ],
)
def test_what_cannot_be_looked_up_is_said_in_a_line(text: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected) as caught:
        resolve(text, secrets=set())
    assert "\n" not in str(caught.value)


def test_an_empty_file_holds_no_secret(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ConfigError, match="must have a first line"):
        resolve(f"${{file:{tmp_path}/empty}}", secrets=set())


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://me:hunter2@10.0.0.5/live",
        "rtsp://me:${DOOR}hunter2@10.0.0.5/live",
        "rtsp://10.0.0.5/live?token=hunter2",
        "http://hunter2@10.0.0.5/",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ConfigError, match="source must hold no login or password") as caught:
        check_no_secret(address, name="source")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://me:${DOOR}@10.0.0.5/live",
        "rtsp://${USER}:${DOOR}@10.0.0.5/live",
        "${DOOR_ADDRESS}",
        "rtsp://10.0.0.5/live?token=${file:/run/secrets/door}",
        "clips/a@b.mp4",
        "scene:quiet",
        "webcam:0",
    ],
)
def test_an_address_without_a_password_is_taken(address: str) -> None:
    check_no_secret(address, name="source")


def test_a_reference_is_told_from_a_text_with_one() -> None:
    assert is_reference("${DOOR}")
    assert is_reference("${file:/run/secrets/door key}")
    assert not is_reference("rtsp://${DOOR}")
    assert not is_reference("${DOOR}${YARD}")


@given(
    before=st.text(alphabet=st.characters(exclude_characters="${}")),
    name=st.from_regex(re.compile(r"[A-Za-z_]\w{0,20}", re.ASCII), fullmatch=True),
    secret=st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs", "Cc"])),
)
def test_what_stands_around_a_reference_stays(before: str, name: str, secret: str) -> None:
    assert replaced(f"{before}${{{name}}}{before}", by=lambda _: secret) == before + secret + before


def test_a_secret_is_hidden_wherever_it_is_long_enough_to_be_told_from_other_words() -> None:
    secrets = {"hunter2", "hunter2-long", "me"}
    text = "401 for me:hunter2-long, hunter2"
    assert hide(text, secrets=secrets) == "401 for me:***, ***"


def test_no_secret_of_the_environment_is_left_in_what_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOOR", "correct horse")
    secrets: set[str] = set()
    resolved = resolve("rtsp://me:${DOOR}@h/", secrets=secrets)
    assert os.environ["DOOR"] in resolved
    assert "correct horse" not in hide(f"cannot open {resolved}", secrets=secrets)
