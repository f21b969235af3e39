"""The page of results, written from the results themselves, so that no number is copied by hand.

``stream-ae bench results`` prints it; ``docs/results.md`` is what it prints for those files.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from stream_ae.bench.pivots import (
    Results,
    baselines,
    by_optimizer,
    foreground,
    last_50,
    obgd,
    optimizers,
    paired,
    rows_of,
    stream_title,
    summary_table,
)
from stream_ae.bench.protocols import PARTS
from stream_ae.bench.protocols import fleet as of_fleet
from stream_ae.bench.protocols import novelty as of_novelty
from stream_ae.bench.protocols import outages as of_outages
from stream_ae.bench.results import read_folder
from stream_ae.bench.rows import Row, text
from stream_ae.bench.table import Column, cells, markdown
from stream_ae.reports.formatting import NOTHING

_INTRODUCTION = """\
# Results

`stream-ae bench results` writes this page from the files in `benchmarks/results`; `make docs`
renews it.

How to read the numbers:

- **Mean squared error × 1000** of 224 × 224 × 3 values between 0 and 1. Lower is better.
- Every frame is predicted and scored *before* the network learns from it, and it is seen only once.
- 500 frames of each stream unless a table says otherwise. Means over three networks with different
  first weights; ± is half the range over them.
- *Last 50* is the mean over the last 50 frames: how good it gets. The mean over all frames also
  says how fast.
- `bounded` has no learning rate to choose. Every other optimizer gets, stream by stream, the best
  of six rates, unless a table says otherwise.
