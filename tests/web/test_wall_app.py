from pathlib import Path

import pytest
from tests.support.live_page import Looker, ask, wait_until
from tests.support.staged_wall import FLEET, StagedWall

TOKEN = "open sesame"


@pytest.mark.slow
def test_a_camera_has_its_own_page_behind_the_same_token(tmp_path: Path) -> None:
    (tmp_path / "door").mkdir()
    event = '{"step": 60, "time": 1001.0, "kind": "source_lost", "text": "gone"}\n'
    (tmp_path / "door" / "events.jsonl").write_text(event)
    with StagedWall(tmp_path, token=TOKEN, root_path="/shop") as wall:
        server = wall.server
        for name in ("door", "nobody"):  # a stranger does not learn which there are
            asks = ask(server, f"camera/{name}/")
            assert (asks.status, b"login.js" in asks.body) == (401, True)
            assert ask(server, f"camera/{name}/static/login.js").status == 200
        enters = ask(server, "camera/door/login", method="POST", body="token=open+sesame")
        assert (enters.status, enters.headers["location"]) == (303, "./")
        assert "Path=/shop/" in enters.headers["set-cookie"]
        with Looker(server) as stranger:
            assert stranger.closing_code() == 1008
        cookie = ask(server, "?token=open%20sesame").headers["set-cookie"]
        assert "Path=/shop/" in cookie
        known = {"Cookie": cookie.partition(";")[0]}
        assert b"wall.js" in ask(server, headers=known).body
        wall.show(FLEET)
        wait_until(lambda: ask(server, "camera/door/", headers=known).status == 200)
        assert b"app.js" in ask(server, "camera/door/", headers=known).body
        assert ask(server, "camera/door/static/app.js", headers=known).status == 200
        assert ask(server, "camera/door", headers=known).headers["location"] == "/shop/camera/door/"
        for path in ("camera/nobody/", "camera/", "camera/..%2f/", "camera/door/events/x.webp"):
            assert ask(server, path, headers=known).status == 404
        with Looker(server, known) as looker:
            looker.want("door")
            assert [name for name, *_ in looker.hear("cameras")["panels"]] == ["door"]
            wait_until(lambda: server.wanted.looks)
        wait_until(lambda: not server.wanted.looks)
