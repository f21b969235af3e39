import pytest

from stream_ae.bench.paired import Difference, difference, shown_difference, with_differences
from stream_ae.bench.rows import JSON, Row, number, section


def row(optimizer: str, mse: list[float], *, source: str = "a", **others: JSON) -> Row:
    by_seed: dict[str, JSON] = {"mse": mse, "last_50_mse": [value / 2 for value in mse]}
    return {"source": source, "optimizer": optimizer, "by_seed": by_seed, **others}


def test_a_difference_that_all_seeds_share_is_no_tie() -> None:
    ours = [0.40, 0.41, 0.39, 0.42, 0.40]
    behind = difference([value + 0.05 for value in ours], ours)
    assert behind.mean == pytest.approx(0.05)
    assert (behind.low, behind.high) == pytest.approx((0.05, 0.05))
    assert behind.verdict == "behind"
    assert difference([value - 0.05 for value in ours], ours).verdict == "ahead"


def test_a_difference_in_which_seeds_disagree_is_a_tie() -> None:
    measured = difference([1.0, 3.0, 1.0, 3.0, 1.0], [2.0] * 5)
    assert measured.verdict == "tie"
    assert measured.mean == pytest.approx(-0.2)
    assert measured.low < measured.mean < 0 < measured.high
    assert difference([2.0] * 5, [2.0] * 5).verdict == "tie"


def test_with_five_seeds_the_interval_is_nearly_their_range() -> None:
    measured = difference([1.0, 2.0, 3.0, 4.0, 10.0], [0.0] * 5)
    assert 1.0 <= measured.low <= (4 * 1.0 + 2.0) / 5
    assert (4 * 10.0 + 4.0) / 5 <= measured.high <= 10.0


def test_with_many_seeds_it_is_that_of_student() -> None:
    values = [float(value) for value in range(20)]  # mean 9.5, standard error 1.323
    measured = difference(values, [0.0] * 20)
    assert measured.low == pytest.approx(9.5 - 2.093 * 1.323, abs=0.15)
    assert measured.high == pytest.approx(9.5 + 2.093 * 1.323, abs=0.15)


def test_it_is_the_same_each_time() -> None:
    once = difference([1.0, 2.0, 4.0], [0.0, 0.5, 0.25])
    assert difference([1.0, 2.0, 4.0], [0.0, 0.5, 0.25]) == once


def test_rows_have_their_difference_to_bounded_on_the_same_stream() -> None:
    rows = [
        row("bounded", [0.1, 0.2]),
        row("adam", [0.2, 0.3]),
        row("bounded", [0.5, 0.5], source="b"),
        row("adam", [0.4, 0.3], source="b"),
    ]
    ours, adam, _, elsewhere = with_differences(rows)
    assert ours == rows[0]
    found = section(adam, "difference")
    assert number(section(found, "mse"), "mean") == pytest.approx(0.1)
    assert number(section(found, "last_50_mse"), "low") == pytest.approx(0.05)
    assert section(found, "mse")["verdict"] == "behind"
    assert section(section(elsewhere, "difference"), "mse")["verdict"] == "ahead"


def test_what_cannot_be_paired_is_left_as_it_is() -> None:
    diverged: Row = {"source": "a", "optimizer": "sgd", "diverged": True}
    rows = [
        row("adam", [0.2, 0.3]),
        row("bounded", [0.1, 0.2]),
        row("copy", [0.2]),
        diverged,
        row("sgd", [0.4, 0.5], source="b"),
        row("bounded", [0.1], source="c"),
        row("adam", [0.2], source="c"),
    ]
    assert list(with_differences(rows)) == rows


def test_it_is_shown_with_its_interval_and_who_is_ahead() -> None:
    found: JSON = {"mean": -0.0002, "low": -0.0004, "high": -0.0001, "verdict": "ahead"}
    assert shown_difference({"difference": {"mse": found}}) == "-0.20 [-0.40, -0.10] ahead"
    assert shown_difference({"difference": {"mse": found}}, metric="last_50_mse") == "–"
    assert shown_difference({"difference": {}}) == shown_difference({}) == "–"
    assert Difference(1.0, 0.0, 2.0).verdict == "tie"
