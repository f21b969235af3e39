from stream_ae.sources.drop_policy import HOPELESS, LATE, ONE_IN, QUICK, Backlog


def taken(backlog: Backlog, *, now: float, waited: float = 0.0, is_key: bool = False) -> bool:
    return backlog.takes(waited=waited, now=now, is_key=is_key)


def test_a_reader_that_waits_is_shown_everything() -> None:
    backlog = Backlog(now=0.0)
    for turn in range(100):
        assert taken(backlog, now=0.04 * turn, waited=0.03)
        assert backlog.shows()


def test_a_short_burst_is_shown_as_a_whole() -> None:
    backlog = Backlog(now=0.0)
    for turn in range(20):
        assert taken(backlog, now=0.9 * LATE * turn / 20)
        assert backlog.shows()


def test_of_a_late_stream_everything_is_decoded_and_little_converted() -> None:
    backlog = Backlog(now=0.0)
    shown = []
    for turn in range(8 * ONE_IN):
        assert taken(backlog, now=LATE + 0.005 * (turn + 1))
        shown.append(backlog.shows())
    assert shown.count(True) == 8
    assert taken(backlog, now=2 * LATE, waited=2 * QUICK)
    assert backlog.shows()


def test_a_hopeless_stream_is_taken_up_again_at_a_key_frame_after_a_wait() -> None:
    backlog = Backlog(now=0.0)
    late = HOPELESS + 0.1
    assert not taken(backlog, now=late)
    assert taken(backlog, now=late, is_key=True)
    assert backlog.shows()
    assert not taken(backlog, now=late, waited=0.1)  # its reference is missing
    assert taken(backlog, now=late, waited=0.1, is_key=True)
    assert taken(backlog, now=late, waited=0.1)
    assert backlog.shows()
