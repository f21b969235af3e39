"""The options of the command line: generated from a configuration, checked where they are read.

A file given with ``--config`` is turned into the same arguments and read by the same parser before
those of the command line, so that both know the same names and limits, and the latter wins.
"""

import argparse
import difflib
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar, get_args

from stream_ae.errors import ConfigError
from stream_ae.runs.config import Declared, TrainConfig, settings_of
from stream_ae.runs.validation import choices, is_list
from stream_ae.runs.validation import positive as whole_from_one

Given = dict[str, object]
"""What was asked for, by the option's name with underscores; nothing that was not."""


N = TypeVar("N", int, float)
_OWN = {"command", "config"}  # of the command line itself


class _Writable(Protocol):
    """What a message is written to."""

    def write(self, text: str, /) -> object: ...


class Parser(argparse.ArgumentParser):
    """An argument parser without defaults, whose complaint is an error of one line.

    Args:
        prog: the program as it is called.
        description: what it is for.
        epilog: what stands below everything else in its help.
    """

    def __init__(
        self, prog: str | None = None, description: str | None = None, *, epilog: str | None = None
    ) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
        )
        self._commands: argparse._SubParsersAction[Parser] | None = None

    def _print_message(self, message: str, file: _Writable | None = None) -> None:
        """Write the help or the version; argparse itself keeps quiet where that fails."""
        print(message, end="", file=file)

    def add_command(self, name: str, about: str) -> "Parser":
        """The parser of one more command, which is known by the words after the program's.

        Args:
            name: the command.
            about: what it does, in a line that begins small and has no full stop.
        """
        if self._commands is None:
            self._commands = self.add_subparsers(metavar="COMMAND", required=True)
        added = self._commands.add_parser(
            name, help=about, description=f"{about[0].upper()}{about[1:]}."
        )
        added.set_defaults(command=added.prog.partition(" ")[2])
        return added

    def actions(self) -> list[argparse.Action]:
        """Every argument, in the order of ``--help``."""
        return list(self._actions)

    def commands(self) -> dict[str, "Parser"]:
        """The parsers of its commands, by their names."""
        return {} if self._commands is None else dict(self._commands.choices)

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise ConfigError(f"{message}; see {self.prog} --help")

    # The command's own parser complains, since only it knows which option was meant.
    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Read the arguments; one that is not known is an error that names the nearest."""
        commands = self.commands()
        if commands and not args:
            self.print_help()
            raise ConfigError(f"a command is needed after {self.prog}: {_one_of(commands)}")
        first = args[0] if commands and args else ""
        if first.startswith("-") and first not in {"--", *self._option_string_actions}:
            raise self._unknown(first)  # argparse would only miss the command
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            raise self._unknown(unknown[0])
        return options, unknown

    def _unknown(self, argument: str) -> ConfigError:
        name = argument.split("=")[0]
        meant = _nearest(name, self._option_string_actions)
        if not meant and self.commands():
            meant = f"a command comes first: {_one_of(self.commands())}"
        return ConfigError(f"unknown argument {argument!r}; {meant or f'see {self.prog} --help'}")

    def _check_value(self, action: argparse.Action, value: object) -> None:
        """Refuse what is not among the choices; name the nearest."""
        if action.choices is not None and value not in action.choices:
            near = _nearest(str(value), action.choices)
            meant = near or f"choose {_one_of(action.choices)}"
            raise argparse.ArgumentError(action, f"invalid choice: {value!r}; {meant}")


def _nearest(name: str, known: Iterable[str]) -> str:
    """A question for the known name that looks most like it; nothing where none does."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else ""


