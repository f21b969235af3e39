"""One event of a watched run as a reader sees it: its picture, its words, its links."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from stream_ae.observers.event_record import place
from stream_ae.reports.formatting import duration
from stream_ae.reports.links import Link, Links
from stream_ae.reports.moments import Moments
from stream_ae.reports.sightings import Sighting
from stream_ae.reports.telling import rarity, wording

PICTURES = 200
"""Pictures in a page: 1 to 2 MB."""

_HIGHEST = 50  # of these, the ones with the highest score; the others are the newest


class Card(NamedTuple):
    """An event in words.

    Args:
        anchor: the name of its place in the page.
        kind: what happened.
        label: the same in words.
        colour: name of a CSS variable.
        when: from when to when.
        length: how long; empty where it has no length.
        where: in which zone and part of the picture; empty for the whole scene.
        score: how sure or how rare.
        links: to the moment.
        picture: WebP in base64; empty where there is none.
    """

    anchor: str
    kind: str
    label: str
    colour: str
    when: str
    length: str
    where: str
    score: str
    links: list[Link]
    picture: str


def cards(
    sightings: Sequence[Sighting],
    *,
    pictures: Path | None,
    links: Links,
    moments: Moments,
) -> list[Card]:
    """All sightings as cards; the newest :data:`PICTURES`, or nearly so, have a picture.

    Args:
        sightings: in the order of the page.
        pictures: folder of the pictures; None shows none.
        links: to the moments of the stream.
        moments: how they are written.
    """
    files = {} if pictures is None else _pictures(sightings, pictures)
    return [
        _card(sighting, files.get(sighting), links=links, moments=moments) for sighting in sightings
    ]


def _pictures(sightings: Sequence[Sighting], folder: Path) -> dict[Sighting, Path]:
    """The files of those that are shown with a picture."""
    there = {path.stem: path for path in folder.glob("*.webp")}
    found = {}
    for sighting in sorted(sightings, key=lambda sighting: sighting.begin, reverse=True):
        path = next((there[name] for name in sighting.names if name in there), None)
        if path is not None:
            found[sighting] = path
    newest, others = list(found)[: PICTURES - _HIGHEST], list(found)[PICTURES - _HIGHEST :]
    highest = sorted(others, key=lambda sighting: sighting.score, reverse=True)[:_HIGHEST]
    return {sighting: found[sighting] for sighting in [*newest, *highest]}


def _outcome(sighting: Sighting) -> str:
    if sighting.has_left:
        return " and left"
    return ", still there at the end" if sighting.is_there else ""


def _card(sighting: Sighting, picture: Path | None, *, links: Links, moments: Moments) -> Card:
    words = wording(sighting.kind)
    length = sighting.end - sighting.begin
    zone = f"in {sighting.zone}" if sighting.zone else ""
    where = place(sighting.box) if sighting.box else ""
    is_novel = sighting.kind == "novel"
    return Card(
        anchor=f"{sighting.kind}-{sighting.start}",
        kind=sighting.kind,
        label=f"{words.label}{_outcome(sighting)}",
        colour=words.colour,
        when=moments.span(sighting.begin, sighting.end),
        length=duration(length) if length > 0 else "",
        where=", ".join(filter(None, (zone, where))),
        score=rarity(sighting.score) if is_novel else f"score {sighting.score:.2f}",
        links=links.to(sighting),
        picture="" if picture is None else base64.b64encode(picture.read_bytes()).decode("ascii"),
    )
