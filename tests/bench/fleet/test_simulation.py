import math
from dataclasses import replace

import pytest

from stream_ae.bench.fleet import simulation
from stream_ae.bench.fleet.assumptions import HOUR, Assumptions
from stream_ae.bench.fleet.outcome import Outcome
from stream_ae.bench.fleet.simulation import simulate
from stream_ae.errors import MissingExtraError

QUIET = Assumptions(
    cameras=1,
    per_machine=1,
    spare=0.0,
    seconds=1e5 * HOUR,
    machine_rate=0.0,
    rack_rate=0.0,
    process_rate=0.0,
    machine_noticed=0.0,
    process_noticed=0.0,
    start=0.0,
    checkpoint=0.0,
)
"""One camera to which nothing happens."""


def mean(outcome: Outcome, about: Assumptions) -> float:
    """Seconds of an outage."""
    return outcome.unseen / 1e6 * about.cameras * about.seconds / outcome.outages


def test_a_fleet_to_which_nothing_happens_always_learns() -> None:
    outcome = simulate(replace(QUIET, cameras=7))
    assert (outcome.availability, outcome.outages, outcome.again) == (1.0, 0, 0.0)
    assert math.isnan(outcome.median)


@pytest.mark.parametrize("cameras", [1, 2])
def test_without_spare_ones_a_machine_is_there_for_the_share_of_its_rates(cameras: int) -> None:
    """Up for 90 hours, away for 10, both exponential: 90 % (alternating renewal process)."""
    about = replace(
        QUIET, cameras=cameras, machine_rate=1 / (90 * HOUR), machine_away=10 * HOUR, seconds=1e9
    )
    assert simulate(about).availability == pytest.approx(0.9, abs=0.01)


def test_times_away_are_those_of_one_machine() -> None:
    about = replace(QUIET, machine_rate=1 / (90 * HOUR), machine_away=10 * HOUR, seconds=1e9)
    outcome = simulate(about)
    assert outcome.outages == pytest.approx(1e9 / (100 * HOUR), rel=0.05)
    assert outcome.median == pytest.approx(10 * HOUR * math.log(2), rel=0.05)
    assert outcome.p99 == pytest.approx(10 * HOUR * math.log(100), rel=0.1)


def test_a_process_is_back_after_what_its_start_takes() -> None:
    about = replace(
        QUIET,
        process_rate=1 / (99 * 20.0),
        process_noticed=3.0,
        start=15.0,
        checkpoint=1e9,
        checkpoint_every=10.0,
        storage=6e8,  # of which a sixth is taken: 2 s
        seconds=2e7,
    )
    outcome = simulate(about)
    assert outcome.median == outcome.longest == pytest.approx(20.0)
    assert outcome.availability == pytest.approx(0.99, abs=5e-4)
    assert outcome.again == pytest.approx(1e6 * 5.0 / (100 * 20.0), rel=0.03)


def test_a_storm_starts_one_camera_after_the_other() -> None:
    """Six that move together to the other of two machines: 5 s, and then 10 s for each."""
    about = replace(
        QUIET,
        cameras=6,
        per_machine=6,
        spare=1.0,
        machine_rate=1e-6,
        machine_away=1000.0,
        machine_noticed=5.0,
        start=10.0,
        starts_at_once=1,
        seconds=3e8,
    )
    outcome = simulate(about)
    assert outcome.longest == pytest.approx(65.0)
    assert mean(outcome, about) == pytest.approx(40.0, rel=0.03)


def test_checkpoints_of_all_at_once_make_others_wait() -> None:
    """5 of 10 s the storage writes; then a state is read in 5 s: 6.25 s in the mean."""
    about = replace(
        QUIET,
        process_rate=1e-2,
        checkpoint=1e9,
        checkpoint_every=10.0,
        storage=2e8,
        seconds=1e6,
        are_spread=False,
    )
    outcome = simulate(about)
    assert outcome.longest == pytest.approx(10.0, abs=0.1)
    assert mean(outcome, about) == pytest.approx(6.25, rel=0.03)


def test_a_rack_is_lost_with_all_its_machines_and_a_cluster_with_its_head() -> None:
    about = replace(QUIET, cameras=4, seconds=1e8, machine_away=600.0, rack_away=600.0)
    rack = replace(about, machines_per_rack=4, rack_rate=1e-5)
    assert simulate(rack).outages == pytest.approx(4 * 1e3, rel=0.1)
    kept = simulate(replace(about, machine_rate=1e-5))
    not_kept = simulate(replace(about, machine_rate=1e-5, is_head_kept=False))
    assert not_kept.outages > 1.7 * kept.outages


def test_the_same_seed_gives_the_same_outcome() -> None:
    about = replace(QUIET, cameras=20, process_rate=1e-4, start=3.0, seconds=1e5)
    assert simulate(about, seed=3) == simulate(about, seed=3)
    assert simulate(about, seed=3) != simulate(about, seed=4)


def test_a_missing_simpy_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"stream-ae\[simulation\]"):
        simulate(QUIET)
