"""What docs/python.md promises of a learner in a program of one's own."""

import copy
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from tests.support.board_reader import read_board
from torch import Tensor, nn

from stream_ae import (
    CheckpointError,
    Frame,
    Step,
    StreamingVideoAutoencoder,
    StreamLearner,
    open_source,
    run,
)
from stream_ae.learning import updater
from stream_ae.nn.autoencoder import seeded
from stream_ae.observers import Checkpointer, Journal, Metrics, Progress, load_latest
from stream_ae.observers.filmstrip import Filmstrip
from stream_ae.observers.tensorboard.board import Board
from stream_ae.storage.state_file import SavedState

Rgb = NDArray[np.uint8]


@pytest.fixture(autouse=True)
def _two_steps(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """On the first frames, too, where nothing runs in another process."""
    if "process" not in request.node.name:
        monkeypatch.setattr(updater, "SCENE_STEPS", 2)


def picture(index: int) -> Rgb:
    rgb: Rgb = np.random.default_rng(index).integers(0, 256, (48, 64, 3), np.uint8)
    return rgb


def learned(learner: StreamLearner, *, start: int = 0, count: int = 2) -> Tensor:
    """All weights after some pictures."""
    for index in range(start, start + count):
        learner.learn_one(picture(index))
    return weights(learner.model)


def weights(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def same(one: object, other: object) -> bool:
    """Whether two nested states are the same, bit for bit."""
    if isinstance(one, Tensor):
        return isinstance(other, Tensor) and one.dtype == other.dtype and _bits(one) == _bits(other)
    if isinstance(one, dict):
        return isinstance(other, dict) and same([*one.items()], [*other.items()])
    if isinstance(one, list | tuple):
        pairs = zip(one, other, strict=True) if isinstance(other, list | tuple) else ()
        return type(one) is type(other) and all(same(a, b) for a, b in pairs)
    return repr(one) == repr(other)


def _bits(tensor: Tensor) -> bytes:
    return tensor.contiguous().numpy().tobytes()


def same_step(one: Step, other: Step) -> bool:
    tensors = ("target", "image", "latent")
    return (
        one.losses == other.losses
        and one.update == other.update
        and one.number == other.number
        and all(torch.equal(vars(one)[name], vars(other)[name]) for name in tensors)
        and torch.equal(one.change.mask, other.change.mask)
        and torch.equal(one.change.intensity, other.change.intensity)
    )


# Pictures in any form

FORMS: list[Callable[[Rgb], object]] = [
    lambda rgb: rgb / 255,
    lambda rgb: rgb.astype(np.uint16) * 257,
    lambda rgb: torch.from_numpy(rgb).permute(2, 0, 1),
    lambda rgb: torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255,
    lambda rgb: (torch.from_numpy(rgb / 255)).requires_grad_(),
    Image.fromarray,
    lambda rgb: rgb.tolist(),
    Frame,
]


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_a_picture_in_any_form_gives_the_same_step(form: int) -> None:
    one, other = StreamLearner(size="small"), StreamLearner(size="small")
    for index in range(2):
        rgb = picture(index)
        assert same_step(one.learn_one(rgb), other.learn_one(FORMS[form](rgb)))
    assert torch.equal(weights(one.model), weights(other.model))


def test_what_is_no_picture_changes_nothing() -> None:
    learner = StreamLearner(size="small")
    learned(learner)
    before = copy.deepcopy(learner.state_dict())
    for wrong in (
        None,
        "street.mp4",
        np.full((4, 4), np.nan),
        torch.zeros(2, 3, 8, 8),
        [[1], [2, 3]],
    ):
        for method in (learner.learn_one, learner.predict_one):
            with pytest.raises((TypeError, ValueError), match="a picture"):
                method(wrong)
    assert same(learner.state_dict(), before)


def test_pictures_are_counted() -> None:
    learner = StreamLearner(size="small")
    frames = [learner.learn_one(picture(index)).frame for index in range(3)]
    assert [(frame.index, frame.is_first) for frame in frames] == [
        (0, True),
        (1, False),
        (2, False),
    ]
    assert [frame.time for frame in frames] == [0.0, 1 / 25, 2 / 25]


# Whatever is set around it


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


SURROUNDINGS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "float64": lambda: default_dtype(torch.float64),
    "bfloat16": lambda: default_dtype(torch.bfloat16),
    "another device": lambda: torch.device("meta"),
}


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
@pytest.mark.parametrize("made_inside", [True, False])
def test_it_learns_the_same_in_any_surroundings(surroundings: str, made_inside: bool) -> None:
    plain = StreamLearner(size="small")
    first = weights(plain.model)
    around = SURROUNDINGS[surroundings]
    with around() if made_inside else nullcontext():
        learner = StreamLearner(size="small")
    with around():
        assert same_step(plain.learn_one(picture(0)), learner.learn_one(picture(0)))
    assert same_step(plain.learn_one(picture(1)), learner.learn_one(picture(1)))
    assert torch.equal(weights(learner.model), weights(plain.model))
    assert not torch.equal(weights(learner.model), first)


def test_it_learns_the_same_in_eval_mode() -> None:
    learner = StreamLearner(size="small")
    learner.model.eval()
    assert torch.equal(learned(learner), learned(StreamLearner(size="small")))


@pytest.mark.parametrize("optimizer", ["bounded", "adam", "obgd", "adaptive-obgd", "muon", "sgd"])
def test_frozen_weights_stay_and_the_others_learn_whenever_that_is_set(optimizer: str) -> None:
    learner = StreamLearner(optimizer=optimizer, size="small")
    model = learner.model
    assert isinstance(model, StreamingVideoAutoencoder)
    halves = (model.encoder, model.decoder)
    for round_, (frozen, free) in enumerate((halves, halves[::-1], halves)):
        frozen.requires_grad_(False)
        free.requires_grad_(True)
        before = [weights(half) for half in (frozen, free)]
        learned(learner, start=round_, count=1)
        assert torch.equal(weights(frozen), before[0])
        assert not torch.equal(weights(free), before[1])


def test_nothing_that_could_learn_is_an_error_and_not_silence() -> None:
    learner = StreamLearner(size="small")
    learner.model.requires_grad_(False)
    with pytest.raises(ValueError, match="a weight that requires a gradient, got none"):
        learner.learn_one(picture(0))
    assert not learner.predict_one(picture(0)).update.learned
    learner.model.requires_grad_(True)
    assert learner.learn_one(picture(0)).update.learned


def test_an_optimizer_of_other_weights_is_an_error_and_not_silence() -> None:
    optimizer = torch.optim.SGD(nn.Conv2d(3, 3, 1).parameters(), lr=0.1)
    with pytest.raises(ValueError, match="must have weights of the model, got others"):
        StreamLearner(nn.Conv2d(3, 3, 1), optimizer)
    learner = StreamLearner(nn.Conv2d(3, 3, 1), "sgd")
    replaced = {name: value.clone() for name, value in learner.model.state_dict().items()}
    learner.model.load_state_dict(replaced, assign=True)
    with pytest.raises(ValueError, match="got weight, bias, which sgd does not have; add it to"):
        learner.learn_one(picture(0))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_network_that_lost_its_precision_is_refused(dtype: torch.dtype) -> None:
    learner = StreamLearner(size="small")
    learner.model.to(dtype)
    for method in (learner.learn_one, learner.predict_one):
        with pytest.raises(TypeError, match=f"float32, or all float64, got {dtype}"):
            method(picture(0))


@pytest.mark.slow
def test_a_network_in_float64_learns_in_float64() -> None:
    learner = StreamLearner(seeded(0).double())
    steps = [learner.learn_one(picture(0)) for _ in range(3)]
    assert steps[-1].losses.mse < steps[0].losses.mse
    assert steps[0].image.dtype == torch.float64
    assert steps[0].target.dtype == torch.float32
    plain = StreamLearner().learn_one(picture(0))
    assert steps[0].losses.mse == pytest.approx(plain.losses.mse, rel=1e-4)


# Threads and random numbers


def test_it_has_one_thread_and_leaves_the_others_number_alone() -> None:
    torch.set_num_threads(2)
    learner, seen = StreamLearner(Counting()), StreamLearner(Counting(), threads=None)
    assert isinstance(learner.model, Counting)
    assert isinstance(seen.model, Counting)
    learner.learn_one(picture(0))
    seen.learn_one(picture(0))
    assert torch.get_num_threads() == 2
    assert learner.model.threads == {1}
    assert seen.model.threads == {2}
    assert (learner.facts()["threads"], seen.facts()["threads"]) == (1, 2)


class Counting(nn.Module):
    """A network that knows with how many threads it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 1)
        self.threads: set[int] = set()

    def forward(self, frame: Tensor) -> Tensor:
        self.threads.add(torch.get_num_threads())
        image: Tensor = self.layer(frame)
        return image


@pytest.mark.slow
def test_learners_in_threads_are_what_each_is_alone() -> None:
    seeds = [0, 1, 2, 3]
    alone = [learned(StreamLearner(size="small", seed=seed)) for seed in seeds]
    together = threading.Barrier(len(seeds))

    def work(seed: int) -> Tensor:
        together.wait(10)
        return learned(StreamLearner(size="small", seed=seed))

    with ThreadPoolExecutor(len(seeds)) as pool:
        for one, other in zip(alone, pool.map(work, seeds), strict=True):
            assert torch.equal(one, other)


def test_the_global_generator_is_neither_used_nor_changed(tmp_path: Path) -> None:
    made = []
    for seed in (5, 6):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        learner = StreamLearner(size="small", seed=3)
        made.append(learned(learner))
        learner.predict_one(picture(0))
        learner.facts()
        learner.save(tmp_path / f"{seed}.pt")
        learner.load(tmp_path / "5.pt")
        copy.deepcopy(learner)
        assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(*made)


# Asking without learning


def test_predict_one_gives_the_step_and_changes_nothing() -> None:
    learner = StreamLearner(size="small")
    for index in range(4):
        state = copy.deepcopy(learner.state_dict())
        asked = [learner.predict_one(picture(index)) for _ in range(2)]
        assert same(learner.state_dict(), state)
        step = learner.learn_one(picture(index))
        for one in asked:
            assert (one.update.learned, one.update.steps) == (False, 0)
            assert one.number == step.number
            assert one.losses.ssim is not None
            assert torch.equal(one.image, step.image)
            assert torch.equal(one.latent, step.latent)
            assert torch.equal(one.change.mask, step.change.mask)
            assert one.losses.mse == step.losses.mse
            assert one.losses.copy_last_frame == step.losses.copy_last_frame
            assert one.losses.running_mean == step.losses.running_mean
            if step.losses.ssim is not None:
                assert one.losses.ssim == step.losses.ssim


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_asking_is_the_same_in_any_surroundings(surroundings: str) -> None:
    learner = StreamLearner(WithLatent((1, 4)))
    learned(learner)
    expected = learner.predict_one(picture(5))
    with SURROUNDINGS[surroundings]():
        asked = learner.predict_one(picture(5))
    assert asked.losses == expected.losses
    assert torch.equal(asked.image, expected.image)
    assert learner.learn_one(picture(5)).losses.mse == expected.losses.mse


# Files, copies, pickles


DAMAGE: dict[str, Callable[[SavedState], object]] = {
    "one without gate": lambda state: {k: v for k, v in state.items() if k != "gate"},
    "one without detector, frames": lambda _: {},
    "got 'many'": lambda state: {**state, "frames": "many"},
    "the same network": lambda _: StreamLearner(size="base").state_dict(),
    "no weight": lambda state: {**state, "model": {}},
    "the same optimizer, got one with .*betas": lambda state: {
        **state,
        "optimizer": StreamLearner(size="small", optimizer="adam").state_dict()["optimizer"],
    },
    "KeyError: 'loss_mean'": lambda state: {**state, "updater": {}},
    "got ValueError": lambda state: {**state, "gate": {**state["gate"], "gain": "x"}},
    "must be a dictionary, got a list": lambda _: [],
    r"must be \(1, 3, 224, 224\), got \(1, 3, 8, 8\)": lambda state: {
        **state,
        "previous": torch.zeros(1, 3, 8, 8),
    },
}


@pytest.mark.parametrize("message", DAMAGE)
def test_a_state_is_loaded_whole_or_not_at_all(message: str) -> None:
    learner, other = StreamLearner(size="small"), StreamLearner(size="small", seed=1)
    learned(learner)
    learned(other, start=3)
    state, before = other.state_dict(), copy.deepcopy(learner.state_dict())
    with pytest.raises(CheckpointError, match=message) as refused:
        learner.load_state_dict(DAMAGE[message](state))  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)
    assert same(learner.state_dict(), before)


def test_a_load_that_is_broken_off_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    learner, other = StreamLearner(size="small"), StreamLearner(size="small", seed=1)
    learned(learner)
    state = copy.deepcopy(other.state_dict())
    before, twin = copy.deepcopy(learner.state_dict()), copy.deepcopy(learner)
    load = learner.optimizer.load_state_dict
    calls: list[int] = []

    def broken_once(state: SavedState) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        load(state)

    monkeypatch.setattr(learner.optimizer, "load_state_dict", broken_once)
    with pytest.raises(KeyboardInterrupt):
        learner.load_state_dict(state)
    assert same(learner.state_dict(), before)
    assert torch.equal(learned(learner, start=2), learned(twin, start=2))


def test_a_file_is_loaded_whole_or_not_at_all(tmp_path: Path) -> None:
    learner = StreamLearner(size="small")
    learned(learner)
    before = copy.deepcopy(learner.state_dict())
    learner.save(tmp_path / "small.pt")
    whole = (tmp_path / "small.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "bit.pt").write_bytes(whole[:9999] + bytes([whole[9999] ^ 1]) + whole[10000:])
    StreamLearner(size="base").save(tmp_path / "base.pt")
    StreamLearner(optimizer="adam", size="small").save(tmp_path / "adam.pt")
    learned(learner, start=2)
    before = copy.deepcopy(learner.state_dict())
    for name in ("cut", "bit", "base", "adam", "none"):
        with pytest.raises(CheckpointError, match=rf"cannot load .*{name}\.pt: "):
            learner.load(tmp_path / f"{name}.pt")
        assert same(learner.state_dict(), before)
    learner.load(tmp_path / "small.pt")
    assert learner.frames == 2


def test_a_loaded_state_is_shared_with_nobody() -> None:
    learner, other = StreamLearner(size="small"), StreamLearner(size="small", seed=1)
    learned(learner)
    other.load_state_dict(learner.state_dict())
    before = copy.deepcopy(learner.state_dict())
    learned(other, start=2)
    assert same(learner.state_dict(), before)
    assert torch.equal(learned(learner, start=2), weights(other.model))


def test_states_can_be_loaded_inside_inference_mode(tmp_path: Path) -> None:
    learner = StreamLearner(size="small")
    learned(learner)
    learner.save(tmp_path / "a.pt")
    with torch.inference_mode():
        other = StreamLearner(size="small", seed=8)
        other.load(tmp_path / "a.pt")
    assert torch.equal(learned(other, start=2), learned(learner, start=2))


def _by_pickle(learner: StreamLearner) -> StreamLearner:
    copied: StreamLearner = pickle.loads(pickle.dumps(learner))
    return copied


@pytest.mark.parametrize("optimizer", ["bounded", "adam", "obgd", "adaptive-obgd", "muon", "sgd"])
@pytest.mark.parametrize("by", [copy.deepcopy, _by_pickle])
def test_a_copy_goes_on_bit_for_bit_and_alone(
    optimizer: str, by: Callable[[StreamLearner], StreamLearner]
) -> None:
    learner = StreamLearner(optimizer=optimizer, size="small", gate=True)
    fresh = by(learner)
    learned(learner)
    assert torch.equal(learned(fresh), weights(learner.model))
    copied = by(learner)
    before = copy.deepcopy(learner.state_dict())
    expected = learned(copied, start=2)
    assert same(learner.state_dict(), before)
    assert torch.equal(learned(learner, start=2), expected)
    assert copied.frames == learner.frames == 4


def _learn_there(learner: StreamLearner) -> tuple[list[float], StreamLearner]:
    learned(learner, start=1)
    return weights(learner.model).tolist(), learner


@pytest.mark.slow
def test_a_learner_goes_to_a_worker_process_and_back() -> None:
    learner = StreamLearner(size="small")
    here = learned(learner, count=1)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there, back = pool.submit(_learn_there, learner).result(timeout=120)
    assert torch.equal(weights(learner.model), here)
    assert torch.equal(learned(learner, start=1), torch.tensor(there))
    assert torch.equal(learned(back, start=3), learned(learner, start=3))


# Networks of one's own


class OnlyImage(nn.Module):
    """The least that a network may be."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 1))

    def forward(self, frame: Tensor) -> Tensor:
        image: Tensor = torch.sigmoid(self.layers(frame))
        return image


class WithLatent(nn.Module):
    """A network with a latent of some shape, statistics of its own, and dropout."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.Dropout(0.1)
        )
        self._shape = shape

    def forward(self, frame: Tensor) -> tuple[Tensor, Tensor]:
        image = torch.sigmoid(self.layers(frame))
        return image, image.flatten()[: int(np.prod(self._shape))].view(self._shape)


OWN: dict[str, Callable[[], nn.Module]] = {
    "image": OnlyImage,
    "float64": lambda: OnlyImage().double(),
    "vector": lambda: WithLatent((1, 32)),
    "tokens": lambda: WithLatent((1, 7, 16)),
    "maps": lambda: WithLatent((1, 5, 14, 14)),
    "flat": lambda: WithLatent((9,)),
    "frozen part": lambda: nn.Sequential(OnlyImage().requires_grad_(False), nn.Conv2d(3, 3, 1)),
}


@pytest.mark.parametrize("kind", OWN)
def test_a_network_of_ones_own_learns_and_every_observer_shows_it(
    kind: str, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    learner = StreamLearner(OWN[kind]())
    first = weights(learner.model)
    metrics, film = Metrics(learner.facts()), Filmstrip()
    assert torch.equal(weights(learner.model), first)
    observers = [
        metrics,
        film,
        Board(tmp_path, learner.model),
        Journal(tmp_path, config={}),
        Progress(total=3),
        Checkpointer(tmp_path, learner, metrics=metrics, settings={}),
    ]
    with open_source("scene:quiet") as source:
        run(source, learner, observers=observers, frames=3)
    assert not torch.equal(weights(learner.model), first)
    assert learner.frames == 3
    tags = read_board(tmp_path).Tags()
    views = ("images/change_mask", "images/error", "images/input", "images/panel")
    assert {*views, "images/reconstruction"} <= {*tags["images"]}
    has_latent = learner.predict_one(picture(0)).latent.numel() > 0
    assert ("features/latent" in tags["images"]) is has_latent
    named = {name for name, p in learner.model.named_parameters() if p.requires_grad}
    shown = {tag.removeprefix("params/") for tag in tags["histograms"] if tag[:2] == "pa"}
    assert shown == named
    assert metrics.summary()["frames"] == 3
    resumed = StreamLearner(OWN[kind](), seed=1)
    state, _ = load_latest(tmp_path)
    resumed.load_state_dict(state["learner"])
    assert torch.equal(weights(resumed.model), weights(learner.model))


def test_asking_a_network_with_statistics_and_dropout_changes_nothing() -> None:
    learner = StreamLearner(WithLatent((1, 4)))
    learned(learner)
    before = copy.deepcopy(learner.state_dict())
    one, other = learner.predict_one(picture(5)), learner.predict_one(picture(5))
    assert torch.equal(one.image, other.image)
    assert same(learner.state_dict(), before)


def test_a_network_with_dropout_goes_on_bit_for_bit_from_its_state() -> None:
    learner, other = (StreamLearner(WithLatent((1, 4))) for _ in range(2))
    learned(learner)
    state = copy.deepcopy(learner.state_dict())
    expected = learned(learner, start=2)
    torch.rand(9)
    other.load_state_dict(state)
    assert torch.equal(learned(other, start=2), expected)


@pytest.mark.parametrize("optimizer", ["bounded", "adam", "obgd", "muon"])
def test_a_network_of_ones_own_gets_better(optimizer: str) -> None:
    torch.manual_seed(0)
    learner = StreamLearner(OnlyImage(), optimizer)
    losses = [learner.learn_one(picture(0)).losses.mse for _ in range(8)]
    assert losses[-1] < losses[0]


class Grouped(OnlyImage):
    """A network that treats its weights differently."""

    def parameter_groups(self) -> list[dict[str, list[nn.Parameter] | float]]:
        first, *others = self.parameters()
        return [{"params": [first], "l2_init": 3.0}, {"params": others}]


def test_groups_of_ones_own_reach_the_optimizer() -> None:
    groups = StreamLearner(Grouped()).optimizer.param_groups
    assert [group["l2_init"] for group in groups] == [3.0, 1.0]
    assert len(StreamLearner(Grouped(), "adam").optimizer.param_groups) == 1
    assert StreamLearner(Grouped()).learn_one(picture(0)).update.learned


def test_a_network_that_gives_something_else_changes_nothing() -> None:
    learner = StreamLearner(nn.Conv2d(3, 3, 3))  # its image is two pixels smaller
    before = copy.deepcopy(learner.state_dict())
    with pytest.raises(ValueError, match=r"must be \(1, 3, 224, 224\) like its frame, got"):
        learner.learn_one(picture(0))
    assert same(learner.state_dict(), before)


def test_an_image_cut_off_from_its_weights_is_an_error_and_not_silence() -> None:
    class Detached(OnlyImage):
        def forward(self, frame: Tensor) -> Tensor:
            return super().forward(frame).detach()

    with pytest.raises(ValueError, match="a weight that requires a gradient, got none"):
        StreamLearner(Detached()).learn_one(picture(0))


class InPlace(OnlyImage):
    """A network that scales its frame where it lies."""

    def forward(self, frame: Tensor) -> Tensor:
        return super().forward(frame.mul_(2.0).sub_(1.0))


class Picture(nn.Module):
    """A network that has the image for its weights."""

    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Parameter(torch.full((1, 3, 224, 224), 0.5))

    def forward(self, frame: Tensor) -> Tensor:  # noqa: ARG002
        return self.image


def test_a_frame_stays_as_it_is_whatever_a_network_does_to_its_own() -> None:
    one, other = StreamLearner(InPlace()), StreamLearner(OnlyImage())
    expected = other.learn_one(picture(0))
    step = one.learn_one(picture(0))
    assert torch.equal(step.target, expected.target)
    assert step.losses.copy_last_frame is None
    again = one.learn_one(picture(0))
    assert (again.losses.copy_last_frame, again.change.pixels) == (0.0, 0)
    assert again.losses.mse < step.losses.mse


def test_an_image_that_is_a_weight_is_given_as_it_was_before_the_step() -> None:
    step = StreamLearner(Picture()).learn_one(picture(0))
    assert torch.equal(step.image, torch.full((1, 3, 224, 224), 0.5))


class Stateful(OnlyImage):
    """A network that adds some of its last image, which it keeps in a buffer."""

    last: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("last", None)
        self.dropout = nn.Dropout2d(0.5)
        self.begins: list[float] = []

    def forward(self, frame: Tensor) -> Tensor:
        self.begins.append(0.0 if self.last is None else self.last.sum().item())
        image = super().forward(self.dropout(frame))
        image = image if self.last is None else 0.9 * image + 0.1 * self.last
        self.last = image.detach()
        return image


def test_every_look_at_a_frame_begins_with_the_same_state_and_random_numbers() -> None:
    torch.manual_seed(0)
    learner = StreamLearner(Stateful())
    assert isinstance(learner.model, Stateful)
    learner.predict_one(picture(0))
    assert learner.model.last is None
    learner.model.begins.clear()
    learner.learn_one(picture(0))
    assert len(learner.model.begins) > 2
    assert {*learner.model.begins} == {0.0}
    learner.model.begins.clear()
    learner.learn_one(picture(1))
    assert len({*learner.model.begins}) == 1
    assert learner.model.begins[0] != 0.0


def test_a_gate_that_never_sleeps_changes_nothing() -> None:
    made = []
    for gate in (False, True):
        torch.manual_seed(0)
        learner = StreamLearner(WithLatent((1, 4)), gate=gate)
        made.append((learned(learner), torch.rand(3), learner.state_dict()["model"]))
    assert same(*made)


def test_a_network_with_dropout_gets_better() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Dropout2d(0.5), nn.Conv2d(8, 3, 1))
    learner = StreamLearner(model)
    losses = [learner.learn_one(picture(0)).losses.mse for _ in range(12)]
    assert min(losses[-3:]) < 0.5 * losses[0]


@pytest.mark.parametrize("optimizer", ["bounded", "adam"])
def test_a_weight_that_came_later_is_an_error_and_not_silence(optimizer: str) -> None:
    learner = StreamLearner(nn.Sequential(nn.Conv2d(3, 3, 1)), optimizer)
    learner.learn_one(picture(0))
    assert isinstance(learner.model, nn.Sequential)
    learner.model.append(nn.Conv2d(3, 3, 1))
    before = weights(learner.model)
    with pytest.raises(ValueError, match=rf"got 1.weight, 1.bias, which {optimizer} does not have"):
        learner.learn_one(picture(1))
    assert torch.equal(weights(learner.model), before)
    assert not learner.predict_one(picture(1)).update.learned


def test_weights_left_out_on_purpose_stay_and_those_added_by_hand_learn() -> None:
    model = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1))
    learner = StreamLearner(model, torch.optim.SGD(model[1].parameters(), lr=0.1))
    before = weights(model[0])
    learner.learn_one(picture(0))
    assert torch.equal(weights(model[0]), before)
    model.append(nn.Conv2d(3, 3, 1))
    learner.optimizer.add_param_group({"params": [*model[2].parameters()]})
    added = weights(model[2])
    learner.learn_one(picture(1))
    assert not torch.equal(weights(model[2]), added)
    assert torch.equal(weights(model[0]), before)


def test_groups_that_lack_a_weight_are_refused() -> None:
    class Lacking(OnlyImage):
        def parameter_groups(self) -> list[dict[str, list[nn.Parameter]]]:
            return [{"params": [*self.layers[0].parameters()]}]

    with pytest.raises(ValueError, match=r"got them without layers.2.weight, layers.2.bias; add"):
        StreamLearner(Lacking())


def test_a_switch_is_no_word_and_a_device_may_be_one_of_pytorch() -> None:
    with pytest.raises(ValueError, match="gate must be True or False, got 'no'; give one of them"):
        StreamLearner(gate="no")  # type: ignore[arg-type]
    assert StreamLearner(size="small", device=torch.device("cpu")).device == torch.device("cpu")
