"""What a watched run has to say: one page that shows what was there, when, and what was rare.

The page is one file without a script and without any address it would fetch from. A link leads to
the moment in the recording or to the clip of it, where these are still where they were. Of a run of
weeks it shows the newest and those of the highest score, and how many there are of all others.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from stream_ae.observers.findings_curves import FILE, Point, read_curves
from stream_ae.reports.cards import Card, cards
from stream_ae.reports.formatting import counted, duration
from stream_ae.reports.links import Links
from stream_ae.reports.moments import Moments
from stream_ae.reports.page import title, today, write_page
from stream_ae.reports.sightings import Sighting, Sightings
from stream_ae.reports.telling import headline, in_order, rarity, wording
from stream_ae.reports.timeline import Lane, timeline
from stream_ae.runs.contents import is_watch_event
from stream_ae.runs.folder import Row, read_events
from stream_ae.settings.shell import command
from stream_ae.storage.event_pictures import FOLDER

STREAM_EVENTS = 30
"""Events of the stream itself that are listed; of more, the last ones."""

STRIP = 6
"""Pictures along the time: as many as can be told apart on a telephone."""

_RARE = 0.99  # a novelty that is worth a sentence: rarer than 1 in 100


class WatchReport(NamedTuple):
    """What has been written.

    Args:
        path: of the page.
        headline: its first line.
    """

    path: Path
    headline: str


def write_watch_report(
    directory: Path, *, source: str, private: bool = False, live: bool = False
) -> WatchReport:
    """Write ``report.html`` into the folder of a watched run, out of what was written there.

    Args:
        directory: the run folder.
        source: the stream as it was named, without a password.
        private: True shows no picture, and says so.
        live: the stream is a camera, whose moments are told by the clock.

    Returns:
        Its path, and what it says first.

    Raises:
        CheckpointError: a file of the run is missing or damaged.
        MissingExtraError: jinja2 is not installed.
        OSError: the page cannot be written.
    """
    _, points = read_curves(directory / FILE)
    moments = _moments(points, live=live)
    others: deque[Row] = deque(maxlen=STREAM_EVENTS)
    sightings = Sightings(
        _of_the_scene(read_events(directory), others),
        begin=moments.begin,
        end=moments.end,
        by_clock=live,
    )
    newest = sightings.newest[::-1] if live else sightings.newest
    links = Links(directory, source=source, pace=moments.length / points[-1].step)
    pictures = None if private else directory / FOLDER
    shown = cards(newest, pictures=pictures, links=links, moments=moments)
    first, then = headline(sightings.counts)
    said = f"{first}, in {duration(moments.length)}"
    sentences = [f"{then}." if then else "", _rarest(points, moments)]
    date = today()
    contents = {
        "title": title(source),
        "headline": said,
        "facts": [title(source), counted(points[-1].step, "frame"), date],
        "lead": " ".join(filter(None, sentences)),
        "strip": _strip(newest, shown, moments),
        "timeline": timeline(_lanes(sightings, shown), points, moments=moments),
        "kinds": [(kind, wording(kind).label) for kind in in_order(sightings.counts)],
        "counts": sightings.counts,
        "cards": [card for card in shown if card.picture],
        "rows": [card for card in shown if not card.picture],
        "note": _note(sightings, shown, private=private),
        "others": [(_when(row, moments, live=live), row) for row in others],
        "commands": _commands(directory),
        "date": date,
    }
    path = directory / "report.html"
    write_page(path, template="watch.html.jinja", contents=contents)
    return WatchReport(path, said)


def _moments(points: Sequence[Point], *, live: bool) -> Moments:
    first, last = points[0], points[-1]
    if live:
        return Moments(first.time - max(0.0, first.seconds), last.time, by_clock=True)
    return Moments(0.0, last.seconds)


def _of_the_scene(rows: Iterable[Row], others: deque[Row]) -> Iterator[Row]:
    """The rows about what was seen; those about the stream go to the others."""
    for row in rows:
        if is_watch_event(row):
            yield row
        elif row["kind"] not in ("started", "finished"):
            others.append(row)


def _lanes(sightings: Sightings, shown: Sequence[Card]) -> list[Lane]:
    anchors = {card.anchor for card in shown}
    return [
        Lane(kind, wording(kind).label, wording(kind).colour, sightings.slots[kind], anchors)
        for kind in in_order(sightings.counts)
    ]


def _strip(
    sightings: Sequence[Sighting], shown: Sequence[Card], moments: Moments
) -> list[Card | None]:
    """For each part of the time the event of the highest score that has a picture."""
    best: list[Card | None] = [None] * STRIP
    scores = [-1.0] * STRIP
    for sighting, card in zip(sightings, shown, strict=True):
        part = min(STRIP - 1, int(STRIP * moments.share(sighting.begin)))
        if card.picture and sighting.score > scores[part]:
            best[part], scores[part] = card, sighting.score
    return best if any(best) else []


def _rarest(points: Sequence[Point], moments: Moments) -> str:
    rarest = max(points, key=lambda point: point.novelty)
    if rarest.novelty < _RARE:
        return "No moment was rarer than 1 in 100 of those before it."
    when = moments.text(rarest.time if moments.by_clock else rarest.seconds)
    return f"The rarest moment was at {when}: {rarity(rarest.novelty)} up to then."


def _note(sightings: Sightings, shown: Sequence[Card], *, private: bool) -> str:
    sentences = []
    if len(shown) < sightings.total:
        sentences.append(
            f"The newest {len(shown):,} of {sightings.total:,}; events.jsonl holds them all."
        )
    if private:
        sentences.append("This run is private: no pixel of it was written, so there is no picture.")
    elif shown and not any(card.picture for card in shown):
        sentences.append("There is no picture of them in the run folder.")
    return " ".join(sentences)


def _when(row: Row, moments: Moments, *, live: bool) -> str:
    return moments.text(row["time"]) if live else f"frame {row['step']:,}"


def _commands(directory: Path) -> list[tuple[str, str]]:
    return [
        ("Every curve, and pictures over time:", command("tensorboard", "--logdir", directory)),
        ("What the run folder holds:", command("stream-ae", "inspect", directory)),
    ]
