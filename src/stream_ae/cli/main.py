"""The command line: words to options, errors to one line and an exit code.

Exit codes: 0 finished (also after one Ctrl-C), 2 bad input or configuration, 3 the stream broke
and could not be recovered (what was learned is saved); 1 from ``bench compare`` where something got
worse. Anything else is a bug.

Nothing has a default here: an option that was not given is not handed on.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stream_ae.cli.bench import add_bench
from stream_ae.cli.options import Parser, add_run_options, parse
from stream_ae.errors import ConfigError, SourceLostError, StreamAEError
from stream_ae.observers.filmstrip import Strip
from stream_ae.observers.progress import log_lines
from stream_ae.observers.tensorboard.server import BoardServer
from stream_ae.reports.html import write_report
from stream_ae.reports.text import describe
from stream_ae.runs.train import run_directory, train

DEMO_SOURCE, DEMO_FRAMES = "scene:street", 2000
LIVE_HOST, LIVE_PORT = "127.0.0.1", 8765
_SOURCE_HELP = "a path, rtsp://…, http(s)://…, webcam:0, gym:<EnvId> or scene:<name>"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    return _run(_parser(), sys.argv[1:] if argv is None else argv)


def quick_start(argv: Sequence[str] | None = None) -> int:
    """Mode 1 (learn, then report) or 2 (learn and watch live); asks where nothing is said."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words and sys.stdin.isatty():
        words = _ask()
    return _run(_quick_start_parser(), words)


def _run(parser: Parser, argv: Sequence[str]) -> int:
    try:
        with log_lines():
            options = parse(parser, argv)
            command: Callable[[dict[str, Any]], int | None] = options.pop("command")
            code = command(options)
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
    """Whether who read our output has seen enough, as in ``… | head``."""
    try:
        print(flush=True)  # what was written before may be lost already, and its error with it
    except BrokenPipeError:
        return True
    return False


def _parser() -> Parser:
    parser = Parser(
        prog="stream-ae",
        description="Learn a video stream while it is watched, one frame at a time.",
    )
    parser.add_argument("--version", action="version", version=version("stream-ae"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train_ = commands.add_parser("train", description="Learn a stream, one pass, frame by frame.")
    train_.add_argument("source", metavar="SOURCE", help=_SOURCE_HELP)
    train_.set_defaults(command=_train)
    add_run_options(train_)

    demo = commands.add_parser("demo", description="Learn some frames, then write report.html.")
    demo.add_argument("source", metavar="SOURCE", nargs="?", help=_SOURCE_HELP)
    demo.set_defaults(command=_demo)
    add_run_options(demo)

    live = commands.add_parser("live", description="Learn a stream and watch it in the browser.")
    live.add_argument("source", metavar="SOURCE", nargs="?", help=_SOURCE_HELP)
    live.add_argument("--host", help=f"address to serve at (default: {LIVE_HOST})")
    live.add_argument("--port", type=int, help=f"0: any free one (default: {LIVE_PORT})")
    live.set_defaults(command=_live)
    add_run_options(live)

    bench = commands.add_parser("bench", description="Measure, print a table, write JSON.")
    add_bench(bench, source_help=_SOURCE_HELP)

    inspect = commands.add_parser("inspect", description="What a run folder holds.")
    inspect.add_argument("run", metavar="RUN", type=Path, help="the run folder")
    inspect.set_defaults(command=_inspect)
    return parser


def _quick_start_parser() -> Parser:
    parser = Parser(prog="quick_start.py", description="Learn a stream: report, or watch live.")
    parser.add_argument("--mode", choices=("1", "2"), help="1: learn, then a report; 2: watch live")
    parser.add_argument("--source", help=_SOURCE_HELP)
    parser.set_defaults(command=_quick_start)
    add_run_options(parser)
    return parser


def _quick_start(options: dict[str, Any]) -> None:
    mode = {"1": _demo, "2": _live}[options.pop("mode", "1")]
    mode(options)


def _ask() -> list[str]:
    """Ask for mode and source on the terminal; Enter takes the default."""
    print("1  learn a stream, then write a report\n2  learn a stream and watch it live")
    mode = input("mode [1]: ").strip() or "1"
    source = input(f"source: {_SOURCE_HELP} [{DEMO_SOURCE}]: ").strip() or DEMO_SOURCE
    return ["--mode", mode, "--source", source]


def _train(options: dict[str, Any]) -> None:
    address = options.pop("source")
    directory = run_directory(address, options)
    train(address, options, directory=directory)
    print(f"learned into {directory}; look at it with: stream-ae inspect {directory}")


def _demo(options: dict[str, Any]) -> None:
    address = options.pop("source", DEMO_SOURCE)
    options.setdefault("frames", DEMO_FRAMES)
    directory = run_directory(address, options)
    strip = Strip()
    train(address, options, directory=directory, observers=[strip])
    try:
        report = write_report(directory, strip=strip)
    except OSError as error:
        raise StreamAEError(
            f"cannot write the report: {error}; what was learned is saved, so make room and run"
            f" it again with --resume --run-dir {directory}"
        ) from error
    print(f"report:      {report}\ntensorboard: tensorboard --logdir={directory}")


def _live(options: dict[str, Any]) -> None:
    address = options.pop("source", DEMO_SOURCE)
    host, port = options.pop("host", LIVE_HOST), options.pop("port", LIVE_PORT)
    if not options.get("tensorboard", True):
        raise ConfigError("live shows the run in TensorBoard; leave out --no-tensorboard")
    directory = run_directory(address, options)
    with BoardServer(directory, host=host, port=port) as server:
        print(f"watch it at {server.url} (Ctrl-C ends learning)", flush=True)
        train(address, options, directory=directory)
    print(f"learned into {directory}")


def _inspect(options: dict[str, Any]) -> None:
    print(describe(options["run"]))


def _complain(error: StreamAEError, *, code: int) -> int:
    print(f"stream-ae: {error}", file=sys.stderr)
    return code
