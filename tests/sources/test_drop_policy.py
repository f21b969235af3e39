from stream_ae.sources.drop_policy import (
    BUFFERED_WAIT,
    CONVERT_FEWER_AFTER,
    CONVERT_ONE_IN,
    KEY_FRAMES_ONLY_AFTER,
    DropPolicy,
)


def taken(policy: DropPolicy, *, now: float, waited: float = 0.0, is_key: bool = False) -> bool:
    return policy.should_decode(waited=waited, now=now, is_key=is_key)


def test_a_reader_that_waits_is_shown_everything() -> None:
    policy = DropPolicy(now=0.0)
    for turn in range(100):
        assert taken(policy, now=0.04 * turn, waited=0.03)
        assert policy.should_convert()


def test_a_short_burst_is_shown_as_a_whole() -> None:
    policy = DropPolicy(now=0.0)
    for turn in range(20):
        assert taken(policy, now=0.9 * CONVERT_FEWER_AFTER * turn / 20)
        assert policy.should_convert()


def test_of_a_late_stream_everything_is_decoded_and_little_converted() -> None:
    policy = DropPolicy(now=0.0)
    shown = []
    for turn in range(8 * CONVERT_ONE_IN):
        assert taken(policy, now=CONVERT_FEWER_AFTER + 0.005 * (turn + 1))
        shown.append(policy.should_convert())
    assert shown.count(True) == 8
    assert taken(policy, now=2 * CONVERT_FEWER_AFTER, waited=2 * BUFFERED_WAIT)
    assert policy.should_convert()


def test_a_hopeless_stream_is_taken_up_again_at_a_key_frame_after_a_wait() -> None:
    policy = DropPolicy(now=0.0)
    late = KEY_FRAMES_ONLY_AFTER + 0.1
    assert not taken(policy, now=late)
    assert taken(policy, now=late, is_key=True)
    assert policy.should_convert()
    assert not taken(policy, now=late, waited=0.1)  # its reference is missing
    assert taken(policy, now=late, waited=0.1, is_key=True)
    assert taken(policy, now=late, waited=0.1)
    assert policy.should_convert()


def test_a_stream_that_is_a_second_late_is_decoded_at_key_frames_only() -> None:
    policy = DropPolicy(now=0.0)
    assert taken(policy, now=0.2)
    assert policy.should_convert()
    assert [taken(policy, now=0.5) and policy.should_convert() for _ in range(8)].count(True) == 1
    assert not taken(policy, now=1.0)


def test_a_packet_from_a_buffer_is_no_wait() -> None:
    policy = DropPolicy(now=0.0)
    assert not taken(policy, now=1.0, waited=BUFFERED_WAIT)
    assert taken(policy, now=1.0, waited=1.1 * BUFFERED_WAIT, is_key=True)
    assert taken(policy, now=1.0)
