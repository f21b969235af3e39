"""The words of the command line: every option once, checked where it is read.

A file given with ``--config`` is turned into the same words and read by the same parser before
those of the command line, so that both know the same names and limits, and the latter wins.
"""

import argparse
import difflib
import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from stream_ae.errors import ConfigError


class Parser(argparse.ArgumentParser):
    """An argument parser without defaults, whose complaint is an error of one line."""

    def __init__(self, prog: str | None = None, description: str | None = None) -> None:
        super().__init__(
            prog=prog,
            description=description,
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise ConfigError(f"{message}; see {self.prog} --help")

    # The command's own parser complains, since only it knows which option was meant.
    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Read the words; one that is not known is an error that names the nearest."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            word = unknown[0].split("=")[0]
            near = difflib.get_close_matches(word, self._option_string_actions, n=1)
            meant = f"did you mean {near[0]}?" if near else f"see {self.prog} --help"
            raise ConfigError(f"unknown argument {unknown[0]!r}; {meant}")
        return options, unknown


def add_run_options(parser: Parser) -> None:
    """The options that ``train``, ``demo`` and ``live`` share."""
    yes_or_no = argparse.BooleanOptionalAction
    add = parser.add_argument
    add("--frames", type=_count, metavar="N", help="stop after N frames in all; 0: at the end")
    add("--run-dir", metavar="DIR", help="where the run is written (default: runs/<time>-<source>)")
    add("--resume", action=yes_or_no, help="go on from the newest checkpoint of the run")
    add("--seed", type=_count, metavar="N", help="of the first weights and of made-up streams")
    add("--device", choices=("auto", "cpu", "cuda"), help="what computes (default: auto)")
    add("--optimizer", metavar="NAME", help="obgd, adaptive-obgd or any of torch.optim")
    add("--lr", type=_rate, metavar="X", help="learning rate (default: the optimizer's own)")
    add("--objective", choices=("full", "mse"), help="what is minimised (default: full)")
    add("--size", choices=("small", "base", "large"), help="of the network (default: base)")
    add("--gate", action=yes_or_no, help="do not learn frames that show nothing new")
    add("--private", action=yes_or_no, help="write no pixel to disk")
    add("--threads", type=positive, metavar="N", help="processor threads (default: 1)")
    add("--loop", action=yes_or_no, help="begin a recorded stream anew at its end")
    add("--fit", choices=("stretch", "crop", "pad"), help="how a frame becomes square")
    add("--policy", choices=("random",), help="who plays a gym: stream")
    add("--tensorboard", action=yes_or_no, help="write TensorBoard files")
    add("--progress", action=yes_or_no, help="show progress")
    add("--checkpoint-every", type=_seconds, metavar="SECONDS", help="time between checkpoints")
    add("--config", type=Path, metavar="FILE.toml", help="options by the same names")


def parse(parser: Parser, argv: Sequence[str]) -> dict[str, Any]:
    """Read the words of a command, after those of its ``--config`` file.

    Returns:
        What was given, by the option's name with underscores; nothing that was not.

    Raises:
        ConfigError: a word, a key or a value is not understood.
    """
    options = vars(parser.parse_args(argv))
    path: Path | None = options.pop("config", None)
    if path is None:
        return options
    first = 1 if argv[0] and not argv[0].startswith("-") else 0  # after the command, if any
    try:
        from_file = vars(parser.parse_args([*argv[:first], *_words(path), *argv[first:]]))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    del from_file["config"]
    return from_file


def _words(path: Path) -> list[str]:
    """A TOML file as words of the command line."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read it: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"TOML was expected: {error}") from error
    words = []
    for key, value in table.items():
        option = f"--{key.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(option if value else option.replace("--", "--no-", 1))
        elif isinstance(value, str | int | float):
            words.append(f"{option}={value}")
        else:
            raise ConfigError(f"{key} must be one value, got {value!r}")
    return words


def positive(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    return _whole(text, what="a whole number, 1 or more", least=1)


def _count(text: str) -> int:
    return _whole(text, what="a whole number, 0 or more", least=0)


def _rate(text: str) -> float:
    return _above_zero(text, what="a number above 0")


def _seconds(text: str) -> float:
    return _above_zero(text, what="seconds above 0")


def _whole(text: str, *, what: str, least: int) -> int:
    value = _number(text)
    if not value >= least or value != int(value):
        raise argparse.ArgumentTypeError(f"must be {what}, got {text!r}")
    return int(value)


def _above_zero(text: str, *, what: str) -> float:
    value = _number(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"must be {what}, got {text!r}")
    return value


def _number(text: str) -> float:
    """A finite number, or NaN, which no comparison lets through."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
