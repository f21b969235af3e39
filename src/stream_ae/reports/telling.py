"""Kinds of events in words: what a headline, a lane of the timeline and a card call them."""

import math
from collections.abc import Mapping
from typing import NamedTuple


class Wording(NamedTuple):
    """How one kind of event is told.

    Args:
        label: on a card, beside a lane, of a filter.
        colour: name of a CSS variable of the page.
        one: what a headline says of one, after the number.
        several: what it says of several.
        noun: what is counted; said once of several kinds of the same. Empty for the whole scene,
            where ``one`` is a clause of its own.
    """

    label: str
    colour: str
    one: str
    several: str = ""
    noun: str = ""


KINDS: Mapping[str, Wording] = {
    "appeared": Wording("appeared", "blue", "appeared", "appeared", "thing"),
    "left": Wording("left", "blue", "left", "left", "thing"),
    "left_behind": Wording("left behind", "orange", "was left behind", "were left behind", "thing"),
    "removed": Wording("taken away", "violet", "was taken away", "were taken away", "thing"),
    "novel": Wording(
        "never seen before", "red", "was unlike any before", "were unlike any before", "moment"
    ),
    "cut": Wording("cut", "grey", "the scene was cut"),
    "light_switched": Wording("light switched", "grey", "the light was switched"),
    "camera_moved": Wording("camera moved", "grey", "the camera was moved"),
    "covered": Wording("camera covered", "grey", "the camera was covered"),
    "black": Wording("black picture", "grey", "the picture was black"),
    "frozen": Wording("frozen picture", "grey", "the picture was frozen"),
}
"""Every kind, in the order in which they are told."""


def wording(kind: str) -> Wording:
    """How a kind is told; one that this version does not know, by its name."""
    name = kind.replace("_", " ")
    return KINDS.get(kind) or Wording(name, "grey", name)


def in_order(kinds: Mapping[str, int]) -> list[str]:
    """The kinds that there are, in the order in which they are told."""
    order = [*KINDS, *kinds]
    return sorted(kinds, key=order.index)


def told(counts: Mapping[str, int]) -> str:
    """All of it in one sentence, without its end.

    >>> told({"appeared": 6, "left_behind": 1, "light_switched": 2})
    '6 things appeared, 1 was left behind and the light was switched twice'
    >>> told({})
    'Nothing appeared'
    """
    clauses: list[str] = []
    before = ""  # the noun that was said last
    for kind in in_order(counts):
        count, words = counts[kind], wording(kind)
        if words.noun:
            noun = "" if words.noun == before else f" {words.noun}{'s'[: count != 1]}"
            clauses.append(f"{count:,}{noun} {words.one if count == 1 else words.several}")
        else:
            clauses.append(f"{words.one}{_times(count)}")
        before = words.noun
    if not clauses:
        return "Nothing appeared"
    *most, last = clauses
    sentence = f"{', '.join(most)} and {last}" if most else last
    return sentence[0].upper() + sentence[1:]


def headline(counts: Mapping[str, int]) -> tuple[str, str]:
    """What is said first, and what is said after it: things first, or whatever there is.

    >>> headline({"appeared": 1, "cut": 1})
    ('1 thing appeared', 'The scene was cut')
    >>> headline({"cut": 2})
    ('The scene was cut twice', '')
    """
    things = {kind: n for kind, n in counts.items() if wording(kind).noun == "thing"}
    others = {kind: n for kind, n in counts.items() if kind not in things}
    return (told(things), told(others)) if things and others else (told(counts), "")


def rarity(novelty: float) -> str:
    """A novelty in words.

    >>> rarity(0.9981), rarity(0.5), rarity(1.0)
    ('rarer than 1 in 520 frames', 'usual', 'never before')
    """
    if novelty < 0.9:
        return "usual"
    return f"rarer than {one_in(novelty)} frames" if novelty < 1 else "never before"


def one_in(novelty: float) -> str:
    """A novelty below 1 as one of how many, to two digits.

    >>> one_in(0.9992), one_in(0.5)
    ('1 in 1,200', '1 in 2')
    """
    count = 1.0 / (1.0 - novelty)
    unit = 10 ** max(0, math.floor(math.log10(count) + 1e-9) - 1)
    return f"1 in {int(count / unit + 1e-6) * unit:,}"


def _times(count: int) -> str:
    return {1: "", 2: " twice"}.get(count, f" {count:,} times")
