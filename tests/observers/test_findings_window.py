import math

import pytest
from tests.support.findings import make_findings

from stream_ae.observers.findings_window import FindingsWindow, scalars


def test_every_number_has_its_tag() -> None:
    assert scalars(make_findings(covered=20, novelty=0.75)) == {
        "change/ratio": 0.0,
        "change/foreground": 0.25,
        "change/novelty": 0.75,
    }


def test_what_is_not_finite_is_left_out() -> None:
    assert "change/novelty" not in scalars(make_findings(novelty=math.nan))


def test_windows_end_at_multiples_of_fifty() -> None:
    window = FindingsWindow()
    told = [window.add(make_findings(n, novelty=n / 1000)) for n in range(31, 121)]
    ends = [each for each in told if each is not None]
    assert [number for number, _ in ends] == [50, 100]
    assert ends[0][1]["change/novelty"] == pytest.approx(0.0405)
    assert ends[1][1]["change/novelty"] == pytest.approx(0.0755)
    rest = window.take()
    assert rest is not None
    assert rest[0] == 120
    assert rest[1]["change/novelty"] == pytest.approx(0.1105)
    assert window.take() is None
