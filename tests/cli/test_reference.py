import re
from pathlib import Path

import pytest

from stream_ae.cli.parser import Given, Parser, add_options, parse
from stream_ae.cli.program import command_parser
from stream_ae.cli.reference import TOML_EXAMPLE, reference
from stream_ae.runs.config import TrainConfig, config_from, settings_of
from stream_ae.scenes import SCENES

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def section(title: str) -> str:
    """The text below a heading that begins like this."""
    (found,) = [part for part in reference().split("\n## ") if part.startswith(title)]
    return found


def nothing(_: Given) -> None:
    """Stands for what a command does."""


def test_the_page_in_docs_is_what_the_command_prints() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "make docs"


def test_every_command_has_a_line_and_a_section() -> None:
    text = reference()
    for name, command in command_parser().commands().items():
        assert f"| `{name}` | {command.description} |" in text
        for leaf in command.commands().values() or [command]:
            assert f"\n## `{leaf.prog}" in text
            assert f"`\n\n{leaf.description}\n" in text


def test_every_option_has_a_row() -> None:
    text = reference()
    for command in command_parser().commands().values():
        for parser in command.commands().values() or [command]:
            for action in parser.actions():
                for flag in action.option_strings:
                    assert flag in ("-h", "--help") or re.search(rf"\| `[^|]*{flag}\b", text)


def test_every_setting_of_a_run_has_its_meaning_and_default() -> None:
    table = section("Options of a run")
    for name, declared in settings_of(TrainConfig).items():
        if name != "source":
            row = re.search(rf"^\| `--{name.replace('_', '-')}\b.*$", table, re.MULTILINE)
            assert row is not None, name
            cells = row[0].replace("\\|", "").split("|")
            assert declared.about.help in cells[2]
            assert cells[3].strip(), name


def test_demo_and_live_say_only_what_is_their_own() -> None:
    demo = section("`stream-ae demo [SOURCE]`")
    assert (
        "| `--frames N` | stop after N frames in all; 0: at the end of the stream | 2000 |" in demo
    )
    assert "--seed" not in demo
    assert "(#options-of-a-run)" in demo
    assert "| `--port PORT` | port to serve it at; 0: any free one | 8765 |" in section(
        "`stream-ae live"
    )


def test_a_benchmark_says_all_its_options() -> None:
    learning = section("`stream-ae bench learning")
    assert "`--objective full\\|mse`" in learning
    assert "(#options-of-a-run)" not in learning


def test_what_must_be_given_is_marked() -> None:
    assert "| `RUN` | the run folder | required |" in section("`stream-ae inspect RUN`")
    assert "required" not in section("`stream-ae demo")


def test_no_placeholder_is_taken_for_a_tag() -> None:
    assert re.findall(r"(?<!\\)<\w+>", re.sub(r"`[^`]*`", "", reference())) == []


def test_every_scene_is_named() -> None:
    assert all(f"`scene:{name}`" in section("Sources") for name in SCENES)


def test_what_a_resumed_run_keeps_is_listed() -> None:
    kept = " ".join(section("Options of a run").split())
    assert "`--private`, `--loop`, `--fit`, `--policy`. Another `--device`" in kept
    assert "`--frames`" not in kept.partition("`--resume` goes on")[2]


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_every_exit_code_is_explained(code: int) -> None:
    assert re.search(rf"^\| {code} \| \w|^\| {code} \| `", section("Exit codes"), re.MULTILINE)


def test_the_example_of_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(TOML_EXAMPLE)
    parser = Parser()
    parser.set_defaults(command=nothing)
    add_options(parser, TrainConfig, leave_out=())
    _, given = parse(parser, ["--source", "clip.mp4", "--config", str(file)])
    config = config_from(TrainConfig, given)
    assert (config.frames, config.optimizer, config.tensorboard) == (2000, "adam", False)
    assert TOML_EXAMPLE in reference()
