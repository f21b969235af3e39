"""The curves as the browser keeps them: thinned, with what was least and most."""

from pathlib import Path

import pytest
from tests.support.staged_page import StagedPage
from tests.support.tabs import Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

ADD = """async (module) => {
  const { Series } = await import(module);
  const series = new Series();
  for (let step = 1; step <= 10000; step += 1) series.add(step, step % 10);
  return series.buckets;
}"""


def test_a_long_run_is_thinned_evenly(tmp_path: Path, look: Visits) -> None:
    with StagedPage(tmp_path) as stage:
        tab = look(stage.url)
        tab.says("#source", "a stage")
        buckets = tab.page.evaluate(ADD, f"{stage.url}static/series.js")
        assert 300 <= len(buckets) <= 600
        assert max(steps for *_, steps in buckets) == 32
        assert sum(steps for *_, steps in buckets) == 10_000
        assert min(low for _, low, *_ in buckets) == 0
        assert max(high for _, _, high, *_ in buckets) == 9
        assert sum(mean * steps for *_, mean, steps in buckets) == pytest.approx(45_000)
