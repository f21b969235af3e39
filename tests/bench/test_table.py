from stream_ae.bench.rows import Row, text
from stream_ae.bench.table import (
    Column,
    cell,
    cells,
    heading,
    line,
    metric,
    series,
    squared_error,
    with_spread,
)

COLUMNS = (
    with_spread(),
    metric("ssim", "ssim", width=5, digits=3),
    squared_error("last", "last", width=6),
)
NOTED = (*COLUMNS, Column("by seed", lambda row: text(row, "note"), always=True))
ROW: Row = {
    "source": "vtest.avi",
    "optimizer": "bounded",
    "mse": 0.00123,
    "mse_spread": 0.00001,
    "ssim": 0.98765,
    "last": None,
    "note": "1 2",
}


def test_numbers_stand_under_their_titles() -> None:
    head, shown = heading(NOTED), line(ROW, columns=NOTED)
    assert " ".join(head.split()) == "source optimizer mse × 1000 ssim last by seed"
    assert " ".join(shown.split()) == "vtest.avi bounded 1.23 ± 0.01 0.988 – 1 2"
    for title, value in [("mse × 1000", "0.01"), ("ssim", "0.988"), (" last", "–")]:
        assert head.index(title) + len(title) == shown.index(value) + len(value)
    assert head.index("by seed") == shown.index("1 2")


def test_a_long_source_loses_its_beginning_and_an_optimizer_nothing() -> None:
    row = {**ROW, "source": "x" * 40, "optimizer": "y" * 20}
    assert line(row, columns=()) == f"…{'x' * 27}  {'y' * 20}"


def test_a_row_that_diverged_says_so_instead_of_its_means() -> None:
    row: Row = {"source": "a", "optimizer": "sgd", "diverged": True, "note": "1 –"}
    assert line(row, columns=COLUMNS).split() == ["a", "sgd", "diverged"]
    assert line(row, columns=COLUMNS).endswith(f"sgd{' ' * 15}  diverged")
    noted = line(row, columns=NOTED)
    assert noted.split() == ["a", "sgd", "diverged", "1", "–"]
    assert noted.index("1 –") == heading(NOTED).index("by seed")
    assert cells(row, NOTED) == ["diverged", "–", "–", "1 –"]


def test_markdown_has_the_same_texts() -> None:
    assert cells(ROW, NOTED) == ["1.23 ± 0.01", "0.988", "–", "1 2"]
    several: Row = {**ROW, "note": "0.1: 5.00  0.3: 4.00"}
    assert cells(several, NOTED)[-1] == "0.1: 5.00, 0.3: 4.00", "spaces make no list there"
    assert cell(0.01234, times=1000) == "12.34"


def test_a_series_is_a_last_column() -> None:
    column = series("by window", "errors", times=1000)
    assert column.show({"errors": [0.001, None, 0.0025]}) == "1.00 – 2.50"
    assert column.width == 0
