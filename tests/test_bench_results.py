import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream_ae.bench_results import Row, write_results


def test_rows_are_written_with_what_is_needed_to_judge_them(tmp_path: Path) -> None:
    path = tmp_path / "results" / "speed.json"
    write_results(path, [{"source": "a", "fps": 1.5}, {"source": "b", "fps": 2.5}])
    written = json.loads(path.read_text())
    assert [row["fps"] for row in written["rows"]] == [1.5, 2.5]
    assert written["machine"]["processor"]
    assert set(written["versions"]) == {"stream-ae", "torch", "python"}


def test_a_benchmark_that_is_broken_off_leaves_what_it_has(tmp_path: Path) -> None:
    def rows() -> Iterator[Row]:
        yield {"source": "a"}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_results(tmp_path / "x.json", rows())
    assert json.loads((tmp_path / "x.json").read_text())["rows"] == [{"source": "a"}]