- [benchmark.md](benchmark.md) says how each part is measured."""


_GRID = "vtest.avi --part grid --frames 300 --seeds 1 --optimizers muon,adam-0.95,adam,sgd"


class Section(NamedTuple):
    """A table with what is needed to understand it and to produce it again.

    Args:
        title: its heading.
        explanation: what it shows, in plain words.
        commands: what measures it.
        table: writes it, in Markdown.
        measured: the results without which it is left out; empty where it must be there.
    """

    title: str
    explanation: str
    commands: tuple[str, ...]
    table: Callable[[Results], str]
    measured: str = ""


def results_page(folder: Path) -> str:
    """The whole page.

    Args:
        folder: of the results files.

    Raises:
        ConfigError: a file or a row is missing or damaged.
    """
    results = read_folder(folder)
    there = (each for each in SECTIONS if not each.measured or each.measured in results)
    return "\n\n".join([_INTRODUCTION, *(_written(each, results) for each in there)]) + "\n"


def _as_printed(part: str, *first: str, columns: Sequence[Column]) -> Callable[[Results], str]:
    """The table of a part as its command prints it, with the titles of its first two columns."""

    def table(results: Results) -> str:
        rows = rows_of(results, part)
        titles = [column.title for column in columns]
        lines = ([text(row, "source"), text(row, "method"), *cells(row, columns)] for row in rows)
        return markdown([*first, *titles], lines)

    return table


def _section(title: str, part: str, *commands: str) -> Section:
    """A part of the benchmark as its own table has it, without columns in which nothing stands."""
    protocol = PARTS[part]

    def table(results: Results) -> str:
        rows = rows_of(results, f"learning-{part}")
        shown = [cells(row, protocol.columns) for row in rows]
        kept = [n for n, column in enumerate(zip(*shown, strict=True)) if {*column} != {NOTHING}]
        titles = [protocol.columns[n].title for n in kept]
        lines = (
            [*_head(row), *(line[n] for n in kept)] for row, line in zip(rows, shown, strict=True)
        )
        return markdown(["stream", "optimizer", *titles], lines)

    words = [f"stream-ae bench learning {command}" for command in commands]
    return Section(title, protocol.description, tuple(words), table)


def _head(row: Row) -> tuple[str, str]:
    """Its source, each stream by its short name, and its optimizer."""
    source = text(row, "source")
    for sign in (" + ", " → "):
        source = sign.join(map(stream_title, source.split(sign)))
    return source, text(row, "optimizer")


def _written(section: Section, results: Results) -> str:
    commands = "\n".join(f"    {command}" for command in section.commands)
    return f"## {section.title}\n\n{section.explanation}\n\n{section.table(results)}\n\n{commands}"


SECTIONS = (
    Section(
        "Summary",
        "The mean squared error × 1000 over the first 300 frames of a stream, each seen once, five"
        " seeds, the same steps for all; lower is better. `bounded` has no rate to choose, those of"
        " Muon and Adam stand in the next table. *Untrained* is the first network, which learns"
        " nothing.",
        (
            "stream-ae bench learning vtest.avi --frames 300"
            " --optimizers bounded,muon:0.01,adam:0.01,frozen",
            "stream-ae bench learning highway scene:cuts gym:ALE/Breakout-v5 --frames 300"
            " --optimizers bounded,muon:0.01,adam:0.005,frozen",
        ),
        summary_table,
    ),
    Section(
        "Who is ahead",
        "The first 300 frames of each stream, five seeds, and the same number of steps on each"
        " frame for all. The rate of Muon and Adam is on each stream the best of six by the search"
        " below; of two that are level there the better one over five seeds. *To bounded* is the"
        " mean difference of the error × 1000, seed by seed, its 95 % interval by the bootstrap"
        " over seeds, and who is ahead: a tie is an interval that holds 0. *Frozen* is the first"
        " network, which learns nothing: what is below its error was learned.",
        (
            "stream-ae bench learning vtest.avi scene:street --frames 300"
            " --optimizers bounded,muon:0.01,adam:0.01,frozen",
            "stream-ae bench learning *.mp4 highway scene:cuts gym:ALE/Breakout-v5 --frames 300"
            " --optimizers bounded,muon:0.01,adam:0.005,frozen",
        ),
        paired,
        measured="learning-paired",
    ),
    Section(
        "Every stream and optimizer",
        "The first 300 frames: mean over all of them / over the last 50, and in brackets the best"
        " of six rates. `bounded` over five seeds, as above; the others with the seed on which"
        " their rate was chosen.",
        (f"stream-ae bench learning {_GRID}",),
        by_optimizer,
    ),
    Section(
        "Beside what needs no learning",
        "Mean over all frames / over the last 50. *Copy* takes the frame before as the"
        " prediction. *Bicubic* and *PCA* see the frame itself, as the network does, through as"
        " many values as its latent has: 64 × 64 × 3 pixels, and 16 principal components of each"
        " 8 × 8 block, learned from all frames before. *Without spatial bias* is `bounded`"
        " without the learned spatial bias, which remembers what stands where: everything has to"
        " pass through the latent. *Squared error only* is `bounded` with `--objective mse`."
        " *Offline* is the same network (one seed) trained on all 500 frames in any order, eight"
        " times over, then scored on them.",
        (
            "stream-ae bench learning vtest.avi"
            " --optimizers bounded,bounded-no-map,copy,bicubic,online-pca,offline",
            "stream-ae bench learning vtest.avi --objective mse --optimizers bounded",
        ),
        baselines,
    ),
    Section(
        "The last 50 frames",
        "SSIM is the structural similarity of prediction and frame, 1 at best. *Detail* is the"
        " squared error × 1000 on the pixels that changed. Both stand beside the same without"
        " the learned spatial bias. *Overshoot* is the share of steps after which the frame just"
        " learned had a larger error than before, *steps a frame* how many steps were taken on"
        " each frame.",
        ("stream-ae bench learning vtest.avi --optimizers bounded,bounded-no-map",),
        last_50,
    ),
    Section(
        "ObGD as published",
        "Mean over all frames / over the last 50; ObGD over two seeds. It was made to predict"
        " one number; `bounded` takes its idea to pictures.",
        ("stream-ae bench learning vtest.avi --optimizers bounded,obgd,adaptive-obgd --repeats 2",),
        obgd,
    ),
    _section(
        "Frames never seen",
        "out-of-stream",
        "vtest.avi highway one-by-one-person-detection.mp4 --part out-of-stream"
        " --optimizers bounded,bounded-no-map,adam:0.005 --seeds 2",
    ),
    _section(
        "Forgetting",
        "forgetting",
        "vtest.avi highway --part forgetting --seeds 3 --optimizers bounded,adam:0.005",
    ),
    _section("Plasticity", "plasticity", "scene:cuts --part plasticity --seeds 1"),
    _section(
        "Many scenes without a reset",
        "scenes",
        "*.mp4 vtest.avi highway gym:ALE/Breakout-v5 scene:street scene:pan scene:quiet"
        " --part scenes --optimizers bounded,unbounded:0.008,muon:0.01,adam:0.005 --seeds 1",
    ),
    _section("20,000 frames", "long", "scene:street --part long"),
    _section(
        "How much the rate matters",
        "sensitivity",
        "vtest.avi --part sensitivity --frames 200 --seeds 1"
        " --optimizers bounded,muon,adam-0.95,sgd",
    ),
    _section("Every rate that was tried", "grid", _GRID),
    Section(
        "Foreground",
        "F, the harmonic mean of precision and recall over all pixels that have a label: of the"
        " masks as they come / after a median of 5 × 5 pixels alone or with a closing of 9 × 9,"
        " whichever is better. One pass from the first frame on, one setting for all streams.",
        ("stream-ae bench foreground highway sbi scene:street scene:cuts scene:quiet scene:pan",),
        foreground,
        measured="foreground",
    ),
    Section(
        "Novelty",
        "Area under the ROC curve over the frames of Ped2's first six test clips together, after"
        " one pass through its training clips. Nothing looks ahead, and nothing is scaled over a"
        " clip. *Raw* is the score before it is calibrated.",
        ("stream-ae bench novelty ped2",),
        _as_printed("novelty", "data set", "novelty", columns=of_novelty.COLUMNS),
        measured="novelty",
    ),
    Section(
        "Other networks",
        "Eight small streams that are no video, one sample a step: the error over the whole stream"
        " / over its last quarter, before each sample is learned. Adam and SGD are shown at the"
        " best of six rates, in brackets; `bounded` is `BoundedGD` without any setting, and"
        " `constant` the best constant prediction in hindsight.",
        ("stream-ae bench optimizers",),
        optimizers,
        measured="optimizers",
    ),
    Section(
        "A fleet",
        "Cameras on Ray and as many plain processes, in turn: time of a core, not of a clock. One"
        " run on two cores; another one with half as many frames had -8.5, -4.6 and -4.0 % for two,"
        " four and eight cameras. Of *again*, the frames that a killed camera learned again, a"
        " checkpoint interval (10 s) is the most.",
        ("stream-ae bench fleet --cameras 2,4,8 --frames 600 --size small",),
        _as_printed("fleet", "source", "cameras", columns=of_fleet.COLUMNS),
        measured="fleet",
    ),
    Section(
        "A year of 10,000 cameras",
        "Simulated: as a fleet is assumed, and with one thing otherwise in each row;"
        " [scale](scale.md) says what is assumed, and what it means.",
        ("stream-ae bench outages",),
        _as_printed("outages", "source", "fleet", columns=of_outages.COLUMNS),
        measured="outages",
    ),
)
"""The tables in their order."""
