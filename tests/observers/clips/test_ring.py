from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.packets import encoded, make_packet

from stream_ae.observers.clips.ring import PacketRing, Seen
from stream_ae.sources.packets import StreamForm


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> StreamForm:
    return encoded(Path(tmp_path_factory.mktemp("clip")) / "a.mp4", count=1)[0].form


def fill(
    form: StreamForm, *, keys: set[int], count: int, seconds: float = 3.0, most_bytes: int = 10**6
) -> PacketRing:
    """A ring that has seen packets 0, 1, … of 10 bytes, 10 a second."""
    ring = PacketRing(seconds=seconds, most_bytes=most_bytes)
    for number in range(count):
        packet = make_packet(number, form=form, is_key=number in keys)
        ring.add(Seen(packet, number / 10))
    return ring


def numbers(ring: PacketRing, time: float = 0.0) -> list[int]:
    return [seen.packet.number for seen in ring.since(time)]


def test_it_keeps_whole_groups_of_the_last_seconds(form: StreamForm) -> None:
    ring = fill(form, keys={0, 20, 40, 60}, count=75)
    assert numbers(ring) == list(range(40, 75))


def test_it_gives_from_the_key_frame_before_a_time(form: StreamForm) -> None:
    ring = fill(form, keys={0, 20, 40, 60}, count=65, seconds=6)
    assert numbers(ring, 4.0) == list(range(40, 65))
    assert numbers(ring, 3.99) == list(range(20, 65))
    assert numbers(ring, 6.4) == list(range(60, 65))


def test_what_cannot_be_decoded_is_passed_over(form: StreamForm) -> None:
    assert numbers(fill(form, keys={5}, count=8)) == [5, 6, 7]
    assert numbers(fill(form, keys=set(), count=8)) == []


def test_it_holds_no_more_than_its_bytes(form: StreamForm) -> None:
    assert numbers(fill(form, keys={0, 10, 20}, count=25, most_bytes=160)) == list(range(10, 25))
    assert numbers(fill(form, keys={0}, count=17, most_bytes=160)) == []
    assert numbers(fill(form, keys={0, 18}, count=20, most_bytes=160)) == [18, 19]


def test_it_forgets(form: StreamForm) -> None:
    ring = fill(form, keys={0}, count=8)
    ring.clear()
    assert numbers(ring) == []
    ring.add(Seen(make_packet(9, form=form), 0.9))
    assert numbers(ring) == []


@given(
    keys=st.sets(st.integers(0, 60)),
    count=st.integers(1, 60),
    most=st.integers(10, 700),
    at=st.floats(0, 7),
)
def test_whatever_comes_it_begins_with_a_key_frame_and_has_no_gap(
    form: StreamForm, keys: set[int], count: int, most: int, at: float
) -> None:
    ring = fill(form, keys=keys, count=count, most_bytes=most)
    found = ring.since(at)
    assert all(seen.packet.is_key for seen in found[:1])
    assert numbers(ring, at) == list(range(count - len(found), count))
    assert sum(len(seen.packet.data) for seen in found) <= most
