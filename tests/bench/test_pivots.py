import re
from pathlib import Path

import pytest

from stream_ae.bench.pivots import (
    SUMMARY_STREAMS,
    Results,
    baselines,
    by_optimizer,
    foreground,
    last_50,
    obgd,
    optimizers,
    paired,
    summary_table,
)
from stream_ae.bench.results import read_folder
from stream_ae.bench.rows import JSON, Row, number, text

RESULTS = Path(__file__).parent.parent.parent / "benchmarks" / "results"


def row(source: str, optimizer: str, mse: float, **others: JSON) -> dict[str, JSON]:
    means: dict[str, JSON] = {"mse": mse, "mse_spread": 0.00001, "last_50_mse": mse / 2}
    return {"source": source, "optimizer": optimizer, "diverged": False, **means, **others}


SMALL: Results = {
    "learning-in-stream": [
        row(
            "a.mp4",
            "bounded",
            0.001,
            last_50_ssim=0.9876,
            last_50_detail_loss=0.005,
            overshoot_rate=0.015,
            updates_per_frame=1.5,
        ),
        row("a.mp4", "bounded-no-map", 0.002, last_50_ssim=0.9, last_50_detail_loss=0.006),
        row("a.mp4", "copy", 0.003),
        row("a.mp4", "obgd", 0.004),
        row("a.mp4", "adaptive-obgd", 0.005),
        row("b.mp4", "bounded", 0.0001),
    ],
    "learning-in-stream-mse": [row("a.mp4", "bounded", 0.0009)],
    "learning-grid": [row("a.mp4", "muon", 0.0015, lr=0.01), row("a.mp4", "sgd", 0.007, lr=3.0)],
    "learning-paired": [row("a.mp4", "bounded", 0.0008)],
}


def test_the_summary_has_the_means_of_the_files() -> None:
    results = read_folder(RESULTS)
    head, _, *lines = summary_table(results).splitlines()
    assert head == "| stream | bounded | Muon | Adam | untrained |"
    assert len(lines) == len(SUMMARY_STREAMS) == 4
    means = {
        (text(row, "source"), text(row, "optimizer").split(":")[0]): number(row, "mse")
        for row in results["learning-paired"]
    }
    for stream, line in zip(SUMMARY_STREAMS, lines, strict=True):
        numbers = [float(text) for text in re.findall(r"\d+\.\d+", line)]
        names = ("bounded", "muon", "adam", "frozen")
        wanted = [1000 * means[stream, name] for name in names]
        assert numbers == pytest.approx(wanted, abs=0.005)


def test_every_optimizer_has_its_best_rate_in_brackets() -> None:
    head, _, only = by_optimizer(SMALL).splitlines()
    assert head == "| stream | bounded | Muon | Adam, β₂ 0.95 | Adam | SGD |"
    assert only == "| a | 0.80 ± 0.01 / 0.40 | 1.50 / 0.75 (0.01) | – | – | 7.00 / 3.50 (3) |"


def test_baselines_stand_beside_the_optimizer_with_dashes_where_there_is_none() -> None:
    _, _, *lines = baselines(SMALL).splitlines()
    assert lines == [
        "| a | 3.00 / 1.50 | – | – | 1.00 / 0.50 | 2.00 / 1.00 | 0.90 / 0.45 | – |",
        "| b | – | – | – | 0.10 / 0.05 | – | – | – |",
    ]


def test_the_last_frames_are_compared_where_both_networks_were_measured() -> None:
    _, _, *lines = last_50(SMALL).splitlines()
    assert lines == ["| a | 0.988 | 0.900 | 5.00 | 6.00 | 1.5 % | 1.50 |"]


def test_obgd_is_shown_where_it_was_measured() -> None:
    _, _, *lines = obgd(SMALL).splitlines()
    assert lines == ["| a | 1.00 / 0.50 | 4.00 / 2.00 | 5.00 / 2.50 |"]


def test_differences_stand_beside_the_errors_with_dashes_where_there_is_none() -> None:
    found: JSON = {"mean": 0.0005, "low": 0.0004, "high": 0.0006, "verdict": "behind"}
    tie: JSON = {"mean": -0.0001, "low": -0.0002, "high": 0.0, "verdict": "tie"}
    difference: JSON = {"mse": found, "last_50_mse": tie}
    measured: list[Row] = [
        row("a.mp4", "bounded", 0.001, updates_per_frame=1.2),
        row("a.mp4", "adam:0.005", 0.0015, updates_per_frame=1.2, difference=difference),
        {"source": "a.mp4", "optimizer": "sgd:3", "diverged": True},
    ]
    assert paired({"learning-paired": measured}).splitlines()[2:] == [
        "| a | bounded | 1.00 | – | 0.50 | – | 1.20 |",
        "| a | adam:0.005 | 1.50 | +0.50 [+0.40, +0.60] behind | 0.75"
        " | -0.10 [-0.20, +0.00] tie | 1.20 |",
        "| a | sgd:3 | – | – | – | – | – |",
    ]


def test_foreground_has_a_column_for_each_method_and_the_better_filter() -> None:
    measured: list[Row] = [
        {"source": "cars", "method": "ours", "f": 0.9, "f_median": 0.91, "f_closing": 0.8},
        {"source": "cars", "method": "knn", "f": 0.5, "f_median": 0.6, "f_closing": 0.7},
        {"source": "empty", "method": "ours", "f": None, "f_median": None, "f_closing": None},
        {"source": "empty", "method": "knn", "f": 0.0, "f_median": None, "f_closing": None},
    ]
    assert foreground({"foreground": measured}).splitlines() == [
        "| stream | ours | knn |",
        "| --- | --- | --- |",
        "| cars | 0.900 / 0.910 | 0.500 / 0.700 |",
        "| empty | – / – | 0.000 / – |",
    ]


def test_small_streams_have_a_column_for_each_method_and_dashes_where_there_is_none() -> None:
    measured: list[Row] = [
        {"source": "walk", "method": "constant", "mean": 0.25, "end": None, "lr": None},
        {"source": "walk", "method": "sgd", "mean": 0.5, "end": 0.125, "lr": 0.03},
        {"source": "blob", "method": "sgd", "mean": None, "end": None, "lr": 0.03},
    ]
    assert optimizers({"optimizers": measured}).splitlines() == [
        "| stream | constant | sgd |",
        "| --- | --- | --- |",
        "| walk | 0.250 | 0.500 / 0.125 (0.03) |",
        "| blob | – | – (0.03) |",
    ]
