import base64
import hashlib
import hmac
import socket
import time
from email.utils import formatdate

import pytest
from tests.support.hook_server import HookServer

from stream_ae.observers.alerts.alert import Alert
from stream_ae.observers.alerts.post import Post, PostFailedError, PostRefusedError, signature
from stream_ae.settings.alerts import web_address

ALERT = Alert("0123456789abcdef", '{"kind": "appeared", "zone": "Tür"}'.encode())


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def send(url: str, *, secret: str | None = None, timeout: float = 5.0) -> None:
    Post(web_address(url), secret=secret)(ALERT, timeout=timeout)


def answered(status: int, headers: dict[str, str] | None = None) -> PostFailedError:
    with HookServer([status], headers=headers) as hook, pytest.raises(PostFailedError) as error:
        send(hook.url)
    assert error.value.answered
    return error.value


def test_it_arrives_as_it_is() -> None:
    before = int(time.time())
    with HookServer([204]) as hook:
        send(f"{hook.url}/hook?room=1")
        (came,) = hook.received
    assert (came.path, came.body) == ("/hook?room=1", ALERT.body)
    assert came.headers["content-type"] == "application/json"
    assert came.headers["user-agent"].startswith("stream-ae/")
    assert came.headers["webhook-id"] == ALERT.id
    assert before <= int(came.headers["webhook-timestamp"]) <= time.time()
    assert "webhook-signature" not in came.headers
    assert "authorization" not in came.headers


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """Message and secret are those of the specification's own test vectors."""
    given = signature(
        b'{"test": 2432232314}',
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp="1614265330",
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["a secret — ß", "whsec_c2VjcmV0"])
def test_a_receiver_can_check_it(secret: str) -> None:
    with HookServer() as hook:
        send(hook.url, secret=secret)
        (came,) = hook.received
    key = b"secret" if secret.startswith("whsec_") else secret.encode()
    signed = f"{came.headers['webhook-id']}.{came.headers['webhook-timestamp']}.".encode()
    expected = base64.b64encode(hmac.new(key, signed + came.body, hashlib.sha256).digest())
    assert came.headers["webhook-signature"] == f"v1,{expected.decode()}"


def test_a_secret_that_should_be_base64_and_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="must be base64"):
        signature(b"", id="", timestamp="", secret="whsec_?")


def test_a_login_is_sent_and_not_in_the_address() -> None:
    with HookServer() as hook:
        send(hook.url.replace("//", "//me:p%40ss@"))
        (came,) = hook.received
    assert came.headers["authorization"] == f"Basic {base64.b64encode(b'me:p@ss').decode()}"
    assert "me" not in came.headers["host"]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 301, 302, 307, 308])
def test_what_is_refused_is_not_tried_again(status: int) -> None:
    with HookServer() as elsewhere:
        to = {"Location": elsewhere.url}
        with HookServer([status], headers=to) as hook:
            with pytest.raises(PostRefusedError, match=f"^the server answered {status}$"):
                send(hook.url)
            assert len(hook.received) == 1
        assert elsewhere.received == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_what_may_pass_may_be_tried_again(status: int) -> None:
    error = answered(status)
    assert (str(error), error.wait) == (f"the server answered {status}", 0)


def test_the_server_says_when() -> None:
    assert answered(429, {"Retry-After": "7"}).wait == 7
    assert answered(503, {"Retry-After": "99999"}).wait == 3600
    assert 50 < answered(503, {"Retry-After": formatdate(time.time() + 60, usegmt=True)}).wait < 62
    assert answered(503, {"Retry-After": formatdate(0, usegmt=True)}).wait == 0
    assert answered(503, {"Retry-After": "soon"}).wait == 0


def failure(url: str, *, timeout: float = 5.0) -> str:
    with pytest.raises(PostFailedError) as error:
        send(url, timeout=timeout)
    assert not error.value.answered
    return str(error.value)


def test_a_server_that_is_not_there_may_come_back() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert failure(f"http://me:secret@127.0.0.1:{port}/T0/secret") == "connection refused"


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with HookServer(delay=5) as hook:
        assert failure(hook.url, timeout=0.05) == "no answer in time"
        hook.off.set()


def test_a_server_that_does_not_speak_tls_is_told() -> None:
    with HookServer() as hook:
        reason = failure(hook.url.replace("http:", "https:"))
    assert reason
    assert "127.0.0.1" not in reason
