import re
from pathlib import Path

import pytest

from stream_ae.bench.pages import SECTIONS, SUMMARY_STREAMS, results_page, summary_table
from stream_ae.bench.results import read_folder
from stream_ae.cli import main as cli
from stream_ae.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def test_the_page_in_docs_is_what_the_committed_results_give() -> None:
    written = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert written == results_page(RESULTS), "renew it with make docs"


def test_the_command_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "results", "--out", str(RESULTS)]) == 0
    assert capsys.readouterr().out == results_page(RESULTS)


def test_the_summary_has_the_means_of_the_files() -> None:
    results = read_folder(RESULTS)
    head, _, *lines = summary_table(results).splitlines()
    assert head == "| stream | bounded | Muon | Adam | SGD |"
    assert len(lines) == len(SUMMARY_STREAMS) == 4
    means = {
        (row["source"], row["optimizer"]): row["mse"]
        for name in ("learning-in-stream", "learning-grid")
        for row in results[name]
    }
    for stream, line in zip(SUMMARY_STREAMS, lines, strict=True):
        numbers = [float(text) for text in re.findall(r"\d+\.\d+", line)]
        names = ("bounded", "muon", "adam", "sgd")
        wanted = [1000 * means[stream, name] for name in names]
        assert numbers == pytest.approx(wanted, abs=0.005)


def test_every_table_has_an_explanation_and_a_command() -> None:
    for section in SECTIONS:
        assert len(section.explanation.split()) > 10, section.title
        assert section.commands, section.title


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", results_page(RESULTS), flags=re.MULTILINE)
    assert len(tables) >= len(SECTIONS)
    for table in tables:
        counts = {line.count("|") for line in table.splitlines()}
        assert len(counts) == 1, table


def test_a_folder_without_the_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"needs learning-in-stream\.json, got no results"):
        results_page(tmp_path)
