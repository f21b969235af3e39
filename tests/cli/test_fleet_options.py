from collections.abc import Sequence
from pathlib import Path

import pytest

from stream_ae.cli.fleet_options import with_start
from stream_ae.cli.parser import parse
from stream_ae.cli.program import command_parser
from stream_ae.errors import ConfigError
from stream_ae.fleet.options import SEEN_TO


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["fleet", "shop.toml", "--queue"], ["fleet", "start", "shop.toml", "--queue"]),
        (["fleet", "--queue", "shop.toml"], ["fleet", "start", "--queue", "shop.toml"]),
        (["fleet", "start", "shop.toml"], ["fleet", "start", "shop.toml"]),
        (["fleet", "stop"], ["fleet", "stop"]),
        (["fleet", "--help"], ["fleet", "--help"]),
        (["fleet"], ["fleet"]),
        (["train", "shop.toml"], ["train", "shop.toml"]),
        ([], []),
    ],
)
def test_the_word_start_may_be_left_out(given: Sequence[str], expected: Sequence[str]) -> None:
    assert with_start(given) == expected


def test_what_a_command_takes() -> None:
    parser = command_parser()
    assert parse(parser, ["fleet", "start", "a.toml", "--address", "local"]) == (
        "fleet start",
        {"file": Path("a.toml"), "address": "local"},
    )
    name, given = parse(
        parser, ["fleet", "add", "door", "rtsp://h/", "--size", "small", "--cpus", "0.25"]
    )
    assert name == "fleet add"
    assert given == {"camera": "door", "stream": "rtsp://h/", "size": "small", "cpus": 0.25}
    assert parse(parser, ["fleet", "restart", "a", "b"])[1] == {"cameras": ["a", "b"]}


def test_what_the_fleet_sees_to_is_no_option() -> None:
    for name in SEEN_TO:
        option = f"--{name.replace('_', '-')}"
        with pytest.raises(ConfigError, match=f"unknown argument '{option}'"):
            parse(command_parser(), ["fleet", "add", "door", "scene:quiet", option])
