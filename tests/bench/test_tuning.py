import pytest
from tests.support.results import make_result

from stream_ae.bench import tuning as bench_rates
from stream_ae.bench.contestants import GRIDS, read_entrants
from stream_ae.bench.pool import Workers
from stream_ae.bench.trial import Result, Trial
from stream_ae.bench.tuning import Tuned, tune
from stream_ae.sources.concat import Piece

SGD = GRIDS["sgd"]


def tuned(text: str, monkeypatch: pytest.MonkeyPatch, errors: dict[float | None, float]) -> Tuned:
    """Tune where a rate gives the error of ``errors`` on seed 0, and on others 1 more each."""

    def learn(trial: Trial) -> Result:
        if trial.lr not in errors:
            return make_result(trial, [1.0], diverged=True)
        return make_result(trial, [errors[trial.lr] + trial.seed])

    def trial_of(lr: float | None, seed: int) -> Trial:
        return Trial((Piece("a.mp4", 0, 1),), "sgd", lr, seed)

    monkeypatch.setattr(bench_rates, "learn", learn)
    (entrant,) = read_entrants([text])
    with Workers() as workers:
        return tune(entrant, trial_of, repeats=3, workers=workers)


def test_the_best_rate_of_seed_0_is_measured_on_all_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tuned("sgd", monkeypatch, dict(zip(SGD[:5], [0.5, 0.4, 0.2, 0.3, 0.6], strict=True)))
    assert found.row["lr"] == SGD[2]
    assert found.row["edge"] is False
    tried = found.row["tried"]
    assert [one["lr"] for one in tried] == [*SGD]
    assert [one.get("mse") for one in tried] == [0.5, 0.4, 0.2, 0.3, 0.6, None]
    assert [one["diverged"] for one in tried] == [False] * 5 + [True]
    assert [(one.trial.lr, one.trial.seed) for one in found.results] == [
        (SGD[2], seed) for seed in range(3)
    ]


@pytest.mark.parametrize("place", [0, 5])
def test_a_best_rate_at_an_edge_is_marked(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: dict[float | None, float] = dict.fromkeys(SGD, 0.5)
    errors[SGD[place]] = 0.1
    assert tuned("sgd", monkeypatch, errors).row["edge"] is True


def test_a_rate_that_was_given_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tuned("sgd:0.7", monkeypatch, {0.7: 0.5})
    assert found.row["lr"] == 0.7
    assert found.row["edge"] is False
    assert len(found.row["tried"]) == 1
    assert len(found.results) == 3


def test_where_all_diverge_there_is_no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tuned("sgd", monkeypatch, {})
    assert found.row["lr"] is None
    assert [result.diverged for result in found.results] == [True]
