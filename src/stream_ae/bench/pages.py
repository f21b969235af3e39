"""The page of results, written from the results themselves, so that no number is copied by hand.

``stream-ae bench results`` prints it; ``docs/results.md`` is what it prints for those files.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from stream_ae.bench.results import read_folder
from stream_ae.bench.rows import Row, maybe, number, text
from stream_ae.bench.table import cell, markdown
from stream_ae.errors import ConfigError
from stream_ae.reports.formatting import NOTHING, share

Results = dict[str, list[Row]]
"""Rows by the name of their file without its ending."""

SUMMARY_STREAMS = ("vtest.avi", "highway", "gym:ALE/Breakout-v5", "scene:cuts")
"""The streams of the small table: two cameras, a game, a scene that changes every 200 frames."""

_IN_STREAM, _IN_STREAM_MSE, _GRID = "learning-in-stream", "learning-in-stream-mse", "learning-grid"
_TITLES = {"bounded": "bounded", "muon": "Muon", "adam-0.95": "Adam, β₂ 0.95", "adam": "Adam"}
_TITLES["sgd"] = "SGD"
_SHORT = {"gym:ALE/Breakout-v5": "Breakout"}

_INTRODUCTION = """\
# Results

`stream-ae bench results` writes this page from the files in `benchmarks/results`; `make docs`
renews it.

How to read the numbers:

- **Mean squared error × 1000** of 224 × 224 × 3 values between 0 and 1. Lower is better.
- Every frame is predicted and scored *before* the network learns from it, and it is seen only once.
- 500 frames of each stream unless a table says otherwise. Means over three networks with different
  first weights; ± is half the range over them.
- *Last 50* is the mean over the last 50 frames: how good it gets. The mean over all frames also
  says how fast.
- `bounded` has no learning rate to choose. Every other optimizer gets, stream by stream, the best
  of six rates.
