import os
import subprocess
from pathlib import Path

import pytest

from stream_ae.bench.compare import compare, judge
from stream_ae.bench.results import write_results
from stream_ae.bench.rows import JSON
from stream_ae.errors import ConfigError


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of results in a repository of its own, in which nothing is committed yet."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)  # a test that runs in a hook must not reach that repository
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    folder = tmp_path / "benchmarks" / "results"
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", str(tmp_path))
    return folder


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Test", "-c", "user.email=test@localhost")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all", ".")
    git(folder, "commit", "--quiet", "--message", "Results")
    return git(folder, "rev-parse", "--short", "HEAD")


def row(optimizer: str = "bounded", **metrics: JSON) -> dict[str, JSON]:
    settings: dict[str, JSON] = {
        "source": "vtest.avi",
        "optimizer": optimizer,
        "frames": 500,
        "seeds": 3,
    }
    return {**settings, "diverged": False, **metrics}


@pytest.mark.parametrize(
    ("metric", "before", "now", "outcome"),
    [
        ("mse", 0.002, 0.00205, "same"),
        ("mse", 0.002, 0.00207, "worse"),
        ("mse", 0.002, 0.00193, "better"),
        ("last_50_mse", 0.002, 0.00209, "same"),
        ("last_50_mse", 0.002, 0.00211, "worse"),
        ("last_50_ssim", 0.90, 0.896, "same"),
        ("last_50_ssim", 0.90, 0.894, "worse"),
        ("last_50_ssim", 0.90, 0.906, "better"),
        ("last_50_ssim", 0.9995, 0.9987, "same"),
        ("last_50_ssim", 0.9995, 0.9984, "worse"),
    ],
)
def test_tolerances(metric: str, before: float, now: float, outcome: str) -> None:
    assert judge(metric, before=before, now=now) == outcome


def test_rows_are_compared_with_those_of_a_commit(results: Path) -> None:
    path = results / "learning-in-stream.json"
    better = row("adam:0.01", mse=0.004, last_50_mse=0.002, last_50_ssim=0.9)
    write_results(path, [row(mse=0.002, last_50_mse=0.001), better, row("gone", mse=0.1)])
    base = commit(results)
    now = row("adam:0.01", mse=0.003, last_50_mse=0.002, last_50_ssim=0.8)
    write_results(path, [row(mse=0.002, last_50_mse=0.001), now, row("new", mse=0.1)])
    comparison = compare(base, results)
    assert [(v.optimizer, v.metric, v.outcome) for v in comparison.verdicts] == [
        ("bounded", "mse", "same"),
        ("bounded", "last_50_mse", "same"),
        ("adam:0.01", "mse", "better"),
        ("adam:0.01", "last_50_mse", "same"),
        ("adam:0.01", "last_50_ssim", "worse"),
    ]
    assert comparison.is_worse
    assert str(comparison) == "1 better, 3 same, 1 worse; rows without counterpart: 1 here, 1 there"
    line = str(comparison.verdicts[2])
    assert line.startswith("learning-in-stream  vtest.avi  adam:0.01 ")
    assert line.endswith("  mse           0.00400 → 0.00300  better")


def test_what_is_committed_is_the_same_as_itself(results: Path) -> None:
    write_results(results / "learning-grid.json", [row(mse=0.002)])
    commit(results)
    comparison = compare("HEAD", results)
    assert not comparison.is_worse
    assert str(comparison) == "0 better, 1 same, 0 worse; rows without counterpart: 0 here, 0 there"


@pytest.mark.parametrize(
    ("then", "now", "outcome"), [(0, 1, "worse"), (1, 0, "better"), (1, 1, "same")]
)
def test_divergence_is_worse_than_any_figure(
    results: Path, then: int, now: int, outcome: str
) -> None:
    rows = [row(mse=0.002), {**row(), "diverged": True}]
    write_results(results / "x.json", [rows[then]])
    base = commit(results)
    write_results(results / "x.json", [rows[now]])
    (verdict,) = compare(base, results).verdicts
    assert (verdict.metric, verdict.outcome) == ("diverged", outcome)


def test_rows_of_other_frames_or_seeds_are_no_counterparts(results: Path) -> None:
    write_results(results / "x.json", [row(mse=0.002)])
    base = commit(results)
    write_results(results / "x.json", [{**row(mse=0.009), "frames": 100}])
    with pytest.raises(ConfigError, match=r"no row of .* has a counterpart"):
        compare(base, results)


def test_a_result_that_measures_no_learning_is_passed_over(results: Path) -> None:
    write_results(results / "learning-long.json", [row(mse=0.002)])
    write_results(results / "speed.json", [{"source": "vtest.avi", "frames": 500, "fps": 40.0}])
    assert len(compare(commit(results), results).verdicts) == 1


@pytest.mark.parametrize("base", ["0123abc", "no-such-branch", "", "--help"])
def test_an_unknown_commit_is_refused(results: Path, base: str) -> None:
    write_results(results / "x.json", [row(mse=0.002)])
    commit(results)
    with pytest.raises(ConfigError, match=f"unknown commit '{base}'"):
        compare(base, results)


def test_a_commit_without_results_is_refused(results: Path) -> None:
    (results.parent / "README").touch()
    git(results.parent, "add", "README")
    base = commit(results.parent)
    write_results(results / "x.json", [row(mse=0.002)])
    with pytest.raises(ConfigError, match=f"the commit '{base}' has no results in"):
        compare(base, results)


def test_a_damaged_file_is_named(results: Path) -> None:
    write_results(results / "x.json", [row(mse=0.002)])
    base = commit(results)
    (results / "x.json").write_text("{")
    with pytest.raises(ConfigError, match=r"cannot read .*x\.json.*written by bench was expected"):
        compare(base, results)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no folder .*nowhere"):
        compare("HEAD", tmp_path / "nowhere")


def test_a_missing_git_is_said(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(results))
    with pytest.raises(ConfigError, match="needs git"):
        compare("HEAD", results)
