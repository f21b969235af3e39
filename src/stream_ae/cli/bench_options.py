"""The options of ``stream-ae bench``."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import get_args

from stream_ae.cli.parser import Parser, positive
from stream_ae.settings.choices import OBJECTIVE, SIZE, Objective, Size

RESULTS = Path("benchmarks/results")
"""Where results are written."""

PARTS = (
    "in-stream",
    "grid",
    "sensitivity",
    "out-of-stream",
    "forgetting",
    "plasticity",
    "scenes",
    "long",
)
"""Parts of the benchmark of learning; the protocols themselves would load PyTorch."""


def add_bench(bench: Parser, *, source_help: str) -> None:
    """Give the parser of ``bench`` its commands."""
    _add_learning(bench, source_help=source_help)

    speed = bench.add_command("speed", "how fast streams are learned")
    speed.add_argument("sources", metavar="SOURCE", nargs="*", help=source_help)
    speed.add_argument("--frames", type=positive, metavar="N", help="of each stream")
    speed.add_argument("--repeats", type=positive, metavar="N", help="whole runs")
    speed.add_argument(
        "--threads",
        type=_counts,
        metavar="N,…",
        help="processor threads (default: 1 and all cores)",
    )
    _add_out(speed)

    _add_seeing(bench)

    _add_optimizers(bench)

    _add_fleet(bench)

    against = bench.add_command("compare", "results against those of a commit")
    against.add_argument("--base", required=True, metavar="COMMIT", help="what to compare with")
    _add_out(against)

    page = bench.add_command("results", "the results as a page of Markdown")
    _add_out(page)


def _add_learning(bench: Parser, *, source_help: str) -> None:
    """The command for how well streams are learned."""
    learning = bench.add_command("learning", "how well streams are learned")
    add = learning.add_argument
    add("sources", metavar="SOURCE", nargs="*", help=source_help)
    add("--part", choices=PARTS, help="which part of it (default: in-stream)")
    add("--frames", type=positive, metavar="N", help="of each stream (scenes: of the whole)")
    add(
        "--seeds",
        "--repeats",
        dest="repeats",
        type=positive,
        metavar="N",
        help="fresh networks of each row, seeded 0, 1, …",
    )
    add("--optimizers", type=_names, metavar="NAME[:LR],…", help="by name, package.module:Class")
    add("--model", metavar="PLACE", help="a network of your own, package.module:factory")
    add(
        "--objective",
        choices=get_args(Objective),
        help=f"what is minimised (default: {OBJECTIVE})",
    )
    add("--jobs", type=positive, metavar="N", help="runs at a time, of one thread each if several")
    _add_out(learning)


def _add_seeing(bench: Parser) -> None:
    """The commands for what `watch` finds."""
    foreground = bench.add_command("foreground", "how well foreground is found, beside OpenCV's")
    foreground.add_argument(
        "folders",
        metavar="FOLDER",
        nargs="+",
        help="with input and groundtruth in it, or scene:<name>",
    )
    foreground.add_argument(
        "--methods",
        type=_names,
        metavar="NAME,…",
        help="what to compare (default: stream-ae,mog2,knn,cnt,gsoc)",
    )
    foreground.add_argument(
        "--frames",
        type=positive,
        metavar="N",
        help="the most of each (default: all; a scene: 2400)",
    )
    _add_out(foreground)

    novelty = bench.add_command("novelty", "how well what is novel is found")
    novelty.add_argument(
        "folder", metavar="FOLDER", help="with train, test and test/labels.json in it"
    )
    _add_out(novelty)


def _add_optimizers(bench: Parser) -> None:
    """The command for optimizers on streams that are no video."""
    optimizers = bench.add_command("optimizers", "BoundedGD beside Adam and SGD, away from video")
    optimizers.add_argument(
        "streams", metavar="STREAM", nargs="*", help="which of the eight small ones (default: all)"
    )
    optimizers.add_argument(
        "--repeats", type=positive, metavar="N", help="seeds of each row (default: 3)"
    )
    _add_out(optimizers)


def _add_fleet(bench: Parser) -> None:
    """The commands for many cameras, on this machine and simulated."""
    fleet = bench.add_command("fleet", "a fleet beside plain processes, and after a kill")
    add = fleet.add_argument
    add("--cameras", type=_counts, metavar="N,…", help="of the fleets (default: 2,4,8)")
    add("--frames", type=positive, metavar="N", help="of each camera (default: 600)")
    add("--size", choices=get_args(Size), help=f"of the network (default: {SIZE})")
    _add_out(fleet)

    outages = bench.add_command("outages", "a fleet of thousands of cameras, simulated")
    add = outages.add_argument
    add("--cameras", type=positive, metavar="N", help="in the fleet (default: 10000)")
    add("--days", type=positive, metavar="N", help="that are simulated (default: 365)")
    add("--seed", type=int, metavar="N", help="of all that is random (default: 0)")
    _add_out(outages)


def _add_out(parser: Parser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"of results (default: {RESULTS})")


def _names(text: str) -> list[str]:
    """Names between commas, for argparse."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise ArgumentTypeError(f"must be names with commas between them, got {text!r}")
    return names


def _counts(text: str) -> list[int]:
    """Positive numbers between commas, for argparse."""
    return [positive(number) for number in text.split(",")]
