"""A table of rows, in the terminal and in Markdown, from one list of columns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from stream_ae.bench.paired import shown_difference
from stream_ae.bench.rows import Row, diverged, maybe, numbers, text
from stream_ae.reports.formatting import NOTHING

SOURCE_WIDTH, OPTIMIZER_WIDTH = 28, 18
"""Characters of the first two columns in the terminal."""

_BETWEEN = "  "  # columns of the terminal
_DIVERGED = "diverged"  # stands where the means would


@dataclass(frozen=True, slots=True)
class Column:
    """One column after the first two, which every table has.

    Args:
        title: above it.
        show: the text of a row in it.
        width: characters in the terminal, right-aligned; 0 for a last column as long as its text.
        always: whether rows that diverged have it, too.
    """

    title: str
    show: Callable[[Row], str]
    width: int = 0
    always: bool = False

    def fit(self, shown: str) -> str:
        """A text as wide as the column."""
        return f"{shown:>{self.width}}"


def metric(title: str, key: str, *, width: int, digits: int = 2, times: float = 1.0) -> Column:
    """A column with one number of each row, and a dash where it does not exist."""
    return Column(title, lambda row: cell(maybe(row, key), digits=digits, times=times), width)


def squared_error(title: str, key: str, *, width: int) -> Column:
    """A column with a mean squared error × 1000."""
    return metric(title, key, width=width, times=1000.0)


def series(title: str, key: str, *, digits: int = 2, times: float = 1.0) -> Column:
    """A last column with a list of numbers of each row."""

    def show(row: Row) -> str:
        return " ".join(cell(value, digits=digits, times=times) for value in numbers(row, key))

    return Column(title, show)


def with_spread(title: str = "mse × 1000") -> Column:
    """The column of the mean squared error × 1000 and half its range over the seeds."""

    def show(row: Row) -> str:
        mean, spread = (cell(maybe(row, key), times=1000.0) for key in ("mse", "mse_spread"))
        return f"{mean} ± {spread:>5}"

    return Column(title, show, 15)


def to_reference() -> Column:
    """The column of the difference to ``bounded``, its interval and who is ahead."""
    return Column("difference to bounded", shown_difference, 28)


def cell(value: float | None, *, digits: int = 2, times: float = 1.0) -> str:
    """A number with ``digits`` digits after the point; a dash where there is none.

    >>> cell(0.00123, times=1000), cell(None)
    ('1.23', '–')
    """
    return NOTHING if value is None else f"{times * value:.{digits}f}"


def heading(columns: Sequence[Column], *, second: str = "optimizer") -> str:
    """The names of the columns, for the terminal; the second one is what is compared."""
    head = f"{'source':{SOURCE_WIDTH}}{_BETWEEN}{second:{OPTIMIZER_WIDTH}}"
    return _BETWEEN.join([head, *(column.fit(column.title) for column in columns)])


def line(row: Row, *, columns: Sequence[Column], second: str = "optimizer") -> str:
    """A row for the terminal; the name of a long source loses its beginning."""
    source = shortened(text(row, "source"), SOURCE_WIDTH)
    cells = [f"{source:{SOURCE_WIDTH}}", f"{text(row, second):{OPTIMIZER_WIDTH}}"]
    if not diverged(row):
        return _BETWEEN.join([*cells, *(column.fit(column.show(row)) for column in columns)])
    kept = [column for column in columns if column.always]
    left_out = [column.width for column in columns if not column.always]
    width = sum(left_out) + len(_BETWEEN) * (len(left_out) - 1) if kept else 0
    cells.append(f"{_DIVERGED:>{width}}")
    return _BETWEEN.join([*cells, *(column.fit(column.show(row)) for column in kept)])


def shortened(name: str, length: int) -> str:
    """The end of a name that is too long.

    >>> shortened("one-by-one-person", 8)
    '…-person'
    """
    return name if len(name) <= length else f"…{name[1 - length :]}"


def cells(row: Row, columns: Sequence[Column]) -> list[str]:
    """The texts of a row in all columns, for Markdown, where spaces make no list."""
    if diverged(row):
        shown = [column.show(row) if column.always else NOTHING for column in columns]
        shown[0] = _DIVERGED
    else:
        shown = [column.show(row) for column in columns]
    return [each.replace("±  ", "± ").replace(_BETWEEN, ", ") for each in shown]


def markdown(titles: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown.

    >>> print(markdown(["stream", "mse"], [["vtest.avi", "0.37"]]))
    | stream | mse |
    | --- | --- |
    | vtest.avi | 0.37 |
    """
    every = [titles, ["---"] * len(titles), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in every)
