import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream_ae.bench.results import read_folder, read_named, read_rows, write_results
from stream_ae.bench.rows import Row
from stream_ae.errors import ConfigError


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


def test_settings_stand_beside_the_rows_and_curves_take_one_line(tmp_path: Path) -> None:
    row: Row = {"source": "a", "curve": [0.5, None, 1e-05], "none": [], "names": ["b", "c"]}
    write_results(tmp_path / "x.json", [row], settings={"part": "grid", "jobs": 2})
    text = (tmp_path / "x.json").read_text()
    assert '"curve": [0.5, null, 1e-05]' in text
    written = json.loads(text)
    assert (written["part"], written["jobs"]) == ("grid", 2)
    assert read_rows(text) == written["rows"] == [row]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"rows": 1}', '{"rows": [1]}'])
def test_what_holds_no_rows_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting value|a list of rows was expected"):
        read_rows(text)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read x\.json: .*written by bench was expected"):
        read_named("{", "x.json")
    (tmp_path / "y.json").write_text("[]")
    with pytest.raises(ConfigError, match=r"cannot read .*y\.json"):
        read_folder(tmp_path)


def test_a_folder_is_read_by_the_names_of_its_files(tmp_path: Path) -> None:
    write_results(tmp_path / "b.json", [{"source": "b"}])
    write_results(tmp_path / "a.json", [{"source": "a"}])
    (tmp_path / "a.png").touch()
    assert read_folder(tmp_path) == {"a": [{"source": "a"}], "b": [{"source": "b"}]}
