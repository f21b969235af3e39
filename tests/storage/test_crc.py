import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import crc32c as known_crc32c

from stream_ae.storage.crc import crc32c


@pytest.mark.parametrize(
    ("message", "checksum"),
    [
        (b"", 0),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
        (b"123456789", 0xE3069283),
    ],
)
def test_the_published_examples(message, checksum):  # RFC 3720, section B.4
    assert crc32c(message) == checksum


@given(st.binary(max_size=200) | st.binary(min_size=60, max_size=3000))
def test_long_and_short_messages_agree_with_tensorboard(message):
    assert crc32c(message) == known_crc32c(message)


@pytest.mark.parametrize("length", [63, 64, 65, 80, 81, 82, 100, 9_999, 10_000, 10_001])
def test_every_shape_of_the_lanes(length):
    message = bytes(index * index % 251 for index in range(length))
    assert crc32c(message) == known_crc32c(message)
