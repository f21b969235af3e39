import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.runs.config import TrainConfig, settings_of
from stream_ae.runs.validation import (
    check,
    choices,
    count,
    patience,
    port_number,
    positive,
    rate,
    seconds,
    shown,
    thread_count,
)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (count, "0", 0),
        (count, "12", 12),
        (positive, "1", 1),
        (positive, "2e3", 2000),
        (count, "9007199254740993", 9007199254740993),
        (count, str(2**63 - 1), 2**63 - 1),
        (thread_count, "1", 1),
        (thread_count, str(os.cpu_count()), os.cpu_count()),
        (port_number, "0", 0),
        (port_number, "65535", 65535),
        (rate, "1e-3", 0.001),
        (seconds, "0.5", 0.5),
        (patience, "0", 0.0),
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
        (thread_count, "0", "a whole number, 1 to .*, the processors here"),
        (thread_count, "nan", "a whole number, 1 to .*, the processors here"),
        (thread_count, "100000", "a whole number, 1 to .*, the processors here"),
        (rate, "0", "a number above 0"),
        (rate, "nan", "a number above 0"),
        (rate, "1e999", "a number above 0"),
        (rate, "1e39", "a number from 1.2e-38 to 3.4e\\+38"),
        (rate, "1e-45", "a number from 1.2e-38 to 3.4e\\+38"),
        (count, "1e400", "a whole number, 0 to 9223372036854775807"),
        (count, "1e999999999", "a whole number, 0 to 9223372036854775807"),
        (count, str(2**63), "a whole number, 0 to 9223372036854775807"),
        (count, "snan", "a whole number, 0 or more"),
        (count, "-inf", "a whole number, 0 or more"),
        (port_number, "65536", "a whole number, 0 to 65535"),
        (port_number, "-1", "a whole number, 0 to 65535"),
        (port_number, "80.5", "a whole number, 0 to 65535"),
        (seconds, "inf", "seconds above 0"),
        (seconds, "1e400", "seconds above 0"),
        (seconds, "-1", "seconds above 0"),
        (patience, "-1", "seconds, 0 or more"),
        (patience, "inf", "seconds, 0 or more"),
        (seconds, "soon", "seconds above 0"),
    ],
)
def test_a_number_out_of_range_is_refused_with_what_was_expected(
    read: Callable[[str], float], text: str, expected: str
) -> None:
    with pytest.raises(ValueError, match=f"must be {expected}, got '{text}'"):
        read(text)


def number_or_complaint(read: Callable[[str | float], float], value: str | float) -> float | str:
    try:
        return read(value)
    except ValueError as error:
        return str(error)


@given(st.text() | st.floats() | st.integers())
def test_whatever_is_read_is_in_range_or_refused_in_one_line(value: str | float) -> None:
    ranges = {count: (0, 2**63 - 1), positive: (1, 2**63 - 1), port_number: (0, 65535)}
    for read, (least, most) in ranges.items():
        number = number_or_complaint(read, value)
        if isinstance(number, str):
            assert number.startswith("must be a whole number, ")
            assert len(number.splitlines()) == 1
        else:
            assert least <= number <= most
            assert float(number) == float(value)
    for measure in (number_or_complaint(read, value) for read in (rate, seconds)):
        assert (
            measure.startswith("must be ") if isinstance(measure, str) else 0 < measure < math.inf
        )


def test_a_number_of_thousands_of_digits_is_refused_in_a_short_line() -> None:
    for number in (10**400, 10**5000):
        with pytest.raises(ValueError, match=r"0 to 9223372036854775807, got .{1,45}$"):
            count(number)
        with pytest.raises(ValueError, match=r"seconds above 0, got .{1,45}$"):
            seconds(number)


def test_what_is_shown_of_a_value_is_short() -> None:
    assert shown("a") == "'a'"
    assert len(shown("a" * 10**6)) == len(shown(list(range(10**4)))) == 41
    assert shown(10**5000) == "a number of thousands of digits"


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
