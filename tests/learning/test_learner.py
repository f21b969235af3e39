import copy
import io
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode

from stream_ae.errors import CheckpointError, ConfigError, DivergedError
from stream_ae.frame import Frame
from stream_ae.learning import updater
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.payoff import Payoff
from stream_ae.nn import losses
from stream_ae.nn.autoencoder import StreamingVideoAutoencoder
from stream_ae.nn.direct import DirectPath
from stream_ae.nn.preprocessing import to_tensor
from stream_ae.nn.ssim import ssim
from stream_ae.optim.cuts_and_probes import REPORT_PROBE_EVERY
from stream_ae.settings.choices import Objective


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One step on every frame, the early ones, too."""
    monkeypatch.setattr(updater, "SCENE_STEPS", 1)


def frame_at(index: int, *, size: tuple[int, int] = (48, 64)) -> Frame:
    """A bright square that moves over a textured ground."""
    ground = np.random.default_rng(0).integers(60, 120, (*size, 3), dtype=np.uint8)
    left = 3 * index % (size[1] - 12)
    ground[16:28, left : left + 12] = 230
    return Frame(ground, index=index, is_first=index == 0)


def weights(learner: StreamLearner) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in learner.model.parameters()])


def grads(learner: StreamLearner) -> torch.Tensor:
    every = [p.grad for p in learner.model.parameters()]
    return torch.cat([grad.flatten() for grad in every if grad is not None])


def test_a_frame_is_scored_before_it_is_learned() -> None:
    learner = StreamLearner()
    learner.learn_one(frame_at(0))
    model = copy.deepcopy(learner.model)
    step = learner.learn_one(frame_at(1))
    target = to_tensor(frame_at(1).rgb)
    image, latent = model(target)
    assert torch.equal(step.image, image)
    assert torch.equal(step.latent, latent)
    assert torch.equal(step.target, target)
    assert step.losses.mse == pytest.approx(losses.mse(image, target).item(), rel=1e-5)


@pytest.mark.slow
def test_structural_similarity_is_measured_at_every_place_of_every_tenth_frame() -> None:
    learner = StreamLearner()
    steps = [learner.learn_one(frame_at(i)) for i in range(12)]
    assert [i for i, step in enumerate(steps) if step.losses.ssim is not None] == [0, 10]
    expected = ssim(steps[10].image, steps[10].target).item()
    assert steps[10].losses.ssim == pytest.approx(expected)
    assert learner.facts()["ssim_every"] == 10


def test_the_figures_are_those_of_the_losses() -> None:
    learner = StreamLearner()
    first = learner.learn_one(frame_at(0))
    step = learner.learn_one(frame_at(1))
    expected = losses.errors(step.image, step.target, mask=step.change.mask)
    assert step.losses.detail == pytest.approx(expected.detail.item())
    assert step.losses.gradient == pytest.approx(expected.gradient.item())
    assert step.losses.mse == pytest.approx(expected.mse.item(), rel=1e-5)
    copied = losses.mse(first.target, step.target).item()
    assert step.losses.copy_last_frame == pytest.approx(copied)
    assert first.losses.copy_last_frame is None
    assert first.losses.running_mean is None
    assert step.change.pixels == step.change.mask.sum()
    assert step.change.ratio == step.change.pixels / 224**2


@pytest.mark.slow
def test_the_running_mean_is_that_of_earlier_frames() -> None:
    learner = StreamLearner()
    targets = [learner.learn_one(frame_at(i)).target for i in range(4)]
    step = learner.learn_one(frame_at(9))
    mean = torch.stack(targets).mean(0)
    expected = losses.mse(mean, step.target).item()
    assert step.losses.running_mean == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow
def test_what_moves_is_in_the_change_mask() -> None:
    learner = StreamLearner()
    for i in range(6):
        step = learner.learn_one(frame_at(i))
    rows, _ = torch.nonzero(step.change.mask, as_tuple=True)
    assert 0.002 < step.change.ratio < 0.1
    assert rows.min() >= 224 * 14 / 48
    assert rows.max() <= 224 * 30 / 48


@pytest.mark.slow
def test_learning_lowers_the_loss() -> None:
    learner = StreamLearner()
    values = [learner.learn_one(frame_at(i)).losses.mse for i in range(40)]
    assert np.mean(values[-5:]) < 0.5 * np.mean(values[:5])


@pytest.mark.slow
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_picture_of_one_grey_is_learned(grey: int) -> None:
    learner = StreamLearner()
    frame = Frame(np.full((48, 64, 3), grey, np.uint8))
    first, *_, last = [learner.learn_one(frame).losses.mse for _ in range(12)]
    assert last < max(0.2 * first, 1e-4)


@pytest.mark.parametrize("optimizer", ["bounded", "adam", "sgd", "obgd", "adaptive-obgd"])
def test_a_seeded_run_is_bit_identical(optimizer: str) -> None:
    runs = []
    for _ in range(2):
        learner = StreamLearner(optimizer=optimizer, seed=3)
        for i in range(3):
            learner.learn_one(frame_at(i))
        runs.append(weights(learner))
    assert torch.equal(runs[0], runs[1])


def test_seeds_differ_and_leave_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    first, second = StreamLearner(seed=0), StreamLearner(seed=1)
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.equal(weights(first), weights(second))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["bounded", "adam", "obgd", "adaptive-obgd"])
def test_a_saved_learner_goes_on_bit_for_bit(optimizer: str) -> None:
    whole = StreamLearner(optimizer=optimizer)
    for i in range(3):
        whole.learn_one(frame_at(i))
    file = io.BytesIO()
    torch.save(whole.state_dict(), file)
    file.seek(0)
    resumed = StreamLearner(optimizer=optimizer, seed=9)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for i in range(3, 6):
        one, other = whole.learn_one(frame_at(i)), resumed.learn_one(frame_at(i))
        assert one.losses == other.losses
        assert one.number == other.number == i + 1
    assert torch.equal(weights(whole), weights(resumed))


def test_a_state_without_pixels_goes_on_after_the_previous_frame_is_set() -> None:
    whole = StreamLearner()
    for i in range(3):
        whole.learn_one(frame_at(i))
    resumed = StreamLearner()
    state = copy.deepcopy(whole.state_dict())
    resumed.load_state_dict({**state, "previous": None, "mean": None})
    assert resumed.lacks_previous
    resumed.set_previous(frame_at(2))
    assert not resumed.lacks_previous
    whole.learn_one(frame_at(3))
    resumed.learn_one(frame_at(3))
    assert torch.equal(weights(whole), weights(resumed))


def test_save_and_load(tmp_path: Path) -> None:
    learner = StreamLearner()
    learner.learn_one(frame_at(0))
    learner.save(tmp_path / "street.pt")
    other = StreamLearner(seed=5)
    other.load(tmp_path / "street.pt")
    assert torch.equal(weights(learner), weights(other))
    assert other.frames == 1


def test_load_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nothing\.pt"):
        StreamLearner().load(tmp_path / "nothing.pt")
    (tmp_path / "text.pt").write_text("not a state")
    with pytest.raises(CheckpointError, match=r"text\.pt"):
        StreamLearner().load(tmp_path / "text.pt")
    learner = StreamLearner(optimizer="sgd")
    learner.learn_one(frame_at(0))
    learner.save(tmp_path / "sgd.pt")
    with pytest.raises(CheckpointError, match="sgd"):
        StreamLearner(optimizer="adam").load(tmp_path / "sgd.pt")


@pytest.mark.slow
def test_every_eighth_step_is_probed() -> None:
    learner = StreamLearner(optimizer="sgd")
    steps = [learner.learn_one(frame_at(i)) for i in range(REPORT_PROBE_EVERY + 1)]
    probed = [step.number for step in steps if step.update.effective_step is not None]
    assert probed == [1, REPORT_PROBE_EVERY + 1]
    assert all(step.update.learned for step in steps)


@pytest.mark.usefixtures("once")
def test_the_probe_measures_the_step() -> None:
    learner = StreamLearner(optimizer="sgd", lr=0.1, objective="mse")
    before = [p.detach().clone() for p in learner.model.parameters()]
    step = learner.learn_one(frame_at(0))
    grad = grads(learner)
    gain = 0.1 * torch.dot(grad, grad)
    assert step.update.effective_step == pytest.approx((gain / step.losses.mse).item(), rel=1e-3)
    moved = 0.1 * grad.norm()
    weight = torch.cat([p.flatten() for p in before]).norm()
    assert step.update.update_ratio == pytest.approx((moved / weight).item(), rel=1e-3)
    assert step.update.overshoot == 0.0


@pytest.mark.slow
def test_the_first_frames_of_a_scene_get_more_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = StreamLearner(optimizer="sgd", lr=1e-9)  # the loss does not fall by itself
    steps: list[int] = []
    take = learner.optimizer.step

    def counted() -> None:
        steps.append(learner.frames)
        take()

    monkeypatch.setattr(learner.optimizer, "step", counted)
    for _ in range(updater.SCENE_FRAMES + 2):
        # A grey frame is nearly what an untrained network reconstructs.
        learner.learn_one(Frame(np.full((48, 64, 3), 127, np.uint8)))
    for i in range(updater.SCENE_FRAMES + 1):
        learner.learn_one(frame_at(i))
    many = [updater.SCENE_STEPS] * updater.SCENE_FRAMES
    assert [steps.count(i) for i in range(learner.frames)] == [*many, 1, 1, *many, 1]


@pytest.mark.slow
def test_by_the_frames_alone_all_learners_take_the_same_steps() -> None:
    frames = [frame_at(index) for index in range(30)]
    frames += [Frame(255 - frame_at(index).rgb, index=index) for index in range(30, 45)]

    def steps(optimizer: str, *, lr: float | None = None) -> list[int]:
        learner = StreamLearner(size="small", optimizer=optimizer, lr=lr, by_frames=True)
        return [learner.learn_one(frame).update.steps for frame in frames]

    wanted = [6] * 12 + [1] * 18 + [6] * 12 + [1] * 3
    assert steps("bounded") == wanted
    assert steps("adam", lr=0.03) == wanted  # whose loss jumps elsewhere, too
    assert steps("sgd", lr=1.0) == wanted


@pytest.mark.usefixtures("once")
def test_a_step_that_is_far_too_long_is_an_overshoot() -> None:
    learner = StreamLearner(optimizer="sgd", lr=5000.0, objective="mse")
    assert learner.learn_one(frame_at(0)).update.overshoot == 1.0


@pytest.mark.usefixtures("once")
def test_obgd_descends_the_root_of_the_objective() -> None:
    learner = StreamLearner(optimizer="obgd", objective="mse")
    before = weights(learner)
    step = learner.learn_one(frame_at(0))
    grad = grads(learner)
    delta = -(step.losses.mse**0.5)
    bound = min(1.0, 1.0 / (2.0 * max(abs(delta), 1.0) * grad.abs().sum().item()))
    torch.testing.assert_close(weights(learner), before + bound * delta * grad)
    assert step.update.bound_active == float(bound < 1.0)


def test_divergence_is_an_error_and_not_a_step() -> None:
    learner = StreamLearner(optimizer="sgd", lr=1e30)
    learner.learn_one(frame_at(0))
    with pytest.raises(DivergedError, match="must stay finite, got nan at frame 1 with sgd"):
        learner.learn_one(frame_at(1))
    assert learner.frames == 1


@pytest.mark.usefixtures("once")
def test_the_mse_objective_trains_on_it_alone() -> None:
    learner = StreamLearner(optimizer="sgd", lr=1e-3, objective="mse")
    step = learner.learn_one(frame_at(0))
    model = StreamLearner(seed=0).model
    losses.mse(model(step.target).image, step.target).backward()
    for learned, expected in zip(learner.model.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(learned.grad, expected.grad)


def test_own_model_and_optimizer() -> None:
    model = StreamingVideoAutoencoder(sparsity=0.5)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    learner = StreamLearner(model, optimizer)
    learner.learn_one(frame_at(0))
    assert learner.facts()["optimizer"] == {"name": "adamw", "lr": 2e-3}


def test_facts() -> None:
    facts = StreamLearner(seed=4).facts()
    assert facts["latent_shape"] == [16, 28, 28]
    assert facts["parameters"] == sum(p.numel() for p in StreamingVideoAutoencoder().parameters())
    assert facts["seed"] == 4
    assert facts["device"] == "cpu" or torch.cuda.is_available()
    assert facts["threads"] == torch.get_num_threads()


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="'full' or 'mse', got 'ssim'"):
        StreamLearner(objective="ssim")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="adma"):
        StreamLearner(optimizer="adma")
    optimizer = torch.optim.SGD(StreamingVideoAutoencoder().parameters(), lr=0.1)
    with pytest.raises(ValueError, match="needs its model"):
        StreamLearner(optimizer=optimizer)


def sleeper(monkeypatch: pytest.MonkeyPatch) -> StreamLearner:
    """Who learns so little that it never pays, and sleeps from the third still frame on."""
    monkeypatch.setattr(Payoff, "is_spent", lambda *_: True)
    monkeypatch.setattr(DirectPath, "follow", lambda *_: None)
    return StreamLearner(optimizer="sgd", lr=1e-6, size="small", gate=True)


def test_a_frame_slept_through_is_scored_against_what_was_made_of_those_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learner = sleeper(monkeypatch)
    made = [learner.learn_one(frame_at(0)).image for _ in range(2)]
    before = weights(learner)
    calls = []
    learner.model.register_forward_hook(lambda *_: calls.append(1))
    expected = learner.predict_one(frame_at(0))
    assert not calls
    step = learner.learn_one(frame_at(0))
    assert not calls
    assert torch.equal(weights(learner), before)
    assert torch.equal(step.image, torch.lerp(made[0], made[1], 0.5))
    assert torch.equal(step.image, expected.image)
    assert step.losses.mse == losses.mse(step.image, step.target).item()
    assert (step.update.learned, step.update.asleep, step.update.steps) == (False, True, 0)
    assert step.scalars()["optim/updates"] == 0
    assert learner.learn_one(frame_at(0)).update.asleep
    assert len(calls) > 0  # every second one is learned all the same
    assert not learner.learn_one(frame_at(5)).update.asleep


def test_a_frozen_learner_does_not_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = sleeper(monkeypatch)
    for _ in range(3):
        step = learner.learn_one(frame_at(0))
    assert step.update.asleep
    learner.frozen = True
    step = learner.learn_one(frame_at(0))
    assert not step.update.asleep
    assert torch.equal(step.image, learner.model(step.target).image)


@pytest.mark.parametrize("frames", [1, 3, 4, 9])
def test_a_sleeper_goes_on_from_its_state_bit_for_bit(
    monkeypatch: pytest.MonkeyPatch, frames: int
) -> None:
    learner, other = sleeper(monkeypatch), sleeper(monkeypatch)
    for _ in range(frames):
        learner.learn_one(frame_at(0))
    other.load_state_dict(learner.state_dict())
    for index in (0, 0, 0, 0, 5, 5, 5):
        one, two = learner.learn_one(frame_at(index)), other.learn_one(frame_at(index))
        assert (one.update.learned, one.losses) == (two.update.learned, two.losses)
    assert torch.equal(weights(learner), weights(other))


@pytest.mark.slow
def test_a_still_scene_is_skipped_until_something_moves() -> None:
    learner = StreamLearner(gate=True)
    steps = [learner.learn_one(frame_at(0)) for _ in range(200)]
    assert all(step.update.learned for step in steps[:20])
    skipped = [not step.update.learned for step in steps[-40:]]
    assert skipped.count(True) >= 25
    assert learner.learn_one(frame_at(5)).update.learned


@pytest.mark.parametrize("objective", ["full", "mse"])
def test_without_compiled_loops_the_same_is_learned(
    monkeypatch: pytest.MonkeyPatch, objective: Objective
) -> None:
    looped = StreamLearner(objective=objective)
    expected = [looped.learn_one(frame_at(i)) for i in range(2)]
    without_compiled_loops(monkeypatch)
    plain = StreamLearner(objective=objective)
    for step in expected:
        other = plain.learn_one(step.frame)
        assert torch.equal(other.change.mask, step.change.mask)
        for name, value in asdict(step.losses).items():
            if value is not None:  # the index is not measured on every frame
                assert asdict(other.losses)[name] == pytest.approx(value, rel=2e-3)


class Syncs(TorchFunctionMode):
    """Count what makes the host wait for a device: each way in which a tensor becomes a number."""

    WAITS = ("item", "tolist", "cpu", "numpy", "__bool__", "__float__", "__int__", "__index__")

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Iterable[type],
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        name = func.__name__
        self.count += name in self.WAITS or "nonzero" in name or name == "masked_select"
        return func(*args, **(kwargs or {}))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["bounded", "obgd", "muon", "sgd"])
@pytest.mark.usefixtures("once")
def test_at_most_two_syncs_a_frame(monkeypatch: pytest.MonkeyPatch, optimizer: str) -> None:
    without_compiled_loops(monkeypatch)
    learner = StreamLearner(optimizer=optimizer)
    counts = []
    for i in range(20):
        frame = learner.prepare(frame_at(min(i, 11)))
        with Syncs() as syncs:
            learner.learn_one(frame)
        counts.append(syncs.count)
    # Probed frames ask for a loss more: the first five, and one in eight or in sixteen.
    plain = [counts[i] for i in (6, 7, 9, 10, 12, 13, 14, 17, 18, 19)]
    assert max(plain) <= 2
    assert min(plain) >= 1


def test_a_sync_is_seen() -> None:
    with Syncs() as syncs:
        value = torch.ones(2)
        value.sum().item()
        value.tolist()
        if value.any():
            value.cpu().numpy()
    assert syncs.count == 5


def without_compiled_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU."""
    for name in ("change", "losses", "norm", "odds", "preconditioner", "scenes", "ssim"):
        monkeypatch.setattr(f"stream_ae.kernels.{name}.can_loop", lambda *_: False)


