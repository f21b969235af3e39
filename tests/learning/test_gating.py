import math

import numpy as np
import pytest
import torch

from stream_ae.frame import Frame
from stream_ae.learning.gating import LAST, SLACK, Gate
from stream_ae.learning.history import History
from stream_ae.learning.payoff import Payoff
from stream_ae.learning.prediction import Seen
from stream_ae.learning.step import NO_UPDATE, Update
from stream_ae.nn.autoencoder import Reconstruction

SHAPE = (1, 3, 32, 32)
LEARNED = Update(learned=True)


class Viewer:
    """A gate that is shown a scene by a network that always makes the same of it."""

    def __init__(self, *, is_on: bool = True) -> None:
        self.gate = Gate(is_on=is_on)
        self.history = History(SHAPE, device=torch.device("cpu"))
        self.rng = np.random.default_rng(0)
        self.made = Reconstruction(torch.full(SHAPE, 0.5), torch.zeros(1, 16, 4, 4))

    def show(self, level: float, *, square: float = 0.0, begins: bool = False) -> Update:
        """Show a grey picture with noise of one level, and on it a square that is brighter."""
        noise = self.rng.normal(0.0, 1 / 255, SHAPE)
        target = torch.from_numpy(level + noise).float()
        target[..., 4:12, 4:12] += square
        mask, intensity = self.history.changes(target)
        frame = Frame(np.zeros((32, 32, 3), np.uint8))
        seen = Seen(frame, target, mask, intensity, target, begins)
        at_hand = self.gate.at_hand(seen, self.history)
        made = at_hand or self.made
        update = LEARNED if at_hand is None else NO_UPDATE
        update = self.gate.take(seen, made, mse=seen.error_of(made), update=update)
        self.history.add(target)
        return update


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learning never pays."""
    monkeypatch.setattr(Payoff, "is_spent", lambda *_: True)


def settled(level: float = 0.4) -> Viewer:
    """Whom nothing new has been shown for some frames; the next one is slept through."""
    viewer = Viewer()
    updates = [viewer.show(level) for _ in range(2)]
    assert [update.learned for update in updates] == [True, True]
    return viewer


def shown(viewer: Viewer, *, frames: int) -> list[bool]:
    """Which of these frames are learned, if nothing happens."""
    return [viewer.show(0.4).learned for _ in range(frames)]


@pytest.mark.usefixtures("spent")
def test_asleep_every_second_fourth_and_in_the_end_thirty_second_frame_is_learned() -> None:
    learned = np.flatnonzero(shown(settled(), frames=200)) + 1
    assert learned.tolist() == [2, 6, 14, 30, 62, 94, 126, 158, 190]
    assert LAST == 32


@pytest.mark.usefixtures("spent")
def test_it_stays_asleep_where_a_frame_is_learned_in_its_turn() -> None:
    viewer = settled()
    assert all(viewer.show(0.4).asleep for _ in range(40))


@pytest.mark.usefixtures("spent")
def test_a_change_wakes_it_at_once_and_sleep_begins_from_the_beginning() -> None:
    viewer = settled()
    shown(viewer, frames=40)
    update = viewer.show(0.4, square=0.2)
    assert (update.learned, update.asleep) == (True, False)
    assert viewer.show(0.4, square=0.2).learned
    assert [viewer.show(0.4, square=0.2).learned for _ in range(6)] == [0, 1, 0, 0, 0, 1]


@pytest.mark.usefixtures("spent")
def test_what_creeps_adds_up_until_it_wakes() -> None:
    viewer = settled()
    shown(viewer, frames=62)  # of the next 32 frames none would be learned
    level, frames = 0.4, 0
    while True:
        level -= 0.0002  # a twentieth of the noise
        frames += 1
        if viewer.show(level).learned:
            break
    assert 1 < frames < 20
    assert (0.5 - level) ** 2 > SLACK * (0.5 - 0.4) ** 2


@pytest.mark.usefixtures("spent")
def test_another_scene_is_learned_though_it_looks_the_same() -> None:
    assert settled().show(0.4, begins=True).learned


def test_while_learning_pays_nothing_is_slept_through() -> None:
    assert all(shown(settled(), frames=40))


@pytest.mark.usefixtures("spent")
def test_a_network_that_copies_the_frame_is_not_slept_on() -> None:
    viewer = Viewer()
    for _ in range(8):  # a new reconstruction is far better than that at hand
        viewer.made = Reconstruction(viewer.made.image - 0.01, viewer.made.latent)
        assert viewer.show(0.4).learned


@pytest.mark.usefixtures("spent")
def test_what_is_at_hand_is_the_mean_of_the_last_reconstructions() -> None:
    viewer = Viewer()
    for level in (0.5, 0.51):
        viewer.made = Reconstruction(torch.full(SHAPE, level), viewer.made.latent)
        viewer.show(0.4)
    at_hand = viewer.gate.state_dict()["at_hand"]
    assert at_hand["image"].mean() == pytest.approx(0.505)


@pytest.mark.usefixtures("spent")
def test_a_gate_that_is_off_lets_everything_pass_and_keeps_nothing() -> None:
    viewer = Viewer(is_on=False)
    assert all(shown(viewer, frames=40))
    assert viewer.gate.state_dict()["at_hand"] is None


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize("frames", [1, 2, 7, 40])
def test_a_saved_state_goes_on_the_same(frames: int) -> None:
    viewer = settled()
    shown(viewer, frames=frames)
    other = Gate(is_on=True)
    other.load_state_dict(viewer.gate.state_dict())
    expected = shown(viewer, frames=30)
    viewer = settled()
    shown(viewer, frames=frames)
    viewer.gate = other
    assert shown(viewer, frames=30) == expected


@pytest.mark.usefixtures("spent")
def test_without_pictures_the_next_frame_is_learned() -> None:
    viewer = settled()
    shown(viewer, frames=10)
    state = {**viewer.gate.state_dict(), "at_hand": None}
    viewer.gate = Gate(is_on=True)
    viewer.gate.load_state_dict(state)
    update = viewer.show(0.4)
    assert (update.learned, update.asleep) == (True, False)


def test_the_state_of_an_earlier_version_starts_awake() -> None:
    gate = Gate(is_on=True)
    before = gate.state_dict()
    gate.load_state_dict({"gate": {"payoff": 0.001, "reference": 0.1, "skipped": 3}})
    after = gate.state_dict()["gate"]
    assert {k: v for k, v in after.items() if not math.isnan(v)} == {
        k: v for k, v in before["gate"].items() if not math.isnan(v)
    }
