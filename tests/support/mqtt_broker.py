"""A tiny MQTT 3.1.1 broker for the tests, on loopback only: it takes what clients publish."""

import socket
import struct
import threading
from contextlib import suppress
from typing import BinaryIO, NamedTuple, Self

CONNECT, CONNACK, PUBLISH, PUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 4, 12, 13, 14
"""Kinds of packets (OASIS MQTT 3.1.1, table 2.1)."""

_NOT_AUTHORIZED = 5


class Message(NamedTuple):
    """What a client published, or its last will."""

    topic: str
    text: str
    qos: int
    retain: bool


class MqttBroker:
    """Takes messages, answers each of QoS 1, and publishes a client's will where it just vanishes.

    Args:
        login: user and password that it asks for.
        port: where it listens; 0 takes any free one.
    """

    def __init__(self, *, login: tuple[str, str] | None = None, port: int = 0) -> None:
        self.login = login
        self.messages: list[Message] = []
        self.came = threading.Condition()
        self._lines: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", port))
        self.port = self._server.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, name="mqtt broker")]
        self._threads[0].start()

    def texts(self, topic: str) -> list[str]:
        return [message.text for message in self.messages if message.topic == topic]

    def wait_for(self, topic: str, text: str | None = None) -> Message:
        """A message of a topic, once it is there."""

        def found() -> Message | None:
            fitting = (m for m in self.messages if m.topic == topic and text in (None, m.text))
            return next(fitting, None)

        with self.came:
            message = self.came.wait_for(found, timeout=20)
        assert message is not None, f"{topic} {text} did not come, but {self.messages}"
        return message

    def hang_up(self) -> None:
        """Break all connections."""
        for line in self._lines:
            with suppress(OSError):  # it is closed already
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        for thread in self._threads:
            thread.join()
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            self._lines.append(line)
            thread = threading.Thread(target=self._serve, args=(line,), name="mqtt client")
            self._threads.append(thread)
            thread.start()

    def _serve(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as data:
            will: Message | None = None
            try:
                while (packet := _read(data)) is not None:
                    kind, flags, body = packet
                    if kind == CONNECT:
                        will, login = _parse_connect(body)
                        refused = self.login is not None and login != self.login
                        line.sendall(bytes((CONNACK << 4, 2, 0, _NOT_AUTHORIZED * refused)))
                        if refused:
                            return
                    elif kind == PUBLISH:
                        message, number = _parse_publish(flags, body)
                        self._take(message)
                        if number is not None:
                            line.sendall(bytes((PUBACK << 4, 2)) + number)
                    elif kind == PINGREQ:
                        line.sendall(bytes((PINGRESP << 4, 0)))
                    elif kind == DISCONNECT:
                        will = None
                        return
            except OSError:
                pass
            finally:
                if will is not None:
                    self._take(will)

    def _take(self, message: Message) -> None:
        with self.came:
            self.messages.append(message)
            self.came.notify_all()


class _Fields:
    """The fields of a packet, taken one after the other."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, count: int) -> bytes:
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def text(self) -> str:
        (length,) = struct.unpack(">H", self.take(2))
        return self.take(length).decode()


def _read(data: BinaryIO) -> tuple[int, int, bytes] | None:
    """Kind, flags and content of the next packet (2.2); None where there is none."""
    head = data.read(1)
    if not head:
        return None
    length = shift = 0
    while True:
        (byte,) = data.read(1) or b"\0"
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return head[0] >> 4, head[0] & 15, data.read(length)


def _parse_connect(body: bytes) -> tuple[Message | None, tuple[str, str] | None]:
    """The will and the login (3.1.2, 3.1.3)."""
    fields = _Fields(body)
    assert (fields.text(), fields.take(1)) == ("MQTT", b"\x04")
    flags = fields.take(1)[0]
    fields.take(2)
    assert fields.text(), "a client has an id"
    will = login = None
    if flags & 0x04:
        topic, text = fields.text(), fields.text()
        will = Message(topic, text, flags >> 3 & 3, bool(flags & 0x20))
    if flags & 0x80:
        user = fields.text()
        login = user, fields.text() if flags & 0x40 else ""
    return will, login


def _parse_publish(flags: int, body: bytes) -> tuple[Message, bytes | None]:
    """The message, and its number where it wants to be answered (3.3)."""
    fields, qos = _Fields(body), flags >> 1 & 3
    topic = fields.text()
    number = fields.take(2) if qos else None
    return Message(topic, fields.rest.decode(), qos, bool(flags & 1)), number
