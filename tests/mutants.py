"""How many planted faults do the tests find? ``make mutants`` plants a sample of them and counts.

cosmic-ray plants one fault at a time (a + for a -, a number one larger, a condition turned round)
into a private copy of the tree, where the mirrored test of the module is run. If no test fails, the
fault has survived: the line is not tested, or is not needed.

The sample is drawn by checksums of lines, so that a change to one function leaves the sample of all
others as it was. Faults that no test can find or that any test would find are not in it:

- a changed type annotation, ``@overload``, ``zip(strict=…)``, a ``*`` in a signature that becomes
  ``/``: nothing else happens;
- ``dataclass(…)``: what it must say is a law in ``test_house.py``;
- ``<<`` between floats, ``<`` between objects: the line would crash wherever it runs.
"""

import argparse
import ast
import difflib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider
from rich.progress import track

ROOT = Path(__file__).parent.parent
PACKAGES = ("detection", "learning", "nn", "optim")
NOT_COPIED = ("__pycache__", ".*", "build", "dist", "runs", "docs", "results")

SAMPLE = 150
LEAST_KILLED = 0.85

_ARITHMETIC = "Add|Sub|Mul|Div|FloorDiv|Mod|Pow"
_BITS = "BitOr|BitAnd|BitXor"
_ORDER = "Eq|NotEq|Lt|LtE|Gt|GtE"
_PLANTED = re.compile(
    rf"ReplaceBinaryOperator_(({_ARITHMETIC})_({_ARITHMETIC})|({_BITS})_({_BITS}))"
    rf"|ReplaceComparisonOperator_(({_ORDER})_({_ORDER})|Is_IsNot|IsNot_Is)"
    r"|ReplaceUnaryOperator_Delete_\w+|Replace(True|False|And|Or|Break|Continue)With\w+"
    r"|AddNot|ExceptionReplacer|NumberReplacer|RemoveDecorator|ZeroIterationForLoop"
)
OPERATORS = {
    name: OperatorProvider()[name]() for name in OperatorProvider() if _PLANTED.fullmatch(name)
}


@dataclass(frozen=True)
class Mutant:
    """One fault: the ``occurrence``-th place of a file where an operator finds something."""

    path: str  # below the package, as in "optim/obgd.py"
    line: int
    column: int
    operator: str
    occurrence: int

    @property
    def test(self) -> str:
        """The mirrored test's path."""
        folder, name = self.path.rsplit("/", 1)
        return f"tests/{folder}/test_{name}"

    def plant(self, source: str) -> str:
        """The file with the fault in it."""
        return str(mutate_code(source, OPERATORS[self.operator], self.occurrence))


@dataclass(frozen=True)
class Result:
    """What became of a mutant."""

    path: str
    line: int
    operator: str
    killed_by: str  # "test", "time limit", or nothing if it survived
    seconds: float
    diff: str


class _Meaning(ast.NodeTransformer):
    """Leaves out what may change without anything else happening."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        self.generic_visit(node)
        node.args = node.posonlyargs + node.args + node.kwonlyargs
        node.defaults += [default for default in node.kw_defaults if default]
        node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        node.decorator_list = [d for d in node.decorator_list if ast.unparse(d) != "overload"]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        node.annotation = ast.Name("type")
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if ast.unparse(node.func) in ("zip", "dataclass"):
            node.keywords = []
        return node


def matters(source: str, planted: str) -> bool:
    """Whether a fault is valid Python and more than another annotation and the like."""
    try:
        one, two = (ast.dump(_Meaning().visit(ast.parse(text))) for text in (source, planted))
    except SyntaxError:  # cosmic-ray takes the lone * of a signature for a product
        return False
    return one != two


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """All faults that can be planted into one file."""
    nodes = [*ast_nodes(get_ast(source))]
    for name, operator in OPERATORS.items():
        positions = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (line, column) in enumerate(positions):
            yield Mutant(path, line, column, name, occurrence)


def _checksum(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]


def sample(sources: dict[str, str], *, size: int, seed: int) -> list[Mutant]:
    """Draws ``size`` places of all files alike, and for each of them one of its faults."""

    def drawn_by(mutant: Mutant) -> tuple[str, str]:
        line = sources[mutant.path].splitlines()[mutant.line - 1]
        place = (seed, mutant.path, line[: mutant.column].lstrip(), line[mutant.column :])
        return _checksum(*place), _checksum(*place, mutant.operator, mutant.occurrence % 2)

    everywhere = [each for path, source in sources.items() for each in mutants(path, source)]
    chosen: dict[tuple[str, int, int], Mutant] = {}
    for each in sorted(everywhere, key=drawn_by):
        place = (each.path, each.line, each.column)
        source = sources[each.path]
        if place in chosen or not matters(source, each.plant(source)):
            continue
        chosen[place] = each
        if len(chosen) == size:
            break
    return list(chosen.values())


def read_sources(package: Path) -> dict[str, str]:
    """The files that faults are planted in, by their path below the package."""
    paths = [path for name in PACKAGES for path in sorted((package / name).rglob("*.py"))]
    files = [path for path in paths if path.name != "__init__.py"]
    return {
        path.relative_to(package).as_posix(): path.read_text(encoding="utf-8") for path in files
    }


class Copy:
    """A copy of the tree that one worker has for itself.

    Args:
        folder: where the copy is made.
    """

    def __init__(self, folder: Path) -> None:
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
        self.folder = folder
        self.usual: dict[str, float] = {}
        self._environment = os.environ | {
            "PYTHONPATH": str(folder / "src"),
            "NUMBA_CACHE_DIR": str(folder / ".numba"),
            "OMP_NUM_THREADS": "1",
            # Two faults of one second and one length would look like one file to Python's cache.
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self, test: str, *, marked: str, seconds: float) -> tuple[int | None, str]:
        """Runs a file's tests that bear a mark: pytest's exit code, or None after the limit."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        with subprocess.Popen(
            [*command, "-m", marked, test],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return None, ""
        return process.returncode, output

    def measure(self, test: str) -> None:
        """Runs a test as it is, which must pass; keeps the time, and the loops that it compiles."""
        begin = time.monotonic()
        for marked in ("not slow", "slow"):
            code, output = self.run(test, marked=marked, seconds=1800)
            if code not in (0, 5):  # 5: no test bears this mark
                sys.exit(f"{output}\n{test} must pass before faults are planted, exit code {code}")
        self.usual[test] = time.monotonic() - begin

    def try_out(self, mutant: Mutant) -> Result:
        """Plants a fault, runs the mirrored test, first what is quick, and takes it out again."""
        path = self.folder / "src" / "stream_ae" / mutant.path
        source = path.read_text(encoding="utf-8")
        planted = mutant.plant(source)
        killed_by, begin = "", time.monotonic()
        path.write_text(planted, encoding="utf-8")
        try:
            for marked in ("not slow", "slow"):
                limit = 30 + 4 * self.usual[mutant.test]
                code, _ = self.run(mutant.test, marked=marked, seconds=limit)
                if code not in (0, 5):
                    killed_by = "time limit" if code is None else "test"
                    break
        finally:
            path.write_text(source, encoding="utf-8")
        lines = difflib.unified_diff(source.splitlines(), planted.splitlines(), n=0, lineterm="")
        diff = "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
        seconds = round(time.monotonic() - begin, 1)
        return Result(mutant.path, mutant.line, mutant.operator, killed_by, seconds, diff)


