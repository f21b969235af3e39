from pathlib import Path

import pytest
import torch
from tests.support.folders import picture_folder

from stream_ae.bench.rows import number, section
from stream_ae.bench.trial import TRACED, Trial, follow, fresh, learn, score
from stream_ae.sources.concat import Piece


@pytest.fixture
def pieces(tmp_path: Path) -> tuple[Piece, ...]:
    folder = picture_folder(tmp_path / "a", count=3)
    return (Piece(folder, 0, 2), Piece(folder, 1, 2))


def test_a_run_has_a_summary_and_the_figures_of_every_frame(pieces: tuple[Piece, ...]) -> None:
    result = learn(Trial(pieces, "sgd", 0.01))
    assert not result.diverged
    assert result.summary["frames"] == 4
    assert section(result.summary, "optimizer")["lr"] == 0.01
    assert result.trace.keys() == set(TRACED)
    assert result.summary["mse"] == pytest.approx(sum(result.mse) / 4)
    copy = result.trace["loss/copy_last_frame"]
    assert copy[0] is None
    assert copy[1:] == pytest.approx([(20 / 255) ** 2, 0.0, (20 / 255) ** 2], rel=1e-3)


@pytest.mark.slow
def test_a_trial_says_all_that_a_run_depends_on(pieces: tuple[Piece, ...]) -> None:
    trial = Trial(pieces, "sgd", 0.1)
    once = learn(trial).mse
    assert learn(trial).mse == once
    assert learn(Trial(pieces, "sgd", 0.1, seed=1)).mse[0] != once[0]
    assert learn(Trial(pieces, "sgd", 0.1, objective="mse")).mse[1:] != once[1:]


@pytest.mark.slow
def test_a_run_may_be_followed_in_parts(pieces: tuple[Piece, ...]) -> None:
    trial = Trial(pieces, "sgd", 0.1)
    learner = fresh(trial)
    first, rest = follow(learner, trial, frames=3), follow(learner, trial)
    assert [len(first.mse), len(rest.mse)] == [3, 1]
    assert first.mse + rest.mse == learn(trial).mse


def test_divergence_is_a_result(pieces: tuple[Piece, ...]) -> None:
    result = learn(Trial(pieces, "sgd", 1e30))
    assert result.diverged
    assert len(result.mse) == number(result.summary, "frames") < 4


def test_the_first_network_stays_as_it_was(pieces: tuple[Piece, ...]) -> None:
    trial = Trial(pieces, "frozen")
    learner = fresh(trial)
    before = {name: value.clone() for name, value in learner.model.state_dict().items()}
    assert follow(learner, trial).summary["frames_learned"] == 0
    after = learner.model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_the_map_can_be_left_out(pieces: tuple[Piece, ...]) -> None:
    learner = fresh(Trial(pieces, "adam-no-map", 0.001))
    assert "decoder.map" not in learner.model.state_dict()
    assert type(learner.optimizer) is torch.optim.Adam
    assert "decoder.map" in fresh(Trial(pieces, "adam", 0.001)).model.state_dict()


def test_a_network_of_somebody_elses_is_made_with_the_seed(pieces: tuple[Piece, ...]) -> None:
    trial = Trial(pieces, "sgd", 0.1, seed=3, model="stream_ae.nn.autoencoder:seeded")
    assert learn(trial).mse == learn(Trial(pieces, "sgd", 0.1, seed=3)).mse


def test_scoring_changes_nothing_and_finds_what_a_run_finds(pieces: tuple[Piece, ...]) -> None:
    trial = Trial(pieces, "sgd", 0.1)
    learner = fresh(trial)
    before = [weight.clone() for weight in learner.model.parameters()]
    scored = score(learner, pieces)
    assert all(map(torch.equal, before, learner.model.parameters()))
    assert learner.frames == 0
    assert scored["copy_last_frame"] == pytest.approx(2 * (20 / 255) ** 2 / 3, rel=1e-3)
    first = score(learner, [Piece(pieces[0].address, 0, 1)])
    assert first["mse"] == pytest.approx(learn(trial).mse[0], rel=1e-5)
    assert first["copy_last_frame"] is None
    assert first["ssim"] is not None
