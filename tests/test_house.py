"""The laws of the house that no other tool knows; import-linter keeps the layers (pyproject.toml).

Each law is one test over the whole package, whose failure lists every place that breaks it.
"""

import ast
import doctest
import graphlib
import importlib
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import stream_ae

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "stream_ae"
OF_THE_ROOT = {"__init__", "__main__", "errors", "frame"}

DOORS = {
    "quick_start.py",
    "streaming_video_autoencoder.py",
    "optim.py",
    "sparse_init.py",
    "test_tensorboard.py",
}
HEAVY = {"av", "PIL", "tensorboard", "gymnasium", "ale_py", "matplotlib", "jinja2", "rich", "numba"}
HEAVY |= {"cv2", "ray", "paho", "prometheus_client", "starlette", "uvicorn", "websockets"}
OF_THE_PAGE = {
    "web.app": {"starlette"},
    "web.door": {"starlette"},
    "web.talk": {"starlette"},
    "web.wall_app": {"starlette"},
    "web.viewers": {"starlette"},
    "web.serve": {"starlette", "uvicorn"},
}
"""What the page's own process loads; it is started only where that is installed."""

WITH_THREADS = {
    "bench.seeing.methods",  # OpenCV is told to have one
    "web.process",  # the other end: a browser may be slow, or hang
    "web.serve",  # another process, which ends with its parent
    "fleet.camera",  # its reports, beside the run
    "sources.base",  # a reader decodes beside the learning; nothing else runs beside it
    "observers.alerts.command",  # the other end: a command takes as long as its author likes
    "observers.alerts.courier",  # likewise: a receiver may be slow, or away for hours
    "observers.exporter.server",  # the other end: who asks may be slow, and the loop never waits
    "observers.tensorboard.serve",  # another process, which ends with its parent
}

LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FILE, MOST_PUBLIC_NAMES, MOST_POSITIONAL = (
    300,
    40,
    130,
    26,
    2,
)
MOST_LINES_WITH_ANY = 40
SECOND_TIER = ("detection", "nn", "observers", "optim", "sources")
PRIVATE_WORDS = r"anew|entrants|let go of|dear|so many|so much|who looks? on|is given back|by habit"
LATE = {
    "__init__": "a name of the package is loaded when it is asked for",
    "cli": "asking for what is in the package loads nothing else of it",
    "cli.entry": "Ctrl-C is one line while the rest is loaded",
    "cli.program": "what a command does is loaded when its arguments have been read",
}
MANY_POSITIONAL = {
    "optim.obgd.ObGD.__init__": "published with this signature",
    "optim.obgd.AdaptiveObGD.__init__": "published with this signature",
    "nn.attention.attend": "query, key, value: as the whole field writes it",
}


def _name(path: Path) -> str:
    """A file's dotted name below the package; a package's own file has the package's name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


PATHS = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in PATHS.items()}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _imported(node: ast.AST) -> list[str]:
    """The dotted names that an import statement brings in, down to the module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    if node.level:
        return [f"stream_ae relative import of {node.module}"]
    below = [f"{node.module}.{alias.name}" for alias in node.names]
    if any(name.removeprefix("stream_ae.") in PATHS for name in below):
        return below
    return [node.module or ""]


def _own(node: ast.AST) -> list[str]:
    names = [name for name in _imported(node) if name.split(".")[0].split()[0] == "stream_ae"]
    return [name.removeprefix("stream_ae.") for name in names]


def _definitions(name: str) -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Every class, function and method of a file by its full name; not those inside functions."""

    def inside(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.ClassDef | Function]]:
        for node in body:
            if isinstance(node, ast.ClassDef | Function):
                yield f"{prefix}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from inside(node.body, f"{prefix}.{node.name}")

    return inside(TREES[name].body, name)


def _everything() -> Iterator[tuple[str, ast.ClassDef | Function]]:
    for name in TREES:
        yield from _definitions(name)


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    """Every node of every file, beside the file's name."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            yield name, node


def _is_public(full_name: str) -> bool:
    return not any(part.startswith("_") for part in full_name.split("."))


def _is_overload(node: ast.ClassDef | Function) -> bool:
    return "overload" in [ast.unparse(decorator) for decorator in node.decorator_list]