class Laboratory:
    """Tries mutants out, several at once, and keeps what came out in a file.

    Args:
        copies: one for each worker.
        kept: the file; what stands in it is not tried out again while neither the module nor its
            test has changed.
    """

    def __init__(self, copies: list[Copy], *, kept: Path) -> None:
        self._kept = kept
        self._free: SimpleQueue[Copy] = SimpleQueue()
        self._copies = copies
        self._results: dict[str, Result] = {}
        if kept.is_file():
            rows = json.loads(kept.read_text(encoding="utf-8"))
            self._results = {key: Result(**row) for key, row in rows.items()}
        for copy in copies:
            self._free.put(copy)

    def try_out(self, drawn: list[Mutant]) -> list[Result]:
        """All results, in the order of the mutants."""
        keys = [self._key(mutant) for mutant in drawn]
        new = [pair for pair in zip(keys, drawn, strict=True) if pair[0] not in self._results]
        tests = sorted({mutant.test for _, mutant in new})
        with ThreadPoolExecutor(len(self._copies)) as pool:
            measured = (pool.submit(copy.measure, test) for test in tests for copy in self._copies)
            for future in track([*measured], "as it is"):
                future.result()
            tried = pool.map(self._with_a_copy, [mutant for _, mutant in new])
            results = zip([key for key, _ in new], tried, strict=True)
            for key, result in track(results, "with faults", total=len(new)):
                self._results[key] = result
                self._keep()
        return [self._results[key] for key in keys]

    def _with_a_copy(self, mutant: Mutant) -> Result:
        copy = self._free.get()
        try:
            return copy.try_out(mutant)
        finally:
            self._free.put(copy)

    def _keep(self) -> None:
        rows = {key: asdict(result) for key, result in self._results.items()}
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        self._kept.write_text(json.dumps(rows, indent=1), encoding="utf-8")

    @staticmethod
    def _key(mutant: Mutant) -> str:
        source = (ROOT / "src" / "stream_ae" / mutant.path).read_text(encoding="utf-8")
        return _checksum(mutant.plant(source), (ROOT / mutant.test).read_text(encoding="utf-8"))


def report(results: Iterable[Result]) -> str:
    """The survivors, then the share killed, by package and of all."""
    results = [*results]
    survivors = [each for each in results if not each.killed_by]
    lines = [f"{each.path}:{each.line} {each.operator}\n{each.diff}\n" for each in survivors]
    drawn, killed = Counter[str](), Counter[str]()
    for each in results:
        for package in (each.path.split("/")[0], "all"):
            drawn[package] += 1
            killed[package] += bool(each.killed_by)
    for package in sorted(drawn, key=lambda name: (name == "all", name)):
        share = killed[package] / drawn[package]
        lines.append(
            f"{package:<10} {killed[package]:>4} of {drawn[package]:>3} killed {share:6.1%}"
        )
    return "\n".join(lines)


def main() -> None:
    """Draws, tries out, prints; exit code 1 if too few are killed."""
    parser = argparse.ArgumentParser(description="Plants faults and counts those the tests find.")
    parser.add_argument("--size", type=int, default=SAMPLE, help="faults to plant")
    parser.add_argument("--seed", type=int, default=0, help="another one is another sample")
    parser.add_argument("--workers", type=int, default=2, help="tests at a time, one thread each")
    parser.add_argument("--kept", type=Path, default=ROOT / "build" / "mutants.json")
    given = parser.parse_args()
    drawn = sample(read_sources(ROOT / "src" / "stream_ae"), size=given.size, seed=given.seed)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [Copy(Path(folder) / str(number)) for number in range(given.workers)]
        results = Laboratory(copies, kept=given.kept).try_out(drawn)
    print(report(results))
    killed = sum(bool(result.killed_by) for result in results)
    sys.exit(killed < LEAST_KILLED * len(results))


if __name__ == "__main__":
    main()
