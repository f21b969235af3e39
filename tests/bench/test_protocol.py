from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from stream_ae.bench.contestants import Contestant
from stream_ae.bench.protocol import Measurement, Protocol, Settings, measure, seeds_row
from stream_ae.bench.protocols import PARTS
from stream_ae.bench.rows import Row
from stream_ae.bench.trial import Trial
from stream_ae.errors import ConfigError
from stream_ae.sources.concat import Piece


def protocol(plan: Callable[[Settings], Iterator[Measurement]], *, least: int = 1) -> Protocol:
    settings = Settings(("sgd",), sources=("scene:street",))
    return Protocol("test", "A test.", (), settings, plan, least)


def run(mse: float) -> Row:
    return {"diverged": False, "mse": mse}


def test_rows_come_in_the_order_of_the_plan_each_when_it_is_measured() -> None:
    done: list[str] = []

    def note(name: str) -> Row:
        done.append(name)
        return run(0.5)

    def plan(_: Settings) -> Iterator[Measurement]:
        for name in "abc":
            yield seeds_row({"source": name}, [partial(note, f"{name}{seed}") for seed in (0, 1)])

    rows = measure(protocol(plan))
    assert next(rows)["source"] == "a"
    assert done == ["a0", "a1"], "nothing of the second row is done before it is asked for"
    assert [row["source"] for row in rows] == ["b", "c"]
    assert done == ["a0", "a1", "b0", "b1", "c0", "c1"]


def test_a_row_may_ask_for_further_runs() -> None:
    def row() -> Measurement:
        first = yield [partial(run, 0.5), partial(run, 0.25)]
        best = min(float(str(each["mse"])) for each in first)
        second = yield [partial(run, 2 * best)]
        return {"best": best, "again": second[0]["mse"]}

    def plan(_: Settings) -> Iterator[Measurement]:
        yield row()

    assert list(measure(protocol(plan))) == [{"best": 0.25, "again": 0.5}]


@pytest.mark.slow
def test_rows_are_the_same_with_several_jobs() -> None:
    def plan(_: Settings) -> Iterator[Measurement]:
        for count in range(4):
            yield seeds_row({"optimizer": str(count)}, [partial(dict, mse=count, diverged=False)])

    part = protocol(plan)
    rows = list(measure(part, replace(part.defaults, jobs=2)))
    assert rows == list(measure(part))
    assert [row["mse"] for row in rows] == [0, 1, 2, 3]


def test_a_row_is_the_mean_over_seeds() -> None:
    def plan(_: Settings) -> Iterator[Measurement]:
        yield seeds_row({"source": "a"}, [partial(run, 0.25), partial(run, 0.75)])

    (row,) = measure(protocol(plan))
    assert (row["source"], row["seeds"], row["mse"], row["mse_spread"]) == ("a", 2, 0.5, 0.25)


def test_too_few_streams_are_refused_before_anything_is_planned() -> None:
    def plan(_: Settings) -> Iterator[Measurement]:
        raise AssertionError("planned")

    with pytest.raises(ConfigError, match="takes 2 streams or more, got 1"):
        next(measure(protocol(plan, least=2)))


def test_settings_give_every_pair_and_a_trial_for_each_seed() -> None:
    settings = Settings(("sgd:0.1", "adam"), sources=("a", "b"), repeats=2, objective="mse")
    sgd, adam = Contestant("sgd:0.1", "sgd", 0.1), Contestant("adam", "adam", None)
    assert list(settings.pairs()) == [("a", sgd), ("a", adam), ("b", sgd), ("b", adam)]
    pieces = (Piece("a", 0, 5),)
    assert settings.trials(pieces, sgd) == [
        Trial(pieces, "sgd", 0.1, seed, "mse") for seed in range(2)
    ]


def test_the_parts_are_named_as_in_their_files() -> None:
    assert [*PARTS] == [
        "in-stream",
        "grid",
        "sensitivity",
        "out-of-stream",
        "forgetting",
        "plasticity",
        "scenes",
        "long",
    ]
    for part in PARTS.values():
        assert len(part.description.split()) > 10
        assert part.columns
