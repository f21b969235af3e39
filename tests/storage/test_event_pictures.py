from stream_ae.storage.event_pictures import FOLDER, picture_name


def test_a_picture_is_named_after_its_event_in_an_order_that_sorts() -> None:
    names = [picture_name("appeared", start=start, track=2) for start in (7, 70, 700_000)]
    assert names == sorted(names)
    assert names[0] == "000007-appeared-2.webp"
    assert picture_name("cut", start=1, track=None) == "000001-cut.webp"
    assert FOLDER == "events"
