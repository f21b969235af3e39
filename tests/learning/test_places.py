import copy
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch

from stream_ae.frame import Frame
from stream_ae.learning import places
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.places import KEPT, MOST, TOLD, Places
from stream_ae.learning.scoring import Scores
from stream_ae.learning.step import Losses, Step
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import StreamingVideoAutoencoder
from stream_ae.optim.loss_ema import LossEMA


def shot(place: int) -> Frame:
    """A camera's view of a place, always the same, and of more detail than the latent holds."""
    return Frame(np.random.default_rng(place).integers(60, 160, (112, 112, 3), dtype=np.uint8))


def tour(learner: StreamLearner, *stays: tuple[int, int]) -> list[Step]:
    """Stay at places for some frames each."""
    return [learner.learn_one(shot(place)) for place, frames in stays for _ in range(frames)]


def told(steps: Iterable[Step]) -> list[tuple[int, str]]:
    """What was told, with the number of the frame."""
    return [(step.number, event.text) for step in steps for event in step.frame.events]


def weights(learner: StreamLearner) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in learner.model.parameters()])


_FRAMES = 8  # of each of the two places that are learned once for all tests


@pytest.fixture(scope="module")
def first() -> tuple[StreamLearner, Step]:
    """A learner that knows place 0, and its last step."""
    learner = StreamLearner()
    return learner, tour(learner, (0, _FRAMES))[-1]


@pytest.fixture(scope="module")
def travelled(first: tuple[StreamLearner, Step]) -> tuple[StreamLearner, list[Step]]:
    """One that was at place 1 after that, and its steps there."""
    learner = copy.deepcopy(first[0])
    return learner, tour(learner, (1, _FRAMES))


def test_a_place_is_known_on_coming_back(
    first: tuple[StreamLearner, Step], travelled: tuple[StreamLearner, list[Step]]
) -> None:
    left, there = copy.deepcopy(first[0].model), travelled[1]
    back, next_one = tour(copy.deepcopy(travelled[0]), (0, 2))
    assert back.losses.mse <= 1.5 * first[1].losses.mse
    assert back.losses.mse < 0.2 * there[0].losses.mse
    image, latent = left(back.target)
    assert torch.equal(back.image, image)  # of the weights with which it left
    assert torch.equal(back.latent, latent)
    assert told([*there, back, next_one]) == [(2 * _FRAMES + 1, "known place 1")]
    assert [event.kind for event in back.frame.events] == ["known_place"]


def test_a_place_never_seen_is_learned_as_if_none_were_known(
    travelled: tuple[StreamLearner, list[Step]], monkeypatch: pytest.MonkeyPatch
) -> None:
    learner, other = copy.deepcopy(travelled[0]), copy.deepcopy(travelled[0])
    assert told(tour(learner, (2, KEPT + 1))) == []
    monkeypatch.setattr(places, "MATCH", 0.0)
    tour(other, (2, KEPT + 1))
    assert torch.equal(weights(learner), weights(other))


def test_predict_one_knows_the_place_and_changes_nothing(
    travelled: tuple[StreamLearner, list[Step]],
) -> None:
    learner = copy.deepcopy(travelled[0])
    before = weights(learner)
    asked = learner.predict_one(shot(0))
    assert torch.equal(weights(learner), before)
    (step,) = tour(learner, (0, 1))
    assert torch.equal(asked.image, step.image)
    assert asked.losses.mse == step.losses.mse
    learner.frozen = True
    assert not torch.equal(learner.predict_one(shot(1)).image, learner.predict_one(shot(0)).image)


def test_a_frozen_learner_stays_as_it_is(travelled: tuple[StreamLearner, list[Step]]) -> None:
    learner = copy.deepcopy(travelled[0])
    learner.frozen = True
    (step,) = tour(learner, (0, 1))
    assert torch.equal(weights(learner), weights(travelled[0]))
    assert torch.equal(step.image, learner.model(step.target).image)
    assert torch.equal(step.image, learner.predict_one(shot(0)).image)


@pytest.mark.slow
def test_a_saved_learner_knows_its_places_bit_for_bit(
    travelled: tuple[StreamLearner, list[Step]], tmp_path: Path
) -> None:
    learner, other = copy.deepcopy(travelled[0]), StreamLearner(seed=1)
    tour(learner, (0, 3), (1, 2))
    learner.save(tmp_path / "state.pt")
    other.load(tmp_path / "state.pt")
    seen, seen_again = (tour(it, (0, 2), (2, _FRAMES), (1, 1)) for it in (learner, other))
    assert told(seen) == told(seen_again) == [(22, "known place 1"), (32, "known place 2")]
    assert torch.equal(weights(learner), weights(other))


def test_a_state_without_places_knows_none(travelled: tuple[StreamLearner, list[Step]]) -> None:
    learner = copy.deepcopy(travelled[0])
    state = learner.state_dict()
    del state["updater"]["places"]
    learner.load_state_dict(state)
    assert told(tour(learner, (0, 1))) == []


def picture(place: int) -> torch.Tensor:
    """Of one grey."""
    return torch.full((1, 3, 224, 224), 0.1 + 0.05 * place)