def _one_of(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


class _Arguments(argparse.Namespace):
    """What a parser reads; the commands' parsers set ``command`` as a default."""

    command: str
    config: Path


def add_options(parser: Parser, kind: type[TrainConfig], *, leave_out: Collection[str]) -> None:
    """An option for each setting of a configuration, and ``--config``.

    Args:
        parser: of one command.
        kind: the configuration of that command.
        leave_out: settings that are asked for in another way.
    """
    for name, declared in settings_of(kind).items():
        if name not in leave_out:
            _add_option(parser, f"--{name.replace('_', '-')}", declared)
    parser.add_argument(
        "--config", type=path, metavar="FILE.toml", help="options by the same names"
    )


def _add_option(parser: Parser, flag: str, declared: Declared) -> None:
    kind, about, default = declared
    if kind is bool:
        text = f"{about.help} (default: {'yes' if default else 'no'})"
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=text)
        return
    shown = f"{default:g}" if isinstance(default, float) else default
    text = f"{about.help} (default: {about.unset or shown})"
    if is_list(kind):
        parser.add_argument(flag, action="append", metavar=about.metavar, help=text)
        return
    allowed = choices(kind)
    if allowed:
        parser.add_argument(flag, choices=allowed, help=text)
    else:
        parser.add_argument(flag, type=_reader(declared), metavar=about.metavar, help=text)


def _reader(declared: Declared) -> Callable[[str], object]:
    """How the text of an option becomes the setting's value."""
    if declared.about.number is not None:
        return number_reader(declared.about.number)
    if declared.kind is int:
        return int
    return path if Path in (declared.kind, *get_args(declared.kind)) else str


def path(text: str) -> Path:
    """A path; nothing is none, though for Python it is the present folder."""
    if not text:
        raise argparse.ArgumentTypeError("must be a path, got ''")
    return Path(text)


def number_reader(read: Callable[[str | float], N]) -> Callable[[str], N]:
    """The same reader for argparse, which shows the messages of its own kind of error only."""

    def of_argument(text: str) -> N:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return of_argument


positive = number_reader(whole_from_one)
"""A whole number of at least 1, for argparse."""


def parse(parser: Parser, argv: Sequence[str]) -> tuple[str, Given]:
    """Read the arguments of a command, after those of its ``--config`` file.

    Returns:
        The command, and what was asked for.

    Raises:
        ConfigError: an argument, a key or a value is not understood.
    """
    arguments = parser.parse_args(argv, _Arguments())
    if "config" in arguments:
        path = arguments.config
        first = 1 if argv[0] and not argv[0].startswith("-") else 0  # after the command, if any
        try:
            options = _options_of(parser.commands().get(arguments.command, parser))
            whole = [*argv[:first], *_arguments_of(path, options), *argv[first:]]
            arguments = parser.parse_args(whole, _Arguments())
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from error
    given = {name: value for name, value in vars(arguments).items() if name not in _OWN}
    return arguments.command, given


def _options_of(parser: Parser) -> dict[str, bool]:
    """Every option of a command, and whether it is one of yes and no, which takes no value."""
    return {
        option: isinstance(action, argparse.BooleanOptionalAction)
        for action in parser.actions()
        for option in action.option_strings
    }


def _arguments_of(path: Path, options: Mapping[str, bool]) -> list[str]:
    """A TOML file as arguments of the command line; an option takes no word from behind it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read it: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"TOML was expected: {error}") from error
    arguments = []
    for key, value in table.items():
        option = f"--{key.replace('_', '-')}"
        is_bool = isinstance(value, bool)
        if option == "--config":
            raise ConfigError("config must be on the command line, got another file; name one")
        if options.get(option, is_bool) != is_bool:
            expected = "true or false" if options[option] else "a number or a text"
            raise ConfigError(f"{key} must be {expected}, got {value!r}; change it")
        if is_bool:
            arguments.append(option if value else option.replace("--", "--no-", 1))
        elif isinstance(value, str | int | float):
            arguments.append(f"{option}={value}")
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):
            arguments += [f"{option}={each}" for each in value]
        else:
            raise ConfigError(
                f"{key} must be one value or a list of texts, got {value!r}; change it"
            )
    return arguments
