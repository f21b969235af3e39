import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.cli.parser import Given, Parser, add_options, parse
from stream_ae.errors import ConfigError
from stream_ae.runs.config import DemoConfig, TrainConfig, config_from, settings_of
from stream_ae.runs.watch_config import WatchConfig


def read(*arguments: str) -> Given:
    parser = Parser(prog="stream-ae")
    train = parser.add_command("train", "learn")
    train.add_argument("source")
    add_options(train, TrainConfig, leave_out={"source"})
    command, given = parse(parser, ["train", "clip.mp4", *arguments])
    assert command == "train"
    return given


def test_only_what_was_given_is_handed_on() -> None:
    assert read() == {"source": "clip.mp4"}
    assert read("--frames", "10", "--no-tensorboard") == {
        "source": "clip.mp4",
        "frames": 10,
        "tensorboard": False,
    }


def test_every_option_of_the_contract_is_there() -> None:
    arguments = (
        "--frames 0 --run-dir runs/a --resume --seed 3 --device cpu --optimizer sgd --lr 0.1"
        " --objective mse --private --threads 2 --loop --fit pad --no-tensorboard --no-progress"
        " --checkpoint-every 5"
    )
    options = read(*arguments.split())
    assert options == {
        "source": "clip.mp4",
        "frames": 0,
        "run_dir": Path("runs/a"),
        "resume": True,
        "seed": 3,
        "device": "cpu",
        "optimizer": "sgd",
        "lr": 0.1,
        "objective": "mse",
        "private": True,
        "threads": 2,
        "loop": True,
        "fit": "pad",
        "tensorboard": False,
        "progress": False,
        "checkpoint_every": 5.0,
    }
    assert config_from(TrainConfig, options).checkpoint_every == 5.0


def test_every_setting_has_an_option_of_its_name() -> None:
    for name, declared in settings_of(TrainConfig).items():
        if name != "source":
            flag = f"--{name.replace('_', '-')}"
            value = [] if declared.kind is bool else [str(declared.default or 1)]
            if name == "run_dir":
                value = ["a"]
            assert name in read(flag, *value)


def test_help_says_every_default(capsys: pytest.CaptureFixture[str]) -> None:
    parser = Parser(prog="stream-ae")
    add_options(parser, DemoConfig, leave_out=())
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "N frames in all; 0: at the end of the stream (default: 2000)" in text
    assert "(default: scene:street)" in text
    assert "--private, --no-private write no pixel to disk (default: no)" in text
    assert "show progress (default: yes)" in text
    assert "learning rate (default: the optimizer's own)" in text
    assert "--checkpoint-every SECONDS time between checkpoints (default: 10)" in text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("--frames -1", "0 or more, got '-1'"),
        ("--frames ten", "0 or more, got 'ten'"),
        ("--frames 1.5", "0 or more, got '1.5'"),
        ("--threads 0", f"1 to {os.cpu_count()}, the processors here, got '0'"),
        ("--threads 999999", "the processors here, got '999999'"),
        ("--run-dir=", "must be a path, got ''"),
        ("--lr 0", "above 0, got '0'"),
        ("--lr nan", "above 0, got 'nan'"),
        ("--lr inf", "above 0, got 'inf'"),
        ("--checkpoint-every -3", "above 0, got '-3'"),
        ("--device tpu", "invalid choice: 'tpu'"),
        ("--fit squeeze", "invalid choice: 'squeeze'; choose stretch, crop or pad"),
        ("--fit strech", "invalid choice: 'strech'; did you mean stretch?"),
        ("--frmes 10", "did you mean --frames?"),
        ("--fram 10", "unknown argument '--fram'"),
        ("--quux", "see stream-ae"),
    ],
)
def test_a_wrong_argument_is_one_clear_error(arguments: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(*arguments.split())
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_gives_options_by_the_same_names(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('frames = 20\nlr = 1e-2\nno-progress = true\ncheckpoint_every = 3\nfit = "pad"')
    assert read("--config", str(file)) == {
        "source": "clip.mp4",
        "frames": 20,
        "lr": 0.01,
        "progress": False,
        "checkpoint_every": 3.0,
        "fit": "pad",
    }


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("frames = 20\nprivate = true\nprogress = false")
    options = read("--config", str(file), "--frames", "5", "--no-private")
    assert options["frames"] == 5
    assert options["private"] is False
    assert options["progress"] is False


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("frmes = 20", "did you mean --frames?"),
        ("frames = -2", "0 or more, got '-2'"),
        ('frames = "many"', "0 or more, got 'many'"),
        ("frames = [1, 2]", "one value or a list of texts, got [1, 2]"),
        ("[training]\nframes = 2", "one value or a list of texts, got {'frames': 2}"),
        ("frames = ", "TOML was expected"),
        ("seed = true", "seed must be a number or a text, got True"),
        ("run_dir = true", "run_dir must be a number or a text, got True"),
        ('resume = "yes"', "resume must be true or false, got 'yes'"),
        ("progress = 1", "progress must be true or false, got 1"),
        ("help = true", "help must be a number or a text, got True"),
        ('config = "other.toml"', "config must be on the command line"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        read("--config", str(file))
    assert complaint in str(error.value)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot read it: .*No such file"):
        read("--config", str(tmp_path / "none.toml"))


@given(st.integers(0, 10**9))
def test_whole_numbers_are_read_exactly(number: int) -> None:
    assert read("--frames", str(number))["frames"] == number


def test_a_command_is_known_by_the_words_after_the_program() -> None:
    parser = Parser(prog="stream-ae")
    group = parser.add_command("bench", "measure")
    group.add_command("speed", "how fast")
    parser.add_command("train", "learn")
    assert parse(parser, ["bench", "speed"]) == ("bench speed", {})
    assert parse(parser, ["train"]) == ("train", {})
    assert list(parser.commands()) == ["bench", "train"]
    assert group.description == "Measure."


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "a command is needed after stream-ae: bench or train"),
        (["bench"], "a command is needed after stream-ae bench: speed"),
        (["--"], "required: COMMAND"),
        (["bench", "--"], "required: COMMAND"),
        (["--hepl"], "unknown argument '--hepl'; did you mean --help?"),
        (["--frames=3", "train"], "unknown argument '--frames=3'; a command comes first: bench"),
        (["trane"], "did you mean train?"),
        (["bench", "sped"], "did you mean speed?"),
    ],
)
def test_a_command_that_is_missing_or_misspelt_is_one_clear_error(
    words: list[str], complaint: str
) -> None:
    parser = Parser(prog="stream-ae")
    parser.add_command("bench", "measure").add_command("speed", "how fast")
    parser.add_command("train", "learn")
    with pytest.raises(ConfigError) as error:
        parse(parser, words)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_an_option_of_several_texts_is_given_again_and_again_or_as_a_list(tmp_path: Path) -> None:
    parser = Parser(prog="stream-ae")
    add_options(parser.add_command("watch", "watch"), WatchConfig, leave_out={"source"})
    asked = ["watch", "--zone", "a=1", "--zone=b=2"]
    assert parse(parser, asked) == ("watch", {"zone": ["a=1", "b=2"]})
    path = tmp_path / "watch.toml"
    path.write_text('zone = ["a=1", "b=2"]\n')
    assert parse(parser, ["watch", "--config", str(path)]) == ("watch", {"zone": ["a=1", "b=2"]})
