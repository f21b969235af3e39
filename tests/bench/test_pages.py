import json
import re
import shutil
from pathlib import Path

import pytest

from stream_ae.bench.pages import SECTIONS, results_page
from stream_ae.cli import program as cli
from stream_ae.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def test_the_page_in_docs_is_what_the_committed_results_give() -> None:
    written = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert written == results_page(RESULTS), "renew it with make docs"


def test_the_command_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "results", "--out", str(RESULTS)]) == 0
    assert capsys.readouterr().out == results_page(RESULTS)


def test_every_table_has_an_explanation_and_a_command() -> None:
    for section in SECTIONS:
        assert len(section.explanation.split()) > 10, section.title
        assert section.commands, section.title


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", results_page(RESULTS), flags=re.MULTILINE)
    assert len(tables) >= len([section for section in SECTIONS if not section.measured])
    for table in tables:
        counts = {line.count("|") for line in table.splitlines()}
        assert len(counts) == 1, table


def test_a_column_in_which_nothing_stands_is_left_out(tmp_path: Path) -> None:
    shutil.copytree(RESULTS, tmp_path, dirs_exist_ok=True)
    columns = (
        "| stream | optimizer | lr | mse × 1000 | {}last 50 | ssim | mse × 1000 at each rate |"
    )
    assert columns.format("") in results_page(tmp_path)
    path = tmp_path / "learning-grid.json"
    measured = json.loads(path.read_text())
    found = {"mean": 0.0001, "low": 0.0001, "high": 0.0003, "verdict": "behind"}
    measured["rows"][0]["difference"] = {"mse": found}
    path.write_text(json.dumps(measured))
    assert columns.format("difference to bounded | ") in results_page(tmp_path)


def test_a_folder_without_the_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"needs learning-paired\.json, got no results"):
        results_page(tmp_path)


def test_foreground_and_novelty_are_there_once_they_are_measured(tmp_path: Path) -> None:
    shutil.copytree(RESULTS, tmp_path, dirs_exist_ok=True)
    rows = [{"source": "cars", "method": "knn", "f": 0.5, "f_median": 0.6, "f_closing": 0.7}]
    (tmp_path / "foreground.json").write_text(json.dumps({"rows": rows}))
    rows = [{"source": "walk", "method": "with latents", "auc": 0.9, "auc_raw": 0.95, "ms": 1}]
    (tmp_path / "novelty.json").write_text(json.dumps({"rows": rows}))
    rows = [{"source": "blob", "method": "constant", "mean": 0.5, "end": None, "lr": None}]
    rows += [{"source": "blob", "method": "adam", "mean": 0.25, "end": 0.125, "lr": 0.01}]
    (tmp_path / "optimizers.json").write_text(json.dumps({"rows": rows}))
    tie = {"mean": 0.0001, "low": -0.0001, "high": 0.0003, "verdict": "tie"}
    rows = [{"source": "a.mp4", "optimizer": "muon:0.01", "difference": {"mse": tie}}]
    (tmp_path / "learning-paired.json").write_text(json.dumps({"rows": rows}))
    page = results_page(tmp_path)
    assert "| a | muon:0.01 | – | +0.10 [-0.10, +0.30] tie |" in page
    assert "| blob | 0.500 | 0.250 / 0.125 (0.01) |" in page
    assert "| cars | 0.500 / 0.700 |" in page
    assert "| walk | with latents | 0.900 | 0.950 | 1.00 | – |" in page
    (tmp_path / "novelty.json").unlink()
    assert "## Novelty" not in results_page(tmp_path)
