from typing import get_args

import pytest

from stream_ae.detection.findings import Kind
from stream_ae.reports.telling import KINDS, in_order, one_in, rarity, told, wording


def test_every_kind_has_its_words() -> None:
    assert set(KINDS) == set(get_args(Kind))


def test_a_kind_of_another_version_is_told_by_its_name() -> None:
    assert wording("known_place").label == "known place"
    assert told({"known_place": 2}) == "Known place twice"


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({}, "Nothing appeared"),
        ({"appeared": 1}, "1 thing appeared"),
        ({"left_behind": 2, "appeared": 2}, "2 things appeared and 2 were left behind"),
        ({"removed": 1}, "1 thing was taken away"),
        (
            {"appeared": 1200, "novel": 1},
            "1,200 things appeared and 1 moment was unlike any before",
        ),
        ({"cut": 3, "novel": 2}, "2 moments were unlike any before and the scene was cut 3 times"),
        ({"black": 1}, "The picture was black"),
    ],
)
def test_a_headline_is_a_sentence(counts: dict[str, int], sentence: str) -> None:
    assert told(counts) == sentence


def test_the_order_is_always_the_same() -> None:
    assert in_order({"zebra": 1, "cut": 1, "appeared": 1}) == ["appeared", "cut", "zebra"]


def test_a_rarity_has_two_digits() -> None:
    assert one_in(0.0) == "1 in 1"
    assert one_in(0.99) == "1 in 100"
    assert one_in(1 - 1 / 98_765) == "1 in 98,000"
    assert rarity(0.99) == "rarer than 1 in 100 frames"
