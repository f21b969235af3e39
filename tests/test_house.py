"""The laws of the house: where a line belongs, and what it may touch."""

import ast
import doctest
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

FLOORS = (
    "errors frame mailbox crc disk blocks running usual_loss gate versions clock figures histograms"
    " backlog machine_code cosine init obgd muon online_pca paint sprite",
    "structure_loops error_loops whitening_loops change_loops resize_loops",
    "overshoot kronecker structure",
    "losses",
    "bounded device pixels attention change source step decoding scene_cast state_file"
    " event_file run_folder charts options ports",
    "optimizers descent past autoencoder observer pictures report_charts recording source_gym"
    " source_live scene scene_animals scene_crafts scene_people scene_scenery scene_vehicles",
    "learner metrics strip source_file source_images scene_belt scene_gallery scene_nature"
    " scene_pan scene_quiet scene_sea scene_street scene_town",
    "source_scene board board_server journal progress checkpoint offline_bound",
    "address loop baselines",
    "session report inspect_run source_medley"
    " bench_machine bench_results bench_pool bench_entrants",
    "bench_streams bench_run bench_compare",
    "bench_figures bench_speed",
    "bench_baselines bench_rates bench_chart",
    "bench_learning bench_plasticity bench_scenes bench_long",
    "bench_grid bench_sensitivity bench_transfer bench_forgetting",
    "bench_command",
    "cli",
    "__init__ __main__",
)
"""Every file of the package, from the ground up; each imports only from floors below its own."""

DOORS = {
    "quick_start.py",
    "streaming_video_autoencoder.py",
    "optim.py",
    "sparse_init.py",
    "test_tensorboard.py",
}
HEAVY = {"av", "PIL", "tensorboard", "gymnasium", "ale_py", "matplotlib", "jinja2", "tqdm", "numba"}
WITH_THREADS = {"source"}  # a reader decodes beside the learning; nothing else runs beside it

LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FILE, MOST_PUBLIC_NAMES, MOST_POSITIONAL = (
    300,
    40,
    130,
    24,
    2,
)
MANY_POSITIONAL = {
    "obgd.ObGD.__init__": "published with this signature",
    "obgd.AdaptiveObGD.__init__": "published with this signature",
    "attention.attend": "query, key, value: as the whole field writes it",
}

FILES = sorted(PACKAGE.glob("*.py"))
TREES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
every_file = pytest.mark.parametrize("name", TREES)
Function = ast.FunctionDef | ast.AsyncFunctionDef


FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names.split()}


def _imported(node: ast.AST) -> list[str]:
    """The dotted names that an import statement brings in, ours as ``stream_ae.<file>``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level or node.module == "stream_ae":
            return [f"stream_ae.{alias.name}" for alias in node.names]
        return [node.module or ""]
    return []


def _own(node: ast.AST) -> list[str]:
    return [name.split(".")[1] for name in _imported(node) if name.startswith("stream_ae.")]


def _definitions(name: str) -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Every class, function and method of a file by its full name; not those inside functions."""

    def inside(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.ClassDef | Function]]:
        for node in body:
            if isinstance(node, ast.ClassDef | Function):
                yield f"{prefix}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from inside(node.body, f"{prefix}.{node.name}")

    return inside(TREES[name].body, name)


def _is_public(full_name: str) -> bool:
    return not any(part.startswith("_") for part in full_name.split(".")[1:])


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


# 1. Imports point strictly down.


def test_every_file_has_its_floor() -> None:
    assert TREES.keys() - FLOOR_OF.keys() == set(), "put the new file into FLOORS"


@every_file
def test_imports_point_strictly_down(name: str) -> None:
    for node in ast.walk(TREES[name]):
        for other in _own(node):
            assert FLOOR_OF[other] < FLOOR_OF[name], f"{name} must not import {other}"


@every_file
def test_own_imports_stand_at_the_top(name: str) -> None:
    everywhere = [other for node in ast.walk(TREES[name]) for other in _own(node)]
    at_the_top = [other for node in TREES[name].body for other in _own(node)]
    assert sorted(everywhere) == sorted(at_the_top)


@every_file
def test_no_import_is_for_type_checkers_only(name: str) -> None:
    assert "TYPE_CHECKING" not in ast.unparse(TREES[name])


# 2. Heavy third parties come late.


