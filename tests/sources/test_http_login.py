import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.http_server import HttpServer

from stream_ae.errors import SourceError
from stream_ae.sources.http_client import ask
from stream_ae.sources.http_login import challenges, digest
from stream_ae.sources.network_url import parse_url

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
ONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
ASKED = {
    "realm": "http-auth@example.org",
    "nonce": NONCE,
    "opaque": "FQhe",
    "qop": "auth-int, auth",
}
WHAT = ("GET", "/dir/index.html")


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_the_standard(
    monkeypatch: pytest.MonkeyPatch, algorithm: str, response: str
) -> None:
    """RFC 7616, 3.9.1."""
    monkeypatch.setattr("secrets.token_hex", lambda _: ONCE)
    asked = {**ASKED, "algorithm": algorithm}
    answer = digest("Mufasa", "Circle of Life", asked=asked, what=WHAT)
    assert answer is not None
    [(scheme, given_back)] = challenges([answer])
    assert scheme == "digest"
    assert given_back == {
        "username": "Mufasa",
        "realm": ASKED["realm"],
        "nonce": NONCE,
        "uri": WHAT[1],
        "response": response,
        "algorithm": algorithm,
        "opaque": "FQhe",
        "qop": "auth",
        "nc": "00000001",
        "cnonce": ONCE,
    }


def test_the_example_of_the_old_standard() -> None:
    """RFC 2617, 3.5, as its predecessor computes it: without a quality (2069)."""
    asked = {"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
    answer = digest("Mufasa", "Circle Of Life", asked=asked, what=WHAT)
    assert answer is not None
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in answer
    assert "qop" not in answer


@pytest.mark.parametrize("asked", [{"algorithm": "SHA-3"}, {"qop": "auth-int"}])
def test_what_is_not_known_is_not_answered(asked: dict[str, str]) -> None:
    assert digest("me", "p", asked={**ASKED, **asked}, what=WHAT) is None


def test_a_session_binds_the_nonces(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = []
    for once in ("a", "b", "a"):
        monkeypatch.setattr("secrets.token_hex", lambda _, once=once: once)
        asked = {**ASKED, "algorithm": "MD5-sess"}
        answers.append(digest("me", "p", asked=asked, what=WHAT))
    assert answers[0] == answers[2] != answers[1]


CHALLENGES = [
    ("Basic", {"realm": "a camera, number 7"}),
    ("Digest", {"realm": "cam", "nonce": "x=y/+", "qop": "auth,auth-int", "algorithm": "MD5"}),
    ("Bearer", {"realm": "api"}),
    ("Negotiate", {}),
]


@given(st.lists(st.sampled_from(CHALLENGES), min_size=1, max_size=5), st.booleans(), st.booleans())
def test_challenges_come_in_one_header_or_in_many(
    offered: list[tuple[str, dict[str, str]]], one: bool, plain: bool
) -> None:
    texts = []
    for scheme, asked in offered:
        quote = ["" if plain and re.fullmatch(r"\w+", value) else '"' for value in asked.values()]
        words = zip(asked.items(), quote, strict=True)
        texts.append(f"{scheme} {', '.join(f'{n}={q}{v}{q}' for (n, v), q in words)}".strip())
    expected = [(scheme.lower(), asked) for scheme, asked in offered]
    assert challenges([", ".join(texts)] if one else texts) == expected


@pytest.mark.parametrize("password", ["plain", "p@/#?:%", "pässwörd"])
@pytest.mark.parametrize(
    "before", ["Negotiate", 'Bearer realm="x"', 'Digest realm="x", nonce="n", algorithm=SHA-3']
)
@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
def test_the_way_in_that_is_known_is_taken(
    tmp_path: Path, scheme: str, before: str, password: str
) -> None:
    (tmp_path / "a").write_bytes(b"in")
    with HttpServer(
        folder=tmp_path, login=("me", password), scheme=f"{before}, {scheme}"
    ) as server:
        url = parse_url(f"{server.url}/a")
        with pytest.raises(SourceError, match="401"):
            ask(url)
        login = parse_url(f"{server.url.replace('://', '://me:p@')}/a")
        login = replace(login, login=("me", password))
        assert ask(login).read_all(99) == b"in"
        login = replace(login, login=("me", "wrong"))
        with pytest.raises(SourceError, match="401"):
            ask(login)


def test_no_other_server_is_told() -> None:
    with HttpServer(login=("me", "p")) as other, HttpServer(login=("me", "p")) as server:
        server.headers = {"Location": f"{other.url}/a"}
        url = parse_url(f"{server.url.replace('://', '://me:p@')}/status/302")
        with pytest.raises(SourceError, match="401"):
            ask(url)
    assert [headers.get("Authorization") for _, headers in other.requests] == [None]
