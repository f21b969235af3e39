from collections.abc import Iterable

import pytest
import torch
from torch import nn
from torch.optim import Optimizer

from stream_ae.bench.protocols import optimizers
from stream_ae.bench.protocols.optimizers import COLUMNS, STREAMS, bench_optimizers
from stream_ae.bench.rows import maybe, number, sections, text
from stream_ae.bench.small.problem import Problem
from stream_ae.bench.small.race import Build
from stream_ae.bench.table import line
from stream_ae.errors import ConfigError


@pytest.fixture(autouse=True)
def no_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    """An optimizer is as good as its rate is near 0.01, and the highest diverges."""

    def mean_and_end(problem: Problem, build: Build) -> tuple[float, float]:
        del problem
        optimizer = _built(build, nn.Linear(1, 1).parameters())
        lr = float(optimizer.param_groups[0]["lr"])
        error = abs(lr - 0.01)
        return (torch.inf, torch.inf) if lr == 0.1 else (error, 0.5 * error)

    monkeypatch.setattr(optimizers, "mean_and_end", mean_and_end)


def _built(build: Build, weights: Iterable[nn.Parameter]) -> Optimizer:
    return build(weights)


def test_each_stream_has_a_row_for_each_method() -> None:
    rows = list(bench_optimizers(["blob", "walk"], repeats=1))
    assert [(row["source"], row["method"]) for row in rows] == [
        ("blob", "constant"),
        ("blob", "bounded"),
        ("blob", "adam"),
        ("blob", "sgd"),
        ("walk", "constant"),
        ("walk", "bounded"),
        ("walk", "adam"),
        ("walk", "sgd"),
        ("walk", "obgd"),
    ]


def test_the_best_rate_is_that_of_the_least_mean_error() -> None:
    _, bounded, adam, _ = bench_optimizers(["blob"], repeats=2)
    assert maybe(bounded, "lr") is None
    assert (number(adam, "lr"), number(adam, "mean")) == (0.01, 0.0)
    tried = sections(adam, "tried")
    assert [number(one, "lr") for one in tried] == list(optimizers.ADAM_RATES)
    assert maybe(tried[-1], "mean") is None  # it diverged
    assert number(tried[0], "end") == pytest.approx(0.5 * (0.01 - 3e-4))


def test_the_constant_is_the_mean_over_the_seeds() -> None:
    constant = next(iter(bench_optimizers(["blob"], repeats=2)))
    expected = sum(STREAMS["blob"](seed).constant for seed in (0, 1)) / 2
    assert number(constant, "mean") == pytest.approx(expected)
    assert line(constant, columns=COLUMNS, second="method").split()[:2] == ["blob", "constant"]


def test_all_streams_are_taken_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: STREAMS[name] for name in ("blob", "walk")}
    monkeypatch.setattr(optimizers, "STREAMS", few)
    assert {text(row, "source") for row in bench_optimizers(repeats=1)} == {*few}


def test_there_are_eight_streams() -> None:
    assert len(STREAMS) == 8


def test_an_unknown_stream_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown stream 'blobb'; choose one of correlated, "):
        list(bench_optimizers(["blobb"]))
