"""The options of ``stream-ae fleet``."""

from collections.abc import Sequence

from stream_ae.cli.parser import Parser, add_options, path
from stream_ae.fleet.options import SEEN_TO
from stream_ae.runs.config import settings_of
from stream_ae.runs.live_config import LiveConfig
from stream_ae.runs.watch_config import WatchConfig

_START = "start"
_OF_LIVE = {"host", "port", "token", "open", "allow_host", "root_path", "certfile", "keyfile"}
_OF_LIVE |= {"metrics_port", "metrics_host", "webhook", "mqtt", "on_event"}
"""Settings of ``live`` that the page of a fleet has, too."""


def add_fleet(fleet: Parser) -> None:
    """Give the parser of ``fleet`` its commands."""
    start = fleet.add_command(
        _START, "start what a file names, or what was changed in it; the word start may be left out"
    )
    start.add_argument("file", metavar="FLEET.toml", type=path, help="the cameras")
    _add_queue(start)
    _add_address(start)

    status = fleet.add_command("status", "how each camera stands")
    status.add_argument("--json", action="store_true", help="as one JSON object a line")
    _add_address(status, with_name=True)

    _add_live(fleet)

    add = fleet.add_command("add", "start one camera more, which is in no file")
    add.add_argument("camera", metavar="NAME", help="of the camera")
    add.add_argument("stream", metavar="SOURCE", help="its stream; a password as ${NAME}")
    add.add_argument("--cpus", type=float, metavar="X", help="cores set aside (default: 0.5)")
    _add_queue(add)
    _add_address(add, with_name=True)
    add_options(add, WatchConfig, leave_out={"source", "fit", *SEEN_TO})

    remove = fleet.add_command("remove", "stop a camera; its run folder stays")
    remove.add_argument("camera", metavar="NAME", help="of the camera")
    _add_address(remove, with_name=True)

    restart = fleet.add_command("restart", "let other processes go on with cameras")
    restart.add_argument("cameras", metavar="NAME", nargs="*", help="which; all with --rolling")
    restart.add_argument(
        "--rolling",
        action="store_true",
        help="one after the other, each when the one before learns; the hub first",
    )
    _add_address(restart, with_name=True)

    stop = fleet.add_command("stop", "stop all cameras, with a checkpoint each, and what runs them")
    _add_address(stop, with_name=True)


def with_start(argv: Sequence[str]) -> Sequence[str]:
    """The arguments with the word that may be left out.

    >>> with_start(["fleet", "shop.toml", "--queue"])
    ['fleet', 'start', 'shop.toml', '--queue']
    >>> with_start(["fleet", "status"])
    ['fleet', 'status']
    """
    if len(argv) < 2 or argv[0] != "fleet":
        return argv
    known = (_START, "status", "live", "add", "remove", "restart", "stop")
    if argv[1] in ("-h", "--help", *known):
        return argv
    return [argv[0], _START, *argv[1:]]


def _add_live(fleet: Parser) -> None:
    live = fleet.add_command("live", "see it in the browser, export metrics, tell of events")
    live.add_argument(
        "--outbox",
        metavar="DIR",
        type=path,
        help="where events wait that have not arrived (default: RUNS/FLEET.outbox)",
    )
    _add_address(live, with_name=True)
    add_options(live, LiveConfig, leave_out=settings_of(LiveConfig).keys() - _OF_LIVE)


def _add_queue(parser: Parser) -> None:
    parser.add_argument(
        "--queue", action="store_true", help="cameras for which there is no room wait for it"
    )


def _add_address(parser: Parser, *, with_name: bool = False) -> None:
    parser.add_argument(
        "--address",
        metavar="HOST:PORT",
        help="of a Ray cluster; auto: the one that runs here; local: this machine alone"
        " (default: $RAY_ADDRESS, or local)",
    )
    if with_name:
        parser.add_argument(
            "--name", metavar="FLEET", help="of the fleet (default: the only one there is)"
        )
