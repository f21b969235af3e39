"""The command line: arguments to a configuration, errors to one line and an exit code.

No option has a default here: what was not given is left to the configuration.
"""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from stream_ae.cli.bench import add_bench
from stream_ae.cli.parser import Command, Given, Parser, add_options, parse
from stream_ae.errors import ConfigError, SourceLostError, StreamAEError
from stream_ae.observers.filmstrip import Filmstrip
from stream_ae.observers.progress import log_lines
from stream_ae.observers.tensorboard.server import BoardServer
from stream_ae.reports.html import write_report
from stream_ae.reports.text import describe
from stream_ae.runs.config import (
    DEMO_SOURCE,
    DemoConfig,
    LiveConfig,
    TrainConfig,
    config_from,
    settings_of,
)
from stream_ae.runs.train import run_directory, train

EXIT_CODES = {
    0: "finished, also after one Ctrl-C or SIGTERM: what was learned is saved",
    1: "`bench compare` found something worse; any other command: a bug, please report it",
    2: "bad input or configuration",
    3: "the stream broke and could not be recovered; what was learned is saved",
}

SOURCE_HELP = settings_of(TrainConfig)["source"].about.help
_OPTIONAL_SOURCE_HELP = f"{SOURCE_HELP} (default: {DEMO_SOURCE})"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    return _run(command_parser(), sys.argv[1:] if argv is None else argv)


def quick_start(argv: Sequence[str] | None = None) -> int:
    """Mode 1 (learn, then report) or 2 (learn and watch live); asks where nothing is said."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments and sys.stdin.isatty():
        arguments = _ask()
    return _run(quick_start_parser(), arguments)


def _run(parser: Parser, argv: Sequence[str]) -> int:
    try:
        with log_lines():
            command, given = parse(parser, argv)
            code = command(given)
        sys.stdout.flush()
    except BrokenPipeError:
        if not _nobody_reads():
            raise  # it was another pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the exit
        return 0
    except SourceLostError as error:
        return _complain(error, code=3)
    except StreamAEError as error:
        return _complain(error, code=2)
    return code or 0


def _nobody_reads() -> bool:
    """Whether the reader of our output has seen enough, as in ``… | head``."""
    try:
        print(flush=True)  # what was written before may be lost already, and its error with it
    except BrokenPipeError:
        return True
    return False


def command_parser() -> Parser:
    """The parser of ``stream-ae``, with all commands."""
    parser = Parser(
        prog="stream-ae",
        description="Learn a video stream while it is watched, one frame at a time.",
    )
    parser.add_argument(
        "--version",
        action="version",
        version=version("stream-ae"),
        help="show the version and exit",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, about: str, command: Command | None = None) -> Parser:
        added = commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        if command is not None:
            added.set_defaults(command=command)
        return added

    train_ = add("train", "learn a stream, one pass, frame by frame", _train)
    train_.add_argument("source", metavar="SOURCE", help=SOURCE_HELP)
    add_options(train_, TrainConfig, leave_out={"source"})

    demo = add("demo", "learn some frames, then write report.html", _demo)
    demo.add_argument("source", metavar="SOURCE", nargs="?", help=_OPTIONAL_SOURCE_HELP)
    add_options(demo, DemoConfig, leave_out={"source"})

    live = add("live", "learn a stream and watch it in the browser", _live)
    live.add_argument("source", metavar="SOURCE", nargs="?", help=_OPTIONAL_SOURCE_HELP)
    add_options(live, LiveConfig, leave_out={"source"})

    add_bench(add("bench", "measure, print a table, write JSON"), source_help=SOURCE_HELP)

    inspect = add("inspect", "what a run folder holds", _inspect)
    inspect.add_argument("run", metavar="RUN", type=Path, help="the run folder")
    return parser


def quick_start_parser() -> Parser:
    """The parser of ``quick_start.py``."""
    parser = Parser(prog="quick_start.py", description="Learn a stream: report, or watch live.")
    parser.add_argument("--mode", choices=("1", "2"), help="1: learn, then a report; 2: watch live")
    parser.add_argument("--source", metavar="SOURCE", help=_OPTIONAL_SOURCE_HELP)
    parser.set_defaults(command=_quick_start)
    # What live has in addition is not asked for here, and how many frames depends on the mode.
    add_options(parser, TrainConfig, leave_out={"source"})
    return parser


def _quick_start(given: Given) -> None:
    chosen = _live if given.pop("mode", "1") == "2" else _demo
    chosen(given)


def _ask() -> list[str]:
    """Ask for mode and source on the terminal; Enter takes the default."""
    print("1  learn a stream, then write a report\n2  learn a stream and watch it live")
    mode = input("mode [1]: ").strip() or "1"
    source = input(f"source: {SOURCE_HELP} [{DEMO_SOURCE}]: ").strip() or DEMO_SOURCE
    return ["--mode", mode, "--source", source]


def _train(given: Given) -> None:
    config = config_from(TrainConfig, given)
    directory = run_directory(config)
    train(config, directory=directory)
    print(f"learned into {directory}; look at it with: stream-ae inspect {directory}")


def _demo(given: Given) -> None:
    config = config_from(DemoConfig, given)
    directory = run_directory(config)
    filmstrip = Filmstrip()
    train(config, directory=directory, observers=[filmstrip])
    try:
        report = write_report(directory, filmstrip=filmstrip)
    except OSError as error:
        raise StreamAEError(
            f"cannot write the report: {error}; what was learned is saved, so make room and run"
            f" it again with --resume --run-dir {directory}"
        ) from error
    print(f"report:      {report}\ntensorboard: tensorboard --logdir={directory}")


def _live(given: Given) -> None:
    config = config_from(LiveConfig, given)
    if not config.tensorboard:
        raise ConfigError("live shows the run in TensorBoard; leave out --no-tensorboard")
    directory = run_directory(config)
    with BoardServer(directory, host=config.host, port=config.port) as server:
        print(f"watch it at {server.url} (Ctrl-C ends learning)", flush=True)
        train(config, directory=directory)
    print(f"learned into {directory}")


def _inspect(given: Given) -> None:
    print(describe(Path(str(given["run"]))))


def _complain(error: StreamAEError, *, code: int) -> int:
    print(f"stream-ae: {error}", file=sys.stderr)
    return code
