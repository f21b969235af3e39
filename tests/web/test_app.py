from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.live_page import RUN, Looker, ask
from websockets.exceptions import ConnectionClosed, InvalidStatus

from stream_ae.web.process import PageServer, PageSettings

TOKEN = "open sesame"
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
"""What a WebSocket begins with, to be sent with a Host of one's own."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    """A page of this machine, open to all on it."""
    with PageServer(
        tmp_path_factory.mktemp("run"), PageSettings("127.0.0.1", 0), run=RUN
    ) as server:
        yield server


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    """A page behind a token and a proxy."""
    settings = PageSettings("127.0.0.1", 0, token=TOKEN, names=["cam.example"], root_path="/cam")
    with PageServer(tmp_path_factory.mktemp("run"), settings, run=RUN) as server:
        yield server


def _cookie(server: PageServer) -> dict[str, str]:
    answer = ask(server, "login", method="POST", body="token=open+sesame")
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


@pytest.mark.slow
def test_the_page_and_its_files_are_served_and_no_others(server: PageServer) -> None:
    page = ask(server)
    assert page.status == 200
    assert b"<html" in page.body
    script = ask(server, "static/app.js")
    assert (script.status, script.headers["content-type"]) == (
        200,
        "text/javascript; charset=utf-8",
    )
    for path in ("static/", "static/__init__.py", "static/..%2fapp.py", "static/../app.py", "etc"):
        assert ask(server, path).status == 404
    assert ask(server, "healthz").body == b"ok\n"


@pytest.mark.slow
def test_every_answer_says_what_a_browser_may_do_with_it(server: PageServer) -> None:
    for path in ("", "static/app.js", "nothing"):
        headers = ask(server, path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


@pytest.mark.slow
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "10.0.0.1"])
def test_another_name_is_not_answered(host: str, server: PageServer) -> None:
    assert ask(server, headers={"Host": host}).status == 403
    assert ask(server, "ws", headers={**UPGRADE, "Host": host}).status == 403


@pytest.mark.slow
def test_a_script_of_another_page_gets_no_connection(server: PageServer) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        Looker(server, {"Origin": "https://evil.example"})
    own = server.url.rstrip("/")
    with Looker(server, {"Origin": own}) as looker:
        assert looker.hear("hello")


@pytest.mark.slow
@pytest.mark.parametrize("said", ["no JSON", "[1]", "x" * 5000])
def test_who_says_what_is_none_is_sent_away(said: str, server: PageServer) -> None:
    with Looker(server) as looker:
        looker.socket.send(said)
        assert looker.closing_code() == (1009 if len(said) > 4096 else 1008)


@pytest.mark.slow
def test_who_says_too_much_is_sent_away_and_the_others_stay(server: PageServer) -> None:
    with Looker(server) as calm, Looker(server) as flood:
        with suppress(ConnectionClosed):
            for number in range(1000):
                flood.say(type="zoom", id=number, tags=[], **{"from": 0, "to": 1})
        assert flood.closing_code() == 1008
        assert calm.hear("health")


@pytest.mark.slow
def test_who_does_not_know_the_token_sees_nothing(closed: PageServer) -> None:
    page = ask(closed)
    assert page.status == 401
    assert b"token" in page.body
    assert b"app.js" not in page.body
    assert ask(closed, "?token=wrong").status == 401
    assert ask(closed, "moments/1/frame.jpg").status == 404
    with Looker(closed) as looker:
        assert looker.closing_code() == 1008


@pytest.mark.slow
def test_the_token_is_exchanged_for_a_cookie_and_leaves_the_address(closed: PageServer) -> None:
    answer = ask(closed, "?token=open%20sesame")
    assert (answer.status, answer.headers["location"]) == (303, "./")
    cookie = answer.headers["set-cookie"]
    assert "sesame" not in cookie
    for part in ("HttpOnly", "SameSite=strict", "Path=/cam/"):
        assert part in cookie
    known = {"Cookie": cookie.partition(";")[0]}
    assert ask(closed, headers=known).status == 200
    with Looker(closed, known) as looker:
        assert looker.hear("hello")["run"]["title"] == "street"
    assert ask(closed, headers={"Cookie": "stream_ae_page=open sesame"}).status == 401


@pytest.mark.slow
def test_a_form_opens_it_too_but_not_one_of_another_page(closed: PageServer) -> None:
    known = _cookie(closed)
    assert ask(closed, headers=known).status == 200
    foreign = {"Origin": "https://evil.example"}
    answer = ask(closed, "login", method="POST", body="token=open+sesame", headers=foreign)
    assert answer.status == 403
    assert ask(closed, "login", method="POST", body="token=" + "x" * 5000).status == 413


@pytest.mark.slow
def test_a_proxy_may_take_its_path_off_or_leave_it(closed: PageServer) -> None:
    known = {**_cookie(closed), "Host": "cam.example"}
    assert ask(closed, headers=known).status == 200  # /cam/
    assert ask(closed, "static/app.js", headers=known).status == 200
    assert ask(closed, "/static/app.js", headers=known).status == 200
    bare = ask(closed, "/cam", headers=known)
    assert (bare.status, bare.headers["location"]) == (308, "/cam/")


@pytest.mark.slow
def test_no_picture_of_a_private_run_is_given(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "000001-cut.webp").write_bytes(b"a picture")
    line = (
        '{"step": 9, "time": 1.0, "kind": "cut", "text": "cut", "start": 1, "track": null,'
        ' "box": null}\n'
    )
    (tmp_path / "events.jsonl").write_text(line)
    for private in (False, True):
        run = {**RUN, "private": private}
        with PageServer(tmp_path, PageSettings("127.0.0.1", 0), run=run) as server:
            with Looker(server) as looker:
                while not looker.hear("hello")["events"] and looker.hear("event"):
                    break
            assert ask(server, "events/000001-cut.webp").status == (404 if private else 200)
