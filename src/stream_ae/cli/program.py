"""The command line: arguments to a configuration, errors to one line and an exit code.

No option has a default here: what was not given is left to the configuration.
"""

import signal
import sys
from collections.abc import Mapping, Sequence

from stream_ae.cli import terminal
from stream_ae.cli.bench_options import add_bench
from stream_ae.cli.fleet_options import add_fleet, with_start
from stream_ae.cli.parser import Given, Parser, add_options, parse, path
from stream_ae.errors import ConfigError, SourceError, SourceLostError, StreamAEError, UnsavedError
from stream_ae.runs.config import (
    DEMO_SOURCE,
    DemoConfig,
    TrainConfig,
    settings_of,
)
from stream_ae.runs.live_config import LiveConfig
from stream_ae.runs.signals import INTERRUPTED, handled, leave
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.settings.addresses import names_a_stream, unknown_stream
from stream_ae.settings.choices import OPTIMIZER
from stream_ae.settings.release import release

EXIT_CODES = {
    0: "finished, also after one Ctrl-C or SIGTERM: what was learned is saved",
    1: "`bench compare` found something worse; any other command: a bug, please report it",
    2: "bad input or configuration",
    3: "the stream broke and could not be recovered; what was learned is saved",
    4: "what was learned could not be saved; the last line says what is lost",
    INTERRUPTED: "interrupted by Ctrl-C before the first frame: nothing was learned",
}

SOURCE_HELP = settings_of(TrainConfig)["source"].about.help
_OPTIONAL_SOURCE_HELP = f"{SOURCE_HELP} (default: {DEMO_SOURCE})"


_LEFT_OUT: Mapping[type[TrainConfig], set[str]] = {
    WatchConfig: {"source", "fit"},
    LiveConfig: {"source", "live"},
}
"""Settings of a command that are no options of it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    return _run(command_parser(), sys.argv[1:] if argv is None else argv)


def quick_start(argv: Sequence[str] | None = None) -> int:
    """Mode 1 (learn, then report) or 2 (learn and watch live); asks where nothing is said."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _run(quick_start_parser(), arguments, ask=not arguments)


def _run(parser: Parser, argv: Sequence[str], *, ask: bool = False) -> int:
    terminal.prepare()
    try:
        code = _code(parser, argv, ask=ask)
    except SystemExit as end:  # --help, --version
        raise SystemExit(_written(0)) from end
    return _written(code)


def _code(parser: Parser, argv: Sequence[str], *, ask: bool) -> int:
    try:
        if ask and sys.stdin.isatty():
            argv = _ask()
        name, given = parse(parser, with_start(argv))
        _check_source(name, given)
        with handled(signal.SIGINT, leave):
            from stream_ae.cli import commands  # loads PyTorch, for which no wrong word waits
        return commands.do(name, given)
    except KeyboardInterrupt as interrupt:
        return _complain(str(interrupt) or "interrupted", INTERRUPTED)
    except OSError:
        failure = terminal.failing()
        if failure is None:
            raise  # it was something else than our output
        return _unwritten(failure, 0)
    except SourceLostError as error:
        return _complain(error, 3)
    except UnsavedError as error:
        return _complain(error, 4)
    except StreamAEError as error:
        return _complain(error, 2)


def _written(code: int) -> int:
    """The exit code, once all that the program says is written, or cannot be."""
    failure = terminal.settle()
    return code if failure is None else _unwritten(failure, code)


def _unwritten(failure: OSError, code: int) -> int:
    """The exit code where not all could be written that the program had to say."""
    if isinstance(failure, BrokenPipeError):  # … | head: it has seen enough
        return code
    reason = failure.strerror or failure
    return _complain(
        f"cannot write to the standard output: {reason}; send it somewhere else", code or 2
    )


def _check_source(name: str, given: Given) -> None:
    """A new run needs a stream that there is; one that is gone on with has its own."""
    source, goes_on = given.get("source"), given.get("resume") and "run_dir" in given
    if isinstance(source, str) and not names_a_stream(source):
        raise SourceError(unknown_stream(source))
    if name in ("train", "watch") and "source" not in given and not goes_on:
        raise ConfigError(
            "required: SOURCE, or --resume --run-dir DIR to go on with a run, got neither;"
            f" see stream-ae {name} --help"
        )


def command_parser() -> Parser:
    """The parser of ``stream-ae``, with all commands."""
    parser = Parser(
        prog="stream-ae",
        description="Learn a video stream while it is watched, one frame at a time.",
        epilog=f"What learns by default is the optimizer {OPTIMIZER!r}; choose another with"
        " --optimizer. Every command explains its options: stream-ae train --help.",
    )
    parser.add_argument(
        "--version",
        action="version",
        version=release(),
        help="show the version and exit",
    )
    _add_stream(parser, "train", "learn a stream, one pass, frame by frame", kind=TrainConfig)
    _add_stream(parser, "demo", "learn some frames, then write report.html", kind=DemoConfig)
    _add_stream(
        parser, "live", "learn and watch a stream, and see it in the browser", kind=LiveConfig
    )
    _add_stream(
        parser, "watch", "learn a stream and tell what does not belong or is new", kind=WatchConfig
    )

    bench = parser.add_command("bench", "measure, print a table, write JSON")
    add_bench(bench, source_help=SOURCE_HELP)

    add_fleet(parser.add_command("fleet", "many cameras, on this machine or on many"))

    inspect = parser.add_command("inspect", "what a run folder holds")
    inspect.add_argument("run", metavar="RUN", type=path, help="the run folder")
    inspect.add_argument("--json", action="store_true", help="as one JSON object")
    return parser


def _add_stream(parser: Parser, name: str, about: str, *, kind: type[TrainConfig]) -> None:
    """A command that learns a stream."""
    command = parser.add_command(name, about)
    has_default = settings_of(kind)["source"].default == DEMO_SOURCE
    needed = f"{SOURCE_HELP}; may be left out with --resume --run-dir"
    source_help = _OPTIONAL_SOURCE_HELP if has_default else needed
    command.add_argument("source", metavar="SOURCE", nargs="?", help=source_help)
    add_options(command, kind, leave_out=_LEFT_OUT.get(kind, {"source"}))


def quick_start_parser() -> Parser:
    """The parser of ``quick_start.py``."""
    parser = Parser(prog="quick_start.py", description="Learn a stream: report, or watch live.")
    parser.add_argument("--mode", choices=("1", "2"), help="1: learn, then a report; 2: watch live")
    parser.add_argument("--source", metavar="SOURCE", help=_OPTIONAL_SOURCE_HELP)
    parser.set_defaults(command="quick start")
    # What live has in addition is not asked for here, and how many frames depends on the mode.
    add_options(parser, TrainConfig, leave_out={"source"})
    return parser


def _ask() -> list[str]:
    """Ask for mode and source on the terminal; Enter takes the default.

    Raises:
        ConfigError: the input ended (Ctrl-D).
    """
    print("1  learn a stream, then write a report\n2  learn a stream and watch it live")
    try:
        mode = input("mode [1]: ").strip() or "1"
        source = input(f"source: {SOURCE_HELP} [{DEMO_SOURCE}]: ").strip() or DEMO_SOURCE
    except EOFError as error:
        print()
        raise ConfigError(
            "an answer was expected, got the end of the input; answer, press Enter for the"
            " default, or say it beforehand: --mode 1 --source SOURCE"
        ) from error
    return ["--mode", mode, "--source", source]


def _complain(error: StreamAEError | str, code: int) -> int:
    terminal.complain(f"stream-ae: {error}")
    return code
