from collections.abc import Callable, Mapping

import pytest

from stream_ae.bench.rows import (
    diverged,
    maybe,
    number,
    numbers,
    section,
    sections,
    text,
    texts,
)
from stream_ae.errors import ConfigError

ROW = {
    "source": "a",
    "mse": 0.5,
    "seeds": 3,
    "edge": True,
    "curve": [0.5, None],
    "others": ["b", "c"],
    "tried": [{"lr": 0.1}],
    "last": {"mse": 0.25},
    "none": None,
}


def test_values_are_read_with_their_type() -> None:
    assert (number(ROW, "mse"), number(ROW, "seeds")) == (0.5, 3)
    assert (maybe(ROW, "none"), maybe(ROW, "missing")) == (None, None)
    assert numbers(ROW, "curve") == [0.5, None]
    assert text(ROW, "source") == "a"
    assert texts(ROW, "others") == ["b", "c"]
    assert section(ROW, "last") == {"mse": 0.25}
    assert sections(ROW, "tried") == [{"lr": 0.1}]


@pytest.mark.parametrize(
    ("read", "key", "said"),
    [
        (number, "none", "'none' of a row must be a number, got None; measure it again"),
        (number, "edge", "must be a number, got True"),
        (maybe, "source", "must be a number, got 'a'"),
        (numbers, "source", "must be a list, got 'a'"),
        (numbers, "others", "must be a number, got 'b'"),
        (text, "mse", r"must be a text, got 0\.5"),
        (texts, "source", "must be a list, got 'a'"),
        (texts, "curve", r"must be a text, got 0\.5"),
        (section, "tried", "must be an object, got "),
        (sections, "last", "must be a list, got "),
    ],
)
def test_what_is_not_there_is_named_with_its_value(
    read: Callable[[Mapping[str, object], str], object], key: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        read(ROW, key)


def test_a_row_diverged_only_if_it_says_so() -> None:
    assert diverged({"diverged": True})
    assert not diverged({"diverged": False})
    assert not diverged({})