- [benchmark.md](benchmark.md) says how each part is measured."""


class Section(NamedTuple):
    """A table with what is needed to understand it and to produce it again.

    Args:
        title: its heading.
        explanation: what it shows, in plain words.
        commands: what measures it.
        table: writes it, in Markdown.
    """

    title: str
    explanation: str
    commands: tuple[str, ...]
    table: Callable[[Results], str]


def results_page(folder: Path) -> str:
    """The whole page.

    Args:
        folder: of the results files.

    Raises:
        ConfigError: a file or a row is missing or damaged.
    """
    results = read_folder(folder)
    return "\n\n".join([_INTRODUCTION, *(_written(each, results) for each in SECTIONS)]) + "\n"


def summary_table(results: Results) -> str:
    """Four streams and four optimizers: the mean squared error × 1000 over all frames."""
    names = ("bounded", "muon", "adam", "sgd")
    lines = [
        [stream_title(stream), *(cell(_mse(results, stream, name), times=1000) for name in names)]
        for stream in SUMMARY_STREAMS
    ]
    return markdown(["stream", *(_TITLES[name] for name in names)], lines)


def stream_title(source: str) -> str:
    """What a stream is called on the page.

    >>> stream_title("gym:ALE/Breakout-v5"), stream_title("one-by-one-person-detection.mp4")
    ('Breakout', 'one-by-one-person')
    """
    return _SHORT.get(source, source.removesuffix(".mp4").replace("person-detection", "person"))


def _written(section: Section, results: Results) -> str:
    commands = "\n".join(f"    {command}" for command in section.commands)
    return f"## {section.title}\n\n{section.explanation}\n\n{section.table(results)}\n\n{commands}"


def _find(results: Results, name: str, *, source: str, optimizer: str) -> Row | None:
    """The row of a stream and an optimizer in a file."""
    if name not in results:
        raise ConfigError(
            f"the page needs {name}.json, got {', '.join(results) or 'no results'}; measure it with"
            " stream-ae bench learning, or name another folder with --out"
        )
    keys = ("source", "optimizer")
    rows = [row for row in results[name] if (source, optimizer) == tuple(map(row.get, keys))]
    return rows[0] if rows else None


def _tuned(results: Results, source: str, optimizer: str) -> Row | None:
    """An optimizer at its best rate; ``bounded`` has none to choose."""
    name = _IN_STREAM if optimizer == "bounded" else _GRID
    return _find(results, name, source=source, optimizer=optimizer)


def _mse(results: Results, source: str, optimizer: str) -> float | None:
    row = _tuned(results, source, optimizer)
    return None if row is None else maybe(row, "mse")


def _streams(results: Results, name: str) -> list[str]:
    """The streams of a file, in its order."""
    return list(dict.fromkeys(text(row, "source") for row in results[name]))


def _mean_and_last(row: Row | None, *, spread: bool = False, rate: bool = False) -> str:
    """The mean over all frames and over the last 50, with its spread or the rate if asked for."""
    if row is None:
        return NOTHING
    mean, last = (cell(maybe(row, key), times=1000) for key in ("mse", "last_50_mse"))
    half_range = f" ± {cell(maybe(row, 'mse_spread'), times=1000)}" if spread else ""
    best = f" ({number(row, 'lr'):g})" if rate else ""
    return f"{mean}{half_range} / {last}{best}"


def _by_optimizer(results: Results) -> str:
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


def _baselines(results: Results) -> str:
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


def _last_50(results: Results) -> str:
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


def _obgd(results: Results) -> str:
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


SECTIONS = (
    Section(
        "Summary",
        "The mean squared error × 1000 over all 500 frames of a stream, each seen once; lower"
        " is better. Muon, Adam and SGD are shown at the best of six learning rates, `bounded`"
        " without any choice.",
        (
            "stream-ae bench learning vtest.avi highway gym:ALE/Breakout-v5 scene:cuts"
            " --optimizers bounded",
            "stream-ae bench learning vtest.avi highway gym:ALE/Breakout-v5 scene:cuts --part grid"
            " --optimizers muon,adam,sgd",
        ),
        summary_table,
    ),
    Section(
        "Every stream and optimizer",
        "Mean over all frames / over the last 50, and in brackets the best of six rates.",
        (
            "stream-ae bench learning vtest.avi --optimizers bounded",
            "stream-ae bench learning vtest.avi --part grid --optimizers muon,adam-0.95,adam,sgd",
        ),
        _by_optimizer,
    ),
    Section(
        "Beside what needs no learning",
        "Mean over all frames / over the last 50. *Copy* takes the frame before as the"
        " prediction. *Bicubic* and *PCA* see the frame itself, as the network does, through as"
        " many values as its latent has: 64 × 64 × 3 pixels, and 16 principal components of each"
        " 8 × 8 block, learned from all frames before. *Without spatial bias* is `bounded`"
        " without the learned spatial bias, which remembers what stands where: everything has to"
        " pass through the latent. *Squared error only* is `bounded` with `--objective mse`."
        " *Offline* is the same network (one seed) trained on all 500 frames in any order, eight"
        " times over, then scored on them.",
        (
            "stream-ae bench learning vtest.avi"
            " --optimizers bounded,bounded-no-map,copy,bicubic,online-pca,offline",
            "stream-ae bench learning vtest.avi --objective mse --optimizers bounded",
        ),
        _baselines,
    ),
    Section(
        "The last 50 frames",
        "SSIM is the structural similarity of prediction and frame, 1 at best. *Detail* is the"
        " squared error × 1000 on the pixels that changed. Both stand beside the same without"
        " the learned spatial bias. *Overshoot* is the share of steps after which the frame just"
        " learned had a larger error than before, *steps a frame* how many steps were taken on"
        " each frame.",
        ("stream-ae bench learning vtest.avi --optimizers bounded,bounded-no-map",),
        _last_50,
    ),
    Section(
        "ObGD as published",
        "Mean over all frames / over the last 50; ObGD over two seeds. It was made to predict"
        " one number; `bounded` takes its idea to pictures.",
        ("stream-ae bench learning vtest.avi --optimizers bounded,obgd,adaptive-obgd --repeats 2",),
        _obgd,
    ),
)
"""The tables in their order."""
