from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from stream_ae.runs.config import TrainConfig, settings_of
from stream_ae.runs.validation import check, choices, count, positive, rate, seconds


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (count, "0", 0),
        (count, "12", 12),
        (positive, "1", 1),
        (positive, "2e3", 2000),
        (rate, "1e-3", 0.001),
        (seconds, "0.5", 0.5),
    ],
)
def test_a_number_in_range_is_read(read: Callable[[str], float], text: str, value: float) -> None:
    number = read(text)
    assert number == value
    assert type(number) is type(value)


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (count, "-1", "a whole number, 0 or more"),
        (count, "0.5", "a whole number, 0 or more"),
        (positive, "0", "a whole number, 1 or more"),
        (positive, "inf", "a whole number, 1 or more"),
        (rate, "0", "a number above 0"),
        (rate, "nan", "a number above 0"),
        (rate, "1e999", "a number above 0"),
        (seconds, "-1", "seconds above 0"),
        (seconds, "soon", "seconds above 0"),
    ],
)
def test_a_number_out_of_range_is_refused_with_what_was_expected(
    read: Callable[[str], float], text: str, expected: str
) -> None:
    with pytest.raises(ValueError, match=f"must be {expected}, got '{text}'"):
        read(text)


def test_only_a_literal_has_choices() -> None:
    assert choices(type("Unused", (), {})) == ()
    assert choices(Path | None) == ()
    assert choices(settings_of(TrainConfig)["objective"].kind) == ("full", "mse")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (3, int),
        (3, float),
        (0.5, float),
        (0.5, float | None),
        (2, float | None),
        (None, float | None),
        (True, bool),
        ("a", str),
        (Path("a"), Path | None),
        ("full", Literal["full", "mse"]),
    ],
)
def test_a_value_of_the_declared_type_fits(value: object, kind: type) -> None:
    check(value, kind=kind)
    with pytest.raises(ValueError, match="must be"):
        check(object(), kind=kind)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0.5, int, "int, got 0.5"),
        (True, int, "int, got True"),
        (True, float, "float, got True"),
        ("3", int, "int, got '3'"),
        (None, float, "float, got None"),
        (1, bool, "bool, got 1"),
        ("runs/a", Path | None, r"pathlib.Path | None, got 'runs/a'"),
        ("ssim", Literal["full", "mse"], "one of full, mse, got 'ssim'"),
        (None, Literal["full", "mse"], "one of full, mse, got None"),
    ],
)
def test_a_value_of_another_type_is_refused(value: object, kind: type, expected: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is compared below
        check(value, kind=kind)
    assert str(error.value) == f"must be {expected}"


def test_the_range_is_checked_too() -> None:
    check(0, kind=int, number=count)
    check(None, kind=float | None, number=rate)
    with pytest.raises(ValueError, match="0 or more, got -1"):
        check(-1, kind=int, number=count)