def _code_lines(function: Function) -> int:
    """From ``def`` to the end, without the docstring."""
    first = function.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_text else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def _calls(tree: ast.AST) -> list[str]:
    return [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


# 1. Imports point down.


def test_every_file_is_in_a_package() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == OF_THE_ROOT


def test_every_package_says_what_it_is_for() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_no_import_goes_round_in_a_circle() -> None:
    graph = {
        name: {other for node in ast.walk(tree) for other in _own(node) if other != name}
        for name, tree in TREES.items()
    }
    assert len([*graphlib.TopologicalSorter(graph).static_order()]) >= len(PATHS)


def test_nothing_imports_the_whole_package() -> None:
    whole = [name for name, node in _nodes() if "stream_ae" in _own(node)]
    assert whole == []


def test_own_imports_stand_at_the_top() -> None:
    for name, tree in TREES.items():
        if name in LATE:
            continue
        everywhere = [other for node in ast.walk(tree) for other in _own(node)]
        at_the_top = [other for node in tree.body for other in _own(node)]
        assert sorted(everywhere) == sorted(at_the_top), name


def test_no_import_is_for_type_checkers_only() -> None:
    found = {name for name, tree in TREES.items() if "TYPE_CHECKING" in ast.unparse(tree)}
    assert found - {"__init__"} == set()


# 2. Heavy third parties come late.


def test_only_torch_and_numpy_are_imported_at_the_top() -> None:
    allowed = sys.stdlib_module_names | {"torch", "numpy", "stream_ae"}
    others = [
        (name, imported)
        for name, tree in TREES.items()
        for node in tree.body
        for imported in _imported(node)
        if imported.split(".")[0] not in allowed | OF_THE_PAGE.get(name, set())
    ]
    assert others == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = f"""
import sys, numpy, torch
before = set(sys.modules)
import stream_ae, stream_ae.runs.train
print(*({HEAVY!r} & (set(sys.modules) - before)))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []


@pytest.mark.parametrize(
    "program",
    [
        "import stream_ae; dir(stream_ae)",
        "import stream_ae.cli.program as cli; cli.main([])",
        "import stream_ae.cli.program as cli; cli.main(['trian'])",
        "import stream_ae.cli.program as cli; cli.main(['train', 'no such clip.mp4'])",
        "import stream_ae.cli.program as cli; cli.main(['train', 'clip.mp4', '--fit', 'zoom'])",
        "import stream_ae.cli.program as cli; cli.main(['bench', 'learning', '--part', 'sgd'])",
        "import stream_ae.cli.program as cli; cli.quick_start(['--mode', '3'])",
        "import sys, runpy; sys.argv[1:] = ['--version']; runpy.run_module('stream_ae')",
    ],
)
def test_no_word_waits_for_pytorch(program: str) -> None:
    shown = f"import atexit, sys; atexit.register(lambda: print('\\n', *sys.modules)); {program}"
    run = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.splitlines()[-1].split())
    assert "stream_ae" in loaded
    assert loaded & (HEAVY | {"torch", "numpy"}) == set()


# 3. The loop is visible. 4. Values travel.


def test_no_hook_is_left_hanging() -> None:
    calls = [(name, call) for name, tree in TREES.items() for call in _calls(tree)]
    assert [pair for pair in calls if "register_" in pair[1] and "hook" in pair[1]] == []


def test_values_are_frozen() -> None:
    decorators = [
        (full_name, ast.unparse(decorator))
        for full_name, node in _everything()
        for decorator in node.decorator_list
    ]
    values = [(name, text) for name, text in decorators if text.startswith("dataclass")]
    assert values
    assert [name for name, text in values if "frozen=True" not in text] == []


# 6. Threads only at the ends. 8. Few syncs.


def test_only_readers_have_threads() -> None:
    starts = {name for name, tree in TREES.items() for call in _calls(tree) if "Thread" in call}
    assert starts - WITH_THREADS == set()


def test_nothing_is_fetched_from_the_device_in_a_loop() -> None:
    loops = [
        (name, node)
        for name, node in _nodes()
        if isinstance(node, ast.For | ast.While | ast.comprehension)
    ]
    assert [name for name, loop in loops for call in _calls(loop) if call.endswith(".item")] == []


# 10. Small rooms.


def test_files_are_short() -> None:
    lengths = {name: len(path.read_text().splitlines()) for name, path in PATHS.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}
    assert statistics.median(lengths.values()) <= MEDIAN_FILE


def test_functions_are_short() -> None:
    lengths = {
        f"{name}.{node.name}": _code_lines(node)
        for name, node in _nodes()
        if isinstance(node, Function)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_every_file_has_its_test() -> None:
    files = [path.relative_to(PACKAGE) for path in PATHS.values() if path.stem != "__init__"]
    tests = {path: ROOT / "tests" / path.parent / f"test_{path.name}" for path in files}
    assert [str(path) for path, test in tests.items() if not test.is_file()] == []


def test_every_mirrored_test_has_its_file() -> None:
    packages = [path for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"]
    tests = [test for path in packages for test in (ROOT / "tests" / path.name).rglob("test_*.py")]
    files = [PACKAGE / test.relative_to(ROOT / "tests") for test in tests]
    named = [path.with_name(path.name.removeprefix("test_")) for path in files]
    assert [str(path) for path in named if not path.is_file()] == []


def test_no_file_is_a_drawer() -> None:
    drawers = {"utils", "util", "common", "helpers", "helper", "manager", "misc", "tools"}
    parts = {part for name in TREES for word in name.split(".") for part in word.split("_")}
    assert drawers & parts == set()


# 11. Errors are told apart by what they are.


def test_nothing_is_asked_what_attributes_it_has() -> None:
    calls = [(name, node) for name, node in _nodes() if isinstance(node, ast.Call)]
    assert [name for name, call in calls if ast.unparse(call.func) == "hasattr"] == []
    lookups = [(name, call) for name, call in calls if ast.unparse(call.func) == "getattr"]
    assert [name for name, call in lookups if len(call.args) == 3] == []


def test_no_except_is_bare() -> None:
    handlers = [(name, node) for name, node in _nodes() if isinstance(node, ast.ExceptHandler)]
    assert [name for name, handler in handlers if handler.type is None] == []


def test_every_error_says_something() -> None:
    raised = [(name, node.exc) for name, node in _nodes() if isinstance(node, ast.Raise)]
    assert [
        (name, ast.unparse(error))
        for name, error in raised
        if isinstance(error, ast.Call) and not (error.args or error.keywords)
    ] == []


# 12. Doors are thin.


def test_the_doors_are_those_of_the_original() -> None:
    assert {path.name for path in ROOT.glob("*.py")} == DOORS


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_door_defines_only_main_and_tests(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    defined = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | Function)]
    assert all(name == "main" or name.startswith("test_") for name in defined)


# The style card.


def test_the_public_names_are_few_and_sorted() -> None:
    names = [name for name in stream_ae.__all__ if not name.startswith("__")]
    assert names == sorted(names)
    assert 0 < len(names) <= MOST_PUBLIC_NAMES
    assert set(names) <= set(dir(stream_ae))


@pytest.mark.parametrize("package", SECOND_TIER)
def test_a_public_package_says_what_it_offers(package: str) -> None:
    module = importlib.import_module(f"stream_ae.{package}")
    assert module.__all__
    assert set(module.__all__) <= vars(module).keys()


def test_any_type_is_seldom_any() -> None:
    lines = [line for path in PATHS.values() for line in path.read_text().splitlines()]
    assert sum(bool(re.search(r"\bAny\b", line)) for line in lines) <= MOST_LINES_WITH_ANY


def test_the_words_are_those_of_the_field() -> None:
    texts = {name: " ".join(path.read_text().split()) for name, path in PATHS.items()}
    private = re.compile(rf"\b({PRIVATE_WORDS})\b", re.IGNORECASE)
    found = {name: private.findall(text) for name, text in texts.items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_everything_public_is_explained() -> None:
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []
    assert [
        full_name
        for full_name, node in _everything()
        if _is_public(full_name) and not ast.get_docstring(node) and not _is_overload(node)
    ] == []


def test_few_arguments_are_positional() -> None:
    for full_name, node in _everything():
        public = _is_public(full_name.removesuffix(".__init__"))
        if isinstance(node, ast.ClassDef) or not public or full_name in MANY_POSITIONAL:
            continue
        names = [argument.arg for argument in node.args.posonlyargs + node.args.args]
        taken = [argument for argument in names if argument not in ("self", "cls", "ctx")]
        assert len(taken) <= MOST_POSITIONAL, full_name
        assert node.args.kwarg is None, full_name


@pytest.mark.parametrize("name", [name for name in TREES if not name.startswith("__")])
def test_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"stream_ae.{name}")).failed == 0


def test_the_example_of_the_package_holds() -> None:
    assert doctest.testmod(stream_ae).failed == 0


def test_no_file_knows_one_machine() -> None:
    machine = re.compile(r"/(work|root|opt|home)/|[p]yenv")
    kinds = ("*.py", "*.md", "*.toml", "*.txt", "*.jinja", "*.yml", "Makefile", ".ci/run")
    folders = ("src", "tests", "examples", "docs", "benchmarks", ".github")
    paths = [path for kind in kinds for path in ROOT.glob(kind)]
    paths += [path for folder in folders for kind in kinds for path in (ROOT / folder).rglob(kind)]
    assert PACKAGE / "cli" / "program.py" in paths
    assert [str(path) for path in paths if machine.search(path.read_text(encoding="utf-8"))] == []
