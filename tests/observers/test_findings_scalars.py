import json
import math
from pathlib import Path

import pytest
from tests.support.findings import make_findings, make_frame
from tests.support.steps import make_step

from stream_ae.observers.findings_scalars import FindingsScalars
from stream_ae.observers.journal import Journal


def _metrics(directory: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]


def test_the_windows_of_the_journal_have_what_was_found(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={})
    scalars = FindingsScalars([journal])
    for number in range(1, 121):
        found = make_findings(number, novelty=number / 1000, covered=20)
        scalars.on_findings(found, make_frame(number))
        journal.on_step(make_step(number))
    journal.close()
    lines = _metrics(tmp_path)
    assert [line["step"] for line in lines] == [50, 100, 120]
    novelty = [line["change/novelty"] for line in lines]
    assert novelty == [pytest.approx(value) for value in (0.0255, 0.0755, 0.1105)]
    assert [line["change/foreground"] for line in lines] == [0.25] * 3
    assert [line["loss/mse"] for line in lines] == [0.25] * 3


def test_what_is_not_finite_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path, config={})
    scalars = FindingsScalars([journal])
    for number, novelty in ((1, math.nan), (2, 0.5)):
        scalars.on_findings(make_findings(number, novelty=novelty), make_frame(number))
        journal.on_step(make_step(number))
    journal.close()
    (line,) = _metrics(tmp_path)
    assert line["change/novelty"] == 0.5
