import io
import json

from stream_ae.web.wire import Message, framed, packed, read_message


def test_what_is_packed_is_read_again_and_the_next_message_after_it() -> None:
    one = packed({"type": "frame", "number": 3, "text": "é\n"}, [b"\x00\xff", b"", b"abc"])
    stream = io.BytesIO(b"".join([*one, *packed({"type": "beat"})]))
    first = {"type": "frame", "number": 3, "text": "é\n"}
    assert read_message(stream) == Message(first, [b"\x00\xff", b"", b"abc"])
    assert read_message(stream) == Message({"type": "beat"}, [])
    assert read_message(stream) is None


def test_a_message_that_breaks_off_in_its_header_is_the_end() -> None:
    whole = b"".join(packed({"type": "beat", "number": 123456}))
    for length in (1, 3, 4, 10, len(whole) - 1):
        assert read_message(io.BytesIO(whole[:length])) is None


def test_a_browser_finds_the_pictures_behind_the_header() -> None:
    data = framed({"panels": [["frame", 2, 1, 1], ["error", 3, 1, 1]]}, [b"ab", b"cde"])
    length = int.from_bytes(data[:4], "big")
    assert json.loads(data[4 : 4 + length]) == {"panels": [["frame", 2, 1, 1], ["error", 3, 1, 1]]}
    assert data[4 + length :] == b"abcde"
