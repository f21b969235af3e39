"""Tables that set optimizers and methods side by side, a line for each stream, in Markdown."""

from collections.abc import Iterator, Sequence

from stream_ae.bench.paired import shown_difference
from stream_ae.bench.rows import Row, maybe, number, text
from stream_ae.bench.table import cell, markdown
from stream_ae.errors import ConfigError
from stream_ae.reports.formatting import NOTHING, share

Results = dict[str, list[Row]]
"""Rows by the name of their file without its ending."""

SUMMARY_STREAMS = ("vtest.avi", "highway", "gym:ALE/Breakout-v5", "scene:cuts")
"""The streams of the small table: two cameras, a game, a scene that changes every 200 frames."""

_IN_STREAM, _IN_STREAM_MSE, _GRID = "learning-in-stream", "learning-in-stream-mse", "learning-grid"
_PAIRED = "learning-paired"
_TITLES = {"bounded": "bounded", "muon": "Muon", "adam-0.95": "Adam, β₂ 0.95", "adam": "Adam"}
_TITLES["sgd"] = "SGD"
_SHORT = {"gym:ALE/Breakout-v5": "Breakout"}


def summary_table(results: Results) -> str:
    """Four streams and three optimizers: the mean squared error × 1000 over all frames."""
    titles = {"bounded": "bounded", "muon": "Muon", "adam": "Adam", "frozen": "untrained"}
    errors = {
        (text(row, "source"), text(row, "optimizer").partition(":")[0]): maybe(row, "mse")
        for row in rows_of(results, _PAIRED)
    }
    lines = [
        [stream_title(stream), *(cell(errors.get((stream, name)), times=1000) for name in titles)]
        for stream in SUMMARY_STREAMS
    ]
    return markdown(["stream", *titles.values()], lines)


def stream_title(source: str) -> str:
    """What a stream is called on the page.

    >>> stream_title("gym:ALE/Breakout-v5"), stream_title("one-by-one-person-detection.mp4")
    ('Breakout', 'one-by-one-person')
    """
    return _SHORT.get(source, source.removesuffix(".mp4").replace("person-detection", "person"))


def _find(results: Results, name: str, *, source: str, optimizer: str) -> Row | None:
    """The row of a stream and an optimizer in a file."""
    keys = ("source", "optimizer")
    rows = [
        row for row in rows_of(results, name) if (source, optimizer) == tuple(map(row.get, keys))
    ]
    return rows[0] if rows else None


def rows_of(results: Results, name: str) -> list[Row]:
    """All rows of a file."""
    if name not in results:
        raise ConfigError(
            f"the page needs {name}.json, got {', '.join(results) or 'no results'}; measure it with"
            " stream-ae bench learning, or name another folder with --out"
        )
    return results[name]


def _tuned(results: Results, source: str, optimizer: str) -> Row | None:
    """An optimizer at its best rate; ``bounded`` has none to choose."""
    name = _PAIRED if optimizer == "bounded" else _GRID
    return _find(results, name, source=source, optimizer=optimizer)


def _streams(results: Results, name: str) -> list[str]:
    """The streams of a file, in its order."""
    return list(dict.fromkeys(text(row, "source") for row in rows_of(results, name)))


def _mean_and_last(row: Row | None, *, spread: bool = False, rate: bool = False) -> str:
    """The mean over all frames and over the last 50, with its spread or the rate if asked for."""
    if row is None:
        return NOTHING
    mean, last = (cell(maybe(row, key), times=1000) for key in ("mse", "last_50_mse"))
    half_range = f" ± {cell(maybe(row, 'mse_spread'), times=1000)}" if spread else ""
    best = f" ({number(row, 'lr'):g})" if rate else ""
    return f"{mean}{half_range} / {last}{best}"


def by_optimizer(results: Results) -> str:
    """Every optimizer at its best rate: mean over all frames, over the last 50, and the rate."""
    lines = [
        [
            stream_title(stream),
            *(
                _mean_and_last(
                    _tuned(results, stream, name), spread=name == "bounded", rate=name != "bounded"
                )
                for name in _TITLES
            ),
        ]
        for stream in _streams(results, _GRID)
    ]
    return markdown(["stream", *_TITLES.values()], lines)