def scores(mse: float, *, changed: float) -> Scores:
    return Scores(
        Losses(mse, mse, 0.0), changed=int(changed * 224**2), ratio=changed, objective=mse
    )


class Tour:
    """Places of a network that knows one grey at a time, and learns it at once."""

    def __init__(self) -> None:
        self.model = StreamingVideoAutoencoder()
        with torch.no_grad():
            self.model.direct.kernel.zero_()  # mid grey, which the decoder corrects
            self.model.decoder.image.weight.zero_()
            assert self.model.decoder.image.bias is not None
            self.model.decoder.image.bias.fill_(6.0)  # it begins with white
        optimizer = torch.optim.SGD(self.model.parameters(), 0.1)
        self.places = Places(self.model, optimizer=optimizer, ema=LossEMA())
        self.told: list[str] = []
        self.place = 0

    @torch.no_grad()
    def stay(self, place: int, frames: int, *, slowly: bool = False) -> None:
        """Show a place for some frames; slowly, no frame is a jump and nothing is learned."""
        target = picture(place)
        for _ in range(frames):
            changed, self.place = float(self.place != place and not slowly), place
            seen = scores(self.error(target), changed=changed)
            if self.places.recall(target, seen, begins=False):
                assert self.error(target) < 1e-5
            event = self.places.take(target, scores(self.error(target), changed=changed))
            self.told += [] if event is None else [event.text]
            bias = self.model.decoder.image.bias
            assert bias is not None
            if not slowly:
                bias.fill_(torch.logit(target[0, 0, 0, 0] + 0.001).item())

    def error(self, target: torch.Tensor) -> float:
        return losses.mse(self.model(target).image, target).item()


def test_a_place_is_told_as_new_after_a_second_but_for_the_first() -> None:
    course = Tour()
    for place, frames in [(0, TOLD), (1, TOLD - 1), (1, 1), (0, 1), (1, 1)]:
        course.stay(place, frames)
    assert course.told == ["new place 2", "known place 1", "known place 2"]


def test_a_flash_is_no_place() -> None:
    course = Tour()
    for place, frames in [(0, TOLD), (1, KEPT - 1), (0, 1), (1, 1)]:
        course.stay(place, frames)
    assert course.told == ["known place 1"]


def test_a_place_that_was_never_left_is_no_new_one() -> None:
    course = Tour()
    course.stay(0, TOLD)
    # a lamp that flickers
    assert not course.places.recall(picture(0), scores(1e-4, changed=1.0), begins=False)
    course.stay(0, 2 * TOLD)
    course.stay(1, TOLD)
    assert course.told == ["new place 2"]


def test_a_place_whose_first_frames_are_bad_is_known_soon() -> None:
    course = Tour()
    course.stay(0, TOLD)
    course.stay(1, TOLD)
    course.stay(2, 1)  # a fade
    course.stay(0, KEPT - 1, slowly=True)
    course.stay(3, TOLD)
    assert course.told == ["new place 2", "known place 1", "new place 3"]


def test_what_moves_is_no_place() -> None:
    course = Tour()
    course.stay(0, TOLD)
    assert not course.places.recall(picture(1), scores(1e-4, changed=0.25), begins=False)
    course.stay(0, TOLD)
    assert course.places.state_dict()["known"] == []


def test_the_least_recently_used_goes() -> None:
    course = Tour()
    for place in [*range(MOST + 1), 1, MOST + 1, 0]:
        course.stay(place, 3 * KEPT)
    assert course.told == ["known place 2"]
    known = course.places.state_dict()["known"]
    assert [place["number"] for place in known] == [4, 5, 6, 7, 8, 9, 2, 10]


def test_a_private_network_has_no_places() -> None:
    course = Tour()
    course.model.decoder.map = None
    for place in (0, 1, 0):
        course.stay(place, KEPT)
    assert course.told == []
    assert course.places.state_dict()["known"] == []


@pytest.mark.slow
def test_after_black_frames_a_bright_one_is_learned_within_three_frames() -> None:
    black, scene = Frame(np.zeros((112, 112, 3), np.uint8)), shot(0)
    learner, new = StreamLearner(), StreamLearner()
    for _ in range(120):
        learner.learn_one(black)
    asked = learner.predict_one(scene)
    steps, wanted = ([it.learn_one(scene) for _ in range(3)] for it in (learner, new))
    assert steps[0].losses.mse == asked.losses.mse
    assert steps[2].losses.mse < 1.5 * wanted[2].losses.mse
    assert [step.update.steps for step in steps] == [step.update.steps for step in wanted]


def test_where_a_scene_begins_its_frames_say_so() -> None:
    places = Tour().places
    for begins in (True, False):
        places.recall(picture(0), scores(1e-4, changed=0.0), begins=begins)
        assert places.starts_scene == begins


def test_a_scene_that_begins_unlike_it_looks_later_is_asked_once_more_for_the_first_weights() -> (
    None
):
    course = Tour()
    bad = scores(10.0, changed=0.0)
    for frame in range(KEPT):
        has_changed = course.places.recall(picture(0), bad, begins=frame == 0)
        course.places.take(picture(0), bad)
        assert has_changed == (frame in {0, KEPT - 1})
