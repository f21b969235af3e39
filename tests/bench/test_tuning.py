from collections.abc import Sequence

import pytest

from stream_ae.bench.contestants import GRIDS, read_contestants
from stream_ae.bench.protocol import Settings
from stream_ae.bench.rows import Row, number, sections
from stream_ae.bench.trial import Trial
from stream_ae.bench.tuning import RATE, TRIES, Tuned, run_at_rate, tune
from stream_ae.sources.concat import Piece

SGD = GRIDS["sgd"]


def tuned(text: str, errors: dict[float | None, float]) -> Tuned:
    """Tune where a rate gives the error of ``errors`` on seed 0, and on others 1 more each."""

    def run(trial: Trial) -> Row:
        if trial.lr not in errors:
            return {"lr": trial.lr, "diverged": True}
        mse = errors[trial.lr] + trial.seed
        means: Row = {"mse": mse, "last_50_mse": mse, "last_50_ssim": 0.9}
        return {"lr": trial.lr, "diverged": False, **means}

    (contestant,) = read_contestants([text])
    settings = Settings((text,), repeats=3)
    search = tune(contestant, (Piece("a.mp4", 0, 1),), settings=settings, run=run)
    runs: Sequence[Row] | None = None
    while True:
        try:
            tasks = next(search) if runs is None else search.send(runs)
        except StopIteration as end:
            found: Tuned = end.value
            return found
        runs = [task() for task in tasks]


def test_the_best_rate_of_seed_0_is_measured_on_all_seeds() -> None:
    found = tuned("sgd", dict(zip(SGD[:5], [0.5, 0.4, 0.2, 0.3, 0.6], strict=True)))
    assert found.row["lr"] == SGD[2]
    assert found.row["edge"] is False
    tried = sections(found.row, "tried")
    assert [one["lr"] for one in tried] == [*SGD]
    assert [one.get("mse") for one in tried] == [0.5, 0.4, 0.2, 0.3, 0.6, None]
    assert [one["diverged"] for one in tried] == [False] * 5 + [True]
    assert [run["mse"] for run in found.runs] == [0.2, 1.2, 2.2]
    assert all("lr" not in run for run in found.runs)
    assert found.trial is not None
    assert (found.trial.lr, found.trial.seed) == (SGD[2], 0)


def test_rates_are_shown_with_their_errors_and_a_star_at_an_edge() -> None:
    found = tuned("sgd", dict(zip(SGD[:5], [0.005, 0.004, 0.002, 0.003, 0.006], strict=True)))
    assert RATE.show(found.row) == "0.3"
    assert RATE.show({**found.row, "edge": True}) == "0.3*"
    assert TRIES.show(found.row) == (
        "0.03: 5.00  0.1: 4.00  0.3: 2.00  1: 3.00  3: 6.00  10: diverged"
    )


@pytest.mark.parametrize("place", [0, 5])
def test_a_best_rate_at_an_edge_is_marked(place: int) -> None:
    errors: dict[float | None, float] = dict.fromkeys(SGD, 0.5)
    errors[SGD[place]] = 0.1
    assert tuned("sgd", errors).row["edge"] is True


def test_a_rate_that_was_given_is_not_searched() -> None:
    found = tuned("sgd:0.7", {0.7: 0.5})
    assert found.row["lr"] == 0.7
    assert found.row["edge"] is False
    assert len(sections(found.row, "tried")) == 1
    assert len(found.runs) == 3


def test_where_all_diverge_there_is_no_rate() -> None:
    found = tuned("sgd", {})
    assert found.row["lr"] is None
    assert found.runs == [{"diverged": True}]
    assert found.trial is None


def test_a_run_says_the_rate_that_was_in_force() -> None:
    row = run_at_rate(Trial((Piece("scene:street", 0, 2),), "sgd", None))
    assert row["lr"] == 1e-3
    assert number(row, "mse") > 0