def baselines(results: Results) -> str:
    """``bounded`` beside what needs no learning in one pass."""
    columns = {
        "copy": (_IN_STREAM, "copy"),
        "bicubic": (_IN_STREAM, "bicubic"),
        "PCA": (_IN_STREAM, "online-pca"),
        "bounded": (_IN_STREAM, "bounded"),
        "without spatial bias": (_IN_STREAM, "bounded-no-map"),
        "squared error only": (_IN_STREAM_MSE, "bounded"),
        "offline, 8 epochs": (_IN_STREAM, "offline"),
    }
    lines = [
        [
            stream_title(stream),
            *(
                _mean_and_last(_find(results, name, source=stream, optimizer=optimizer))
                for name, optimizer in columns.values()
            ),
        ]
        for stream in _streams(results, _IN_STREAM)
    ]
    return markdown(["stream", *columns], lines)


def last_50(results: Results) -> str:
    """How good the pictures are in the end, with and without the learned spatial bias."""

    def lines() -> Iterator[Sequence[str]]:
        for stream in _streams(results, _IN_STREAM):
            row = _find(results, _IN_STREAM, source=stream, optimizer="bounded")
            plain = _find(results, _IN_STREAM, source=stream, optimizer="bounded-no-map")
            if row is None or plain is None:
                continue
            yield [
                stream_title(stream),
                *(cell(maybe(each, "last_50_ssim"), digits=3) for each in (row, plain)),
                *(cell(maybe(each, "last_50_detail_loss"), times=1000) for each in (row, plain)),
                share(maybe(row, "overshoot_rate")),
                cell(maybe(row, "updates_per_frame")),
            ]

    titles = ["stream", "SSIM", "SSIM without bias", "detail", "detail without bias"]
    return markdown([*titles, "overshoot", "steps a frame"], lines())


def obgd(results: Results) -> str:
    """``bounded`` beside the optimizers it took its idea from, where they were measured."""
    names = ("bounded", "obgd", "adaptive-obgd")
    found = {
        stream: [_find(results, _IN_STREAM, source=stream, optimizer=name) for name in names]
        for stream in _streams(results, _IN_STREAM)
    }
    lines = [
        [stream_title(stream), *map(_mean_and_last, rows)]
        for stream, rows in found.items()
        if None not in rows
    ]
    return markdown(["stream", "bounded", "ObGD", "adaptive ObGD"], lines)


def paired(results: Results) -> str:
    """Each optimizer's differences to ``bounded``, in the mean and in the end, and its steps."""
    lines = [
        [
            stream_title(text(row, "source")),
            text(row, "optimizer"),
            *_error_and_difference(row, "mse"),
            *_error_and_difference(row, "last_50_mse"),
            cell(maybe(row, "updates_per_frame")),
        ]
        for row in rows_of(results, _PAIRED)
    ]
    titles = ["stream", "optimizer", "mean", "to bounded", "last 50", "to bounded"]
    return markdown([*titles, "steps a frame"], lines)


def _error_and_difference(row: Row, metric: str) -> tuple[str, str]:
    return cell(maybe(row, metric), times=1000), shown_difference(row, metric=metric)


def foreground(results: Results) -> str:
    """A column for each method: F of the masks as they come / after the better of two filters."""
    rows = rows_of(results, "foreground")
    methods = list(dict.fromkeys(text(row, "method") for row in rows))
    found = {(text(row, "source"), text(row, "method")): row for row in rows}
    lines = [
        [stream, *(_raw_and_filtered(found[stream, name]) for name in methods)]
        for stream in _streams(results, "foreground")
    ]
    return markdown(["stream", *methods], lines)


def optimizers(results: Results) -> str:
    """A column for each method on the small streams: its error over the whole stream / its end."""
    rows = rows_of(results, "optimizers")
    methods = list(dict.fromkeys(text(row, "method") for row in rows))
    found = {(text(row, "source"), text(row, "method")): row for row in rows}
    lines = [
        [stream, *(_mean_and_end(found.get((stream, name))) for name in methods)]
        for stream in _streams(results, "optimizers")
    ]
    return markdown(["stream", *methods], lines)


def _mean_and_end(row: Row | None) -> str:
    if row is None:
        return NOTHING
    mean, end, lr = (maybe(row, key) for key in ("mean", "end", "lr"))
    errors = cell(mean, digits=3) if end is None else f"{cell(mean, digits=3)} / {end:.3f}"
    return errors if lr is None else f"{errors} ({lr:g})"


def _raw_and_filtered(row: Row) -> str:
    filtered = (maybe(row, "f_median"), maybe(row, "f_closing"))
    best = max((value for value in filtered if value is not None), default=None)
    return f"{cell(maybe(row, 'f'), digits=3)} / {cell(best, digits=3)}"
