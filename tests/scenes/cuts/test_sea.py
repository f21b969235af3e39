from tests.support.scenes import check_place

from stream_ae.scenes.cuts.sea import coast, reef


def test_the_coast_is_a_place() -> None:
    check_place(coast)


def test_the_reef_is_a_place_whose_bubbles_rise_from_a_coral() -> None:
    check_place(reef, hidden=1)