@pytest.mark.parametrize("objective", ["full", "mse"])
def test_a_scene_begins_where_the_objective_jumps(objective: Objective) -> None:
    learner = StreamLearner(optimizer="sgd", objective=objective)
    step = learner.learn_one(frame_at(0))
    expected = losses.objective(step.image, step.target, mask=step.change.mask, kind=objective)
    followed = learner.state_dict()["updater"]["loss_mean"]
    assert followed == pytest.approx(expected.item(), rel=1e-5)
    assert (followed == pytest.approx(step.losses.mse, rel=1e-2)) is (objective == "mse")


@pytest.mark.usefixtures("once")
def test_the_default_optimizer_pulls_weights_back_and_the_spatial_bias_more() -> None:
    groups = StreamLearner().optimizer.param_groups
    assert [group["l2_init"] for group in groups] == [1.0, 5.0]


@pytest.mark.parametrize("size", [(1, 1), (37, 400), (224, 224)])
def test_any_size_of_frame_is_learned(size: tuple[int, int]) -> None:
    frame = Frame(np.full((*size, 3), 90, np.uint8))
    assert StreamLearner().learn_one(frame).target.shape == (1, 3, 224, 224)


def test_nothing_is_kept_of_the_steps() -> None:
    learner = StreamLearner()
    sizes = []
    for i in range(3):
        learner.learn_one(frame_at(i))
        file = io.BytesIO()
        torch.save(learner.state_dict(), file)
        sizes.append(len(file.getvalue()))
    assert sizes[1] == pytest.approx(sizes[2], abs=256)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_gpu_learns_what_the_processor_learns() -> None:
    gpu, cpu = StreamLearner(device="cuda"), StreamLearner(device="cpu")
    for i in range(3):
        one, other = gpu.learn_one(frame_at(i)), cpu.learn_one(frame_at(i))
        assert one.losses.mse == pytest.approx(other.losses.mse, rel=1e-2)
    assert one.image.device.type == "cuda"
