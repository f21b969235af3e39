import numpy as np

from stream_ae.detection.events.clock import Moment
from stream_ae.detection.events.novel import NovelSpells, Spell
from stream_ae.detection.findings import Mask, Novelty


def novelty(raw: float, *, score: float = 0.999, row: int = 1, column: int = 2) -> Novelty:
    heat = np.zeros((4, 6), np.float32)
    heat[row, column] = raw
    return Novelty(score, raw, heat)


def told(
    spells: NovelSpells, raws: list[float], *, score: float = 0.999, watched: Mask | None = None
) -> list[tuple[int, Spell]]:
    """(frame that it is told with, spell), at 10 frames a second."""
    found = [
        (
            n,
            spells.update(
                novelty(raw, score=score), watched=watched, now=Moment(n, n / 10), elapsed=0.1
            ),
        )
        for n, raw in enumerate(raws, 1)
    ]
    return [(n, spell) for n, spell in found if spell is not None]


USUAL = [0.4] * 20


def test_a_spell_is_told_when_it_is_over() -> None:
    [(n, spell)] = told(NovelSpells(), [*USUAL, 1.3, 1.3, 0.2, 1.6, 1.3, 1.3, 1.3, *USUAL])
    assert n == 38
    assert (spell.start.number, spell.last.number, spell.peak.number) == (21, 27, 24)
    assert (spell.raw, spell.score, spell.cells, spell.grid) == (1.6, 0.999, (2, 1, 3, 2), (4, 6))


def test_a_long_one_is_told_after_three_seconds_and_only_then() -> None:
    assert [n for n, _ in told(NovelSpells(), [*USUAL, *[1.5] * 200, *USUAL])] == [50]


def test_single_frames_and_common_scores_are_not_told() -> None:
    assert told(NovelSpells(), [*USUAL, 3.0, *USUAL, 3.0, *USUAL]) == []
    assert told(NovelSpells(), [*USUAL, *[3.0] * 30, *USUAL], score=0.97) == []


def test_after_a_pause_there_is_another() -> None:
    spell = [1.3] * 8
    assert len(told(NovelSpells(), [*spell, *USUAL, *spell, *USUAL])) == 2


def test_what_is_ignored_is_not_told() -> None:
    watched = np.ones((4, 6), bool)
    watched[1, 2] = False
    assert told(NovelSpells(), [*USUAL, *[1.5] * 30], watched=watched) == []
    assert told(NovelSpells(), [*USUAL, *[1.5] * 30], watched=np.ones((4, 6), bool)) != []


def test_the_end_of_the_stream_tells_what_is_open() -> None:
    spells = NovelSpells()
    told(spells, [*USUAL, *[1.5] * 7])
    spell = spells.finish()
    assert spell is not None
    assert spell.last.number == 27
    assert spells.finish() is None


def test_a_restored_one_goes_on_as_the_first() -> None:
    one, other = NovelSpells(), NovelSpells()
    other.load_state_dict(one.state_dict())
    told(one, [*USUAL, *[1.5] * 10])
    other.load_state_dict(one.state_dict())
    assert told(other, [1.4] * 40) == told(one, [1.4] * 40) != []
