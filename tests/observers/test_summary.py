import io
import json
import math
from collections.abc import Iterable, Mapping

import pytest
import torch
from tests.support.steps import make_step

from stream_ae.frame import Event
from stream_ae.learning.step import PARTS, Step
from stream_ae.observers.memory import peak_rss_mib
from stream_ae.observers.summary import Metrics


def metrics_of(steps: Iterable[Step], facts: Mapping[str, object] | None = None) -> Metrics:
    metrics = Metrics(facts or {})
    for step in steps:
        metrics.on_step(step)
    return metrics


def test_summary_has_the_mean_of_all_and_of_the_last_50() -> None:
    steps = [make_step(n, mse=float(n), ssim=0.5, gradient=1.0) for n in range(1, 101)]
    summary = metrics_of(steps).summary()
    assert summary["mse"] == 50.5
    assert summary["last_50"]["mse"] == 75.5
    assert summary["global_loss"] == pytest.approx(50.5 + 0.1 + 0.05)
    assert summary["last_50"]["global_loss"] == pytest.approx(75.5 + 0.1 + 0.05)
    assert summary["baselines"] == pytest.approx({"copy_last_frame": 0.02, "running_mean": 0.02})
    assert summary["changed_pixels"] == 8.0


def test_global_loss_is_made_of_the_three_means_where_the_index_is_measured_rarely() -> None:
    steps = [make_step(n, mse=float(n), gradient=0.0, ssim=1.0 if n == 5 else None) for n in (1, 5)]
    assert metrics_of(steps).summary()["global_loss"] == pytest.approx(3.0)


def test_without_the_index_there_is_no_global_loss() -> None:
    summary = metrics_of([make_step(n, ssim=None) for n in (1, 2)]).summary()
    assert summary["mse"] == 0.25
    assert summary["global_loss"] is summary["last_50"]["global_loss"] is None


def test_summary_counts_what_happened() -> None:
    steps = [
        make_step(1, overshoot=1.0, update_ratio=0.01),
        make_step(2, learned=False, dropped=4, overshoot=0.0),
        make_step(3, events=[("reconnected", ""), ("decode_error", ""), ("decode_error", "")]),
    ]
    summary = metrics_of(steps, {"optimizer": {"name": "adam", "lr": 0.1}, "seed": 7}).summary()
    counted = ("frames", "frames_learned", "frames_gated", "dropped_frames", "reconnects")
    assert [summary[key] for key in counted] == [3, 2, 1, 4, 1]
    assert summary["decode_errors"] == 2
    assert summary["seed"] == 7
    assert summary["optimizer"] == {
        "name": "adam",
        "lr": 0.1,
        "effective_step": None,
        "update_ratio": 0.01,
        "updates_per_frame": pytest.approx(2 / 3),
        "overshoot_rate": 0.5,
        "bound_active_rate": 1.0,
    }


def test_summary_adds_the_seconds_up() -> None:
    summary = metrics_of([make_step(n, part_seconds=0.5) for n in (1, 2)]).summary()
    assert summary["seconds_by_part"] == dict.fromkeys(PARTS, 1.0)
    assert summary["seconds"] == len(PARTS)
    assert summary["fps"] == pytest.approx(2 / len(PARTS))


def test_a_part_of_ones_own_is_counted_beside_the_nine() -> None:
    first = metrics_of([make_step(1, seconds={"forward": 0.25, "export": 0.5})])
    assert first.summary()["seconds_by_part"] == {
        **dict.fromkeys(PARTS, 0.0),
        "forward": 0.25,
        "export": 0.5,
    }
    resumed = Metrics({})
    resumed.load_state_dict(first.state_dict())
    resumed.on_step(make_step(2, seconds={"export": 0.5, "mail": 1.0}))
    summary = resumed.summary()
    assert list(summary["seconds_by_part"]) == [*PARTS, "export", "mail"]
    assert summary["seconds_by_part"]["export"] == 1.0
    assert summary["seconds"] == 2.25
    assert summary["fps"] == pytest.approx(2 / 2.25)


def test_the_highest_memory_of_an_earlier_part_stays() -> None:
    state = metrics_of([make_step(1)]).state_dict()
    assert state["peak_rss_mib"] == pytest.approx(peak_rss_mib(), rel=0.5)
    resumed = Metrics({})
    resumed.load_state_dict({**state, "peak_rss_mib": 1e9})
    assert resumed.summary()["peak_rss_mib"] == resumed.state_dict()["peak_rss_mib"] == 1e9


def test_a_run_without_a_frame_has_nulls() -> None:
    summary = metrics_of([]).summary()
    assert summary["frames"] == 0
    assert summary["mse"] is summary["fps"] is summary["last_50"]["ssim"] is None
    json.dumps(summary, allow_nan=False)


def test_one_frame_that_is_not_finite_does_not_spoil_the_means() -> None:
    summary = metrics_of([make_step(1, detail=math.nan), make_step(2, detail=0.5)]).summary()
    assert summary["detail_loss"] == 0.5


def test_a_resumed_run_has_the_means_of_one_never_stopped() -> None:
    steps = [make_step(n, mse=float(n), ssim=None if n % 2 else 0.5) for n in range(1, 90)]
    first, whole = metrics_of(steps[:60]), metrics_of(steps)
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    second = Metrics({})
    second.load_state_dict(torch.load(io.BytesIO(file.getvalue()), weights_only=True))
    for step in steps[60:]:
        second.on_step(step)
    one, other = second.summary(), whole.summary()
    assert one.pop("peak_rss_mib") >= first.state_dict()["peak_rss_mib"]
    other.pop("peak_rss_mib")
    assert one == other


def test_what_happened_after_the_last_step_is_counted_once_though_it_is_told_again() -> None:
    metrics = metrics_of([make_step(1, events=[("decode_error", "one"), ("reconnected", "back")])])
    metrics.on_event(Event("decode_error", "two"))
    metrics.on_event(Event("source_lost", "gone"))
    resumed = Metrics({})
    resumed.load_state_dict(metrics.state_dict())
    resumed.on_event(Event("decode_error", "two"))
    for counted in (metrics.summary(), resumed.summary()):
        assert (counted["decode_errors"], counted["reconnects"]) == (2, 1)
