import numpy as np
import pytest
from tests.support.findings import make_findings
from tests.support.steps import SIZE, make_step

from stream_ae.web.frame_view import frame_arrays, frame_numbers

MASK = np.ones((SIZE, SIZE), bool)


@pytest.mark.parametrize(
    ("panels", "made_of"),
    [
        (("frame",), ["frame"]),
        (("error",), ["frame", "reconstruction"]),
        (("foreground", "background"), ["frame", "mask", "background"]),
        (("features",), []),
    ],
)
def test_what_panels_are_made_of(panels: tuple[str, ...], made_of: list[str]) -> None:
    assert list(frame_arrays(make_step(), make_findings(mask=MASK), panels=panels)) == made_of


def test_who_does_not_watch_has_no_foreground() -> None:
    assert list(frame_arrays(make_step(), None, panels=["foreground"])) == ["frame"]
    numbers = frame_numbers(make_step(), None, is_stretched=True, private=False)
    assert (numbers["foreground"], numbers["novelty"], numbers["tracks"]) == (None, None, [])


@pytest.mark.parametrize(("is_stretched", "aspect"), [(True, 1.3333), (False, 1.0)])
def test_only_what_was_stretched_is_shown_wider(is_stretched: bool, aspect: float) -> None:
    numbers = frame_numbers(make_step(), None, is_stretched=is_stretched, private=False)
    assert numbers["aspect"] == aspect


def test_of_a_private_run_nobody_sees_where_something_is_new() -> None:
    shown, hidden = (
        frame_numbers(make_step(), make_findings(), is_stretched=True, private=private)
        for private in (False, True)
    )
    assert shown["heat"] is not None
    assert hidden["heat"] is None
