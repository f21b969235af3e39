"""Whether a change made learning better or worse: results in the folder against those of a commit.

A benchmark that only prints metrics lets each change cost a little. This says of every row of every
result whether it is better, the same or worse, by tolerances that are fixed beforehand.
"""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from stream_ae.bench.results import read_folder, read_named
from stream_ae.bench.rows import JSON, Row, diverged, maybe, text
from stream_ae.errors import ConfigError

TOLERANCES = {"mse": 0.03, "last_50_mse": 0.05, "last_50_ssim": 0.05}
"""Differences that count as none: 3 % of a mean, 5 % of a mean of the last 50 frames. For the
structural similarity it is 5 % of what it lacks to 1, which is its error."""

SSIM_FLOOR = 0.001
"""A difference of similarity that nobody sees, however little is lacking to 1."""

Outcome = Literal["better", "same", "worse"]

_SAME_RUN = (
    "source",
    "optimizer",
    "frames",
    "seeds",
    "model",
)  # what rows must share to be compared


class Verdict(NamedTuple):
    """One metric of one row, then and now.

    Args:
        result: the file's name without its ending, which says part and objective.
        source: the stream.
        optimizer: as in the row.
        metric: one of :data:`TOLERANCES`, or ``diverged``.
        before: its value at the commit.
        now: its value in the folder.
        outcome: of the comparison.
    """

    result: str
    source: str
    optimizer: str
    metric: str
    before: float
    now: float
    outcome: Outcome

    def __str__(self) -> str:
        """One line for the terminal."""
        what = f"{self.result}  {self.source}  {self.optimizer}"
        return f"{what:72}  {self.metric:12}  {self.before:.5f} → {self.now:.5f}  {self.outcome}"


class Comparison(NamedTuple):
    """What came of it.

    Args:
        verdicts: of every metric that both have.
        added: rows that only the folder has.
        gone: rows that only the commit has.
    """

    verdicts: list[Verdict]
    added: int
    gone: int

    @property
    def is_worse(self) -> bool:
        """Whether anything is."""
        return any(verdict.outcome == "worse" for verdict in self.verdicts)

    def __str__(self) -> str:
        """The summary in one line."""
        outcomes = [verdict.outcome for verdict in self.verdicts]
        counts = ", ".join(f"{outcomes.count(o)} {o}" for o in ("better", "same", "worse"))
        return f"{counts}; rows without counterpart: {self.added} here, {self.gone} there"


def compare(base: str, folder: Path) -> Comparison:
    """Compare the results in a folder with the same files at a commit.

    Rows are the same if file, source, optimizer, frames and seeds are.

    Args:
        base: the commit, by anything that git takes for one.
        folder: where the results lie, inside the repository.

    Raises:
        ConfigError: the commit is unknown, it has no results, the folder is outside a repository,
            a file is no result, or no row can be compared.
    """
    commit = _commit(base, folder)
    verdicts: list[Verdict] = []
    added = gone = 0
    before, now = _results_at(commit, folder, base=base), read_folder(folder)
    for name in sorted(before.keys() | now.keys()):
        old, new = _by_run(before.get(name, [])), _by_run(now.get(name, []))
        verdicts += [
            verdict for run in old if run in new for verdict in _verdicts(name, old[run], new[run])
        ]
        added, gone = added + len(new.keys() - old.keys()), gone + len(old.keys() - new.keys())
    if not verdicts:
        raise ConfigError(
            f"no row of {str(folder)!r} has a counterpart at {base!r} with the same source,"
            " optimizer, frames and seeds; measure what that commit measured"
        )
    return Comparison(verdicts, added, gone)


def judge(metric: str, *, before: float, now: float) -> Outcome:
    """Whether a metric is better, the same or worse.

    Args:
        metric: one of :data:`TOLERANCES`, which says how much is the same.
        before: its value then.
        now: its value now.

    >>> judge("mse", before=0.0020, now=0.0021)
    'worse'
    """
    if metric == "last_50_ssim":
        before, now = 1.0 - before, 1.0 - now
        margin = max(TOLERANCES[metric] * before, SSIM_FLOOR)
    else:
        margin = TOLERANCES[metric] * before
    if abs(now - before) <= margin:
        return "same"
    return "better" if now < before else "worse"


def _verdicts(name: str, before: Row, now: Row) -> Iterator[Verdict]:
    of = (name, text(before, "source"), text(before, "optimizer"))
    if diverged(before) or diverged(now):
        then, today = diverged(before), diverged(now)
        outcome: Outcome = "same" if then == today else "worse" if today else "better"
        yield Verdict(*of, "diverged", then, today, outcome)
        return
    for metric in TOLERANCES:
        old, new = maybe(before, metric), maybe(now, metric)
        if old is not None and new is not None:
            yield Verdict(*of, metric, old, new, judge(metric, before=old, now=new))


def _by_run(rows: Sequence[Row]) -> dict[tuple[JSON, ...], Row]:
    """Rows by what makes two of them comparable; those without an optimizer measure no learning."""
    return {tuple(row.get(k) for k in _SAME_RUN): row for row in rows if "optimizer" in row}


def _results_at(commit: str, folder: Path, *, base: str) -> dict[str, list[Row]]:
    listed = _git(folder, "ls-tree", "--name-only", commit, "./") or ""
    names = [name for name in listed.splitlines() if name.endswith(".json")]
    if not names:
        raise ConfigError(
            f"the commit {base!r} has no results in {str(folder)!r}; name one that has"
        )
    files = {name: _git(folder, "show", f"{commit}:./{name}") or "" for name in names}
    return {Path(name).stem: read_named(file, f"{base}:{name}") for name, file in files.items()}


def _commit(base: str, folder: Path) -> str:
    """The full name of a commit."""
    if not folder.is_dir():
        raise ConfigError(f"there is no folder {str(folder)!r} with results; name one with --out")
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    commit = _git(folder, *words)
    if not commit:
        raise ConfigError(
            f"unknown commit {base!r} for git in {str(folder)!r};"
            " is that in a repository, and does git log show it?"
        )
    return commit.strip()


def _git(folder: Path, *words: str) -> str | None:
    """What git says in a folder; None if it fails."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise ConfigError("comparing needs git, which is not installed; install it") from error
    return done.stdout if done.returncode == 0 else None