@every_file
def test_only_torch_and_numpy_are_imported_at_the_top(name: str) -> None:
    at_the_top = {
        imported.split(".")[0] for node in TREES[name].body for imported in _imported(node)
    }
    assert at_the_top <= sys.stdlib_module_names | {"torch", "numpy", "stream_ae"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = f"""
import sys, numpy, torch
before = set(sys.modules)
import stream_ae, stream_ae.session
print(*({HEAVY!r} & (set(sys.modules) - before)))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []


# 3. The loop is visible. 4. Values travel.


@every_file
def test_no_hook_is_left_hanging(name: str) -> None:
    assert not [call for call in _calls(TREES[name]) if "register_" in call and "hook" in call]


@every_file
def test_values_are_frozen(name: str) -> None:
    decorators = [
        ast.unparse(decorator)
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
    ]
    assert all("frozen=True" in text for text in decorators if text.startswith("dataclass"))


# 6. Threads only at the ends. 8. Few syncs.


@every_file
def test_only_readers_have_threads(name: str) -> None:
    starts = [call for call in _calls(TREES[name]) if call.endswith(("Thread", "Executor"))]
    assert not starts or name in WITH_THREADS


@every_file
def test_nothing_is_fetched_from_the_device_in_a_loop(name: str) -> None:
    loops = [
        node
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.For | ast.While | ast.comprehension)
    ]
    assert not [call for loop in loops for call in _calls(loop) if call.endswith(".item")]


# 10. Small rooms.


@every_file
def test_files_are_short(name: str) -> None:
    assert len((PACKAGE / f"{name}.py").read_text().splitlines()) <= LONGEST_FILE


def test_most_files_are_shorter() -> None:
    lengths = [len(path.read_text(encoding="utf-8").splitlines()) for path in FILES]
    assert statistics.median(lengths) <= MEDIAN_FILE


@every_file
def test_functions_are_short(name: str) -> None:
    functions = [node for node in ast.walk(TREES[name]) if isinstance(node, Function)]
    assert {f.name: _code_lines(f) for f in functions if _code_lines(f) > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("name", [name for name in TREES if not name.startswith("__")])
def test_every_file_has_its_test(name: str) -> None:
    assert (ROOT / "tests" / f"test_{name}.py").is_file()


def test_no_file_is_a_drawer() -> None:
    drawers = {"utils", "util", "common", "helpers", "helper", "manager", "misc", "tools"}
    assert not drawers & {part for name in TREES for part in name.split("_")}


def test_no_file_has_the_name_of_a_public_object() -> None:
    objects = {full_name.split(".")[-1] for name in TREES for full_name, _ in _definitions(name)}
    assert not (set(stream_ae.__all__) | {o for o in objects if o[:1].isupper()}) & TREES.keys()


# 11. Errors are told apart by what they are.


@every_file
def test_nothing_is_asked_what_attributes_it_has(name: str) -> None:
    assert "hasattr" not in _calls(TREES[name])
    lookups = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)]
    with_default = [n for n in lookups if ast.unparse(n.func) == "getattr" and len(n.args) == 3]
    assert not with_default


@every_file
def test_no_except_is_bare(name: str) -> None:
    handlers = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.ExceptHandler)]
    assert all(handler.type is not None for handler in handlers)


@every_file
def test_every_error_says_something(name: str) -> None:
    raised = [node.exc for node in ast.walk(TREES[name]) if isinstance(node, ast.Raise)]
    empty = [
        ast.unparse(e) for e in raised if isinstance(e, ast.Call) and not (e.args or e.keywords)
    ]
    assert empty == []


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
    assert all(name in vars(stream_ae) for name in names)


@every_file
def test_everything_public_is_explained(name: str) -> None:
    assert ast.get_docstring(TREES[name])
    unexplained = [
        full_name
        for full_name, node in _definitions(name)
        if _is_public(full_name) and not ast.get_docstring(node) and not _is_overload(node)
    ]
    assert unexplained == []


@every_file
def test_few_arguments_are_positional(name: str) -> None:
    for full_name, node in _definitions(name):
        public = _is_public(full_name.removesuffix(".__init__"))
        if isinstance(node, ast.ClassDef) or not public or full_name in MANY_POSITIONAL:
            continue
        names = [argument.arg for argument in node.args.posonlyargs + node.args.args]
        taken = [argument for argument in names if argument not in ("self", "cls", "ctx")]
        assert len(taken) <= MOST_POSITIONAL, full_name
        assert node.args.kwarg is None, full_name


@every_file
def test_examples_in_docstrings_hold(name: str) -> None:
    if name == "__main__":
        return
    module = importlib.import_module(f"stream_ae.{name}" if name != "__init__" else "stream_ae")
    assert doctest.testmod(module).failed == 0


def test_no_file_knows_one_machine() -> None:
    machine = re.compile(r"/(work|root|opt|home)/|[p]yenv")
    kinds = ("*.py", "*.md", "*.toml", "*.txt", "*.jinja", "*.yml", "Makefile", ".ci/run")
    folders = ("src", "tests", "examples", "docs", "benchmarks", ".github")
    paths = [path for kind in kinds for path in ROOT.glob(kind)]
    paths += [path for folder in folders for kind in kinds for path in (ROOT / folder).rglob(kind)]
    assert PACKAGE / "cli.py" in paths
    assert [str(path) for path in paths if machine.search(path.read_text(encoding="utf-8"))] == []
