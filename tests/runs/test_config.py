import inspect
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from stream_ae.errors import ConfigError
from stream_ae.learning.learner import StreamLearner
from stream_ae.observers.checkpoint import Checkpointer
from stream_ae.runs.config import (
    DemoConfig,
    TrainConfig,
    config_from,
    settings_of,
)
from stream_ae.sources.address import open_source

STREET = TrainConfig(source="scene:street")
KEPT = {
    *("source", "loop", "policy", "seed", "optimizer", "lr", "objective", "gate", "fit", "device"),
    *("private", "size"),
}


def default_of(function: Callable[..., object], name: str) -> object:
    return inspect.signature(function).parameters[name].default


@pytest.mark.parametrize("name", ["optimizer", "lr", "objective", "gate", "fit", "seed", "device"])
def test_a_run_and_a_learner_of_ones_own_have_the_same_default(name: str) -> None:
    assert vars(STREET)[name] == default_of(StreamLearner, name)


@pytest.mark.parametrize("name", ["loop", "policy", "seed", "give_up_after"])
def test_a_run_and_a_source_of_ones_own_have_the_same_default(name: str) -> None:
    assert vars(STREET)[name] == default_of(open_source, name)


def test_a_run_saves_as_often_as_a_checkpointer_of_ones_own() -> None:
    assert STREET.checkpoint_every == default_of(Checkpointer, "every")
    assert STREET.private == default_of(Checkpointer, "private")


def test_every_field_but_what_was_asked_for_is_a_setting() -> None:
    for kind in (TrainConfig, DemoConfig):
        names = {item.name for item in fields(kind)}
        assert names - settings_of(kind).keys() == {"given"}


def test_every_setting_is_explained() -> None:
    for name, declared in settings_of(DemoConfig).items():
        assert declared.about.help, name
        assert declared.about.help[-1] not in ".;", name


def test_a_configuration_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        STREET.frames = 3  # type: ignore[misc]


def test_what_is_not_given_has_its_default() -> None:
    config = config_from(TrainConfig, {"source": "clip.mp4", "frames": 3})
    assert config == TrainConfig(source="clip.mp4", frames=3, given=config.given)
    assert config.given == {"source", "frames"}


def test_a_demo_has_a_source_and_an_end() -> None:
    assert (DemoConfig().source, DemoConfig().frames) == ("scene:street", 2000)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"frames": -1}, "frames must be a whole number, 0 or more, got -1; leave it out"),
        ({"threads": 0}, "threads must be a whole number, 1 to .*, the processors here, got 0"),
        ({"threads": 10**6}, "threads must be a whole number, 1 to .*, got 1000000; leave it out"),
        ({"frames": float("inf")}, "frames must be int, got inf; leave it out"),
        (
            {"frames": 10**5000},
            "frames must be a whole number, 0 to 9223372036854775807",
        ),
        ({"seed": 2**63}, "seed must be a whole number, 0 to 9223372036854775807"),
        ({"lr": float("inf")}, "lr must be a number above 0, got inf"),
        ({"lr": 1e300}, r"lr must be a number from 1\.2e-38 to 3\.4e\+38, got 1e\+300"),
        ({"lr": float("nan")}, "lr must be a number above 0, got nan"),
        ({"checkpoint_every": float("inf")}, "checkpoint_every must be seconds above 0, got inf"),
        ({"source_moved": True}, "source_moved is for a run that is resumed, got a new one"),
        ({"checkpoint_every": 0}, "checkpoint_every must be seconds above 0, got 0"),
        ({"objective": "ssim"}, "objective must be one of full, mse, got 'ssim'"),
        ({"gate": "yes"}, "gate must be bool, got 'yes'"),
        ({"run_dir": "a"}, r"run_dir must be pathlib.Path \| None, got 'a'"),
    ],
)
def test_a_wrong_value_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_from(TrainConfig, {"source": "clip.mp4", **given})


def test_plain_values_have_no_password() -> None:
    config = replace(STREET, source="rtsp://user:secret@camera/live", run_dir=Path("a"))
    plain = config.plain()
    assert plain.keys() == settings_of(TrainConfig).keys()
    assert plain["source"] == "rtsp://user:***@camera/live"
    assert plain["run_dir"] == "a"
    assert "secret" not in str(plain) + str(config.kept())


def test_kept_is_what_a_checkpoint_has() -> None:
    assert STREET.kept().keys() == KEPT


BEGUN = replace(STREET, lr=0.02, size="small", private=True, frames=5, threads=2).kept()


def test_a_resumed_run_is_as_it_began_and_goes_on_as_asked() -> None:
    resumed = replace(STREET, resume=True, frames=9).resumed(BEGUN)
    assert (resumed.lr, resumed.size, resumed.private) == (0.02, "small", True)
    assert (resumed.frames, resumed.threads, resumed.resume) == (9, 1, True)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (replace(STREET, lr=0.5), r"begun with lr 0\.02, got 0\.5; resume it without that option"),
        (replace(STREET, size="large"), "begun with size 'small', got 'large'"),
        (replace(STREET, source="scene:cuts"), "with source 'scene:street', got 'scene:cuts'"),
        (replace(STREET, given=frozenset({"private"})), "begun with private True, got False"),
        (DemoConfig(source="scene:cuts"), "with source 'scene:street', got 'scene:cuts'"),
    ],
)
def test_a_setting_of_a_resumed_run_may_not_change(changed: TrainConfig, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        changed.resumed(BEGUN)


def test_a_default_source_is_not_taken_from_the_run() -> None:
    begun = replace(STREET, source="scene:cuts").kept()
    with pytest.raises(ConfigError, match="with source 'scene:cuts', got 'scene:street'"):
        DemoConfig(resume=True).resumed(begun)


def test_a_setting_may_be_asked_for_as_the_run_began() -> None:
    assert replace(STREET, lr=0.02).resumed(BEGUN).lr == 0.02


def test_the_device_of_a_resumed_run_may_be_another() -> None:
    begun = replace(STREET, device="cuda").kept()
    assert STREET.resumed(begun).device == "cuda"
    assert replace(STREET, device="cpu").resumed(begun).device == "cpu"
    assert replace(STREET, given=frozenset({"device"})).resumed(begun).device == "auto"


def test_a_resumed_run_keeps_its_password() -> None:
    config = replace(STREET, source="rtsp://user:secret@camera/live")
    assert config.resumed(config.kept()).source == config.source


def test_a_state_of_a_loop_of_ones_own_is_resumed_with_any_stream() -> None:
    assert STREET.resumed({}).source == STREET.source


def test_what_an_older_run_did_not_save_is_the_default() -> None:
    begun = {name: value for name, value in STREET.kept().items() if name != "size"}
    assert STREET.resumed(begun).size == "base"


@pytest.mark.slow
def test_importing_it_loads_no_third_party_that_the_package_does_not() -> None:
    program = """
import sys, stream_ae
before = {name.split(".")[0] for name in sys.modules}
import stream_ae.runs.config
print(*({name.split(".")[0] for name in sys.modules} - before - sys.stdlib_module_names))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == []
