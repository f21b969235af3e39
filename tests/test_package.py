"""What a user installs: the wheel alone, in an environment that has never seen this folder."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGES = ("page.css", "report.html.jinja", "watch.css", "watch.html.jinja")
LIVE_PAGE = [path.name for path in (ROOT / "src" / "stream_ae" / "web" / "static").iterdir()]
DATA = (
    "stream_ae/py.typed",
    *(f"stream_ae/reports/{name}" for name in PAGES),
    *(f"stream_ae/web/static/{name}" for name in LIVE_PAGE),
)


def _run(*command: str | Path, cwd: Path) -> str:
    """Runs a command to its end, without this folder on Python's path, and returns its output."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=240
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and what it depends on, and nothing of this folder."""

    wheel: Path
    site_packages: Path
    folder: Path

    def run(self, command: str, *words: str) -> str:
        """Runs a command of the environment in an empty folder."""
        return _run(self.folder / "venv" / "bin" / command, *words, cwd=self.folder)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    build: list[str | Path] = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        folder,
    ]
    _run(*build, ROOT, cwd=folder)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "venv", symlinks=True, with_pip=False)
    python = folder / "venv" / "bin" / "python"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "--disable-pip-version-check",
    ]
    _run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    print_path = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(_run(python, "-c", print_path, cwd=folder).strip())
    # Its dependencies are those of this environment. Python reads no .pth file in a folder that is
    # itself named by one, so that an editable install of this folder stays unseen.
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(wheel=wheel, site_packages=site_packages, folder=folder)


def test_the_wheel_holds_every_module_and_the_data_files(installed: Installed) -> None:
    source = ROOT / "src"
    modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    files = set(zipfile.ZipFile(installed.wheel).namelist())
    packed = {name for name in files if name.startswith("stream_ae/")}
    assert packed == modules | set(DATA)


def test_the_installed_package_is_the_one_that_is_imported(installed: Installed) -> None:
    printed = installed.run("python", "-c", "import stream_ae; print(stream_ae.__file__)")
    assert Path(printed.strip()).is_relative_to(installed.site_packages)


def test_the_installed_command_knows_its_version(installed: Installed) -> None:
    version = installed.wheel.name.split("-")[1]
    assert installed.run("stream-ae", "--version").strip() == version


def test_the_installed_command_learns_a_scene(installed: Installed) -> None:
    printed = installed.run("stream-ae", "train", "scene:street", "--frames", "3")
    assert "learned into runs/" in printed
    [summary] = installed.folder.glob("runs/*/summary.json")
    assert '"frames": 3' in summary.read_text(encoding="utf-8")


def test_the_installed_demo_writes_its_report(installed: Installed) -> None:
    installed.run("stream-ae", "demo", "scene:quiet", "--frames", "5")
    [report] = installed.folder.glob("runs/*/report.html")
    assert "scene:quiet" in report.read_text(encoding="utf-8")


def test_requirements_are_what_the_extra_named_all_brings() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    (names,) = re.findall(r"\[(.*)\]", extras["all"][0])
    wanted = [
        *project["dependencies"],
        *(line for name in names.split(",") for line in extras[name]),
    ]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if not line.startswith(("#", "-c"))]
    assert listed == sorted({re.split("[>=<]", line)[0] for line in wanted})


def test_requirements_can_be_installed_from_any_folder(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--no-deps")
    _run(*pip, "-r", ROOT / "requirements.txt", cwd=tmp_path)  # all of it is there already


DOORS = """
import sys
sys.path.insert(0, sys.argv[1])
sys.path.append(sys.argv[2])  # where packages lie, without what is installed as a folder
import {door}
import stream_ae
print(stream_ae.__file__)
"""


@pytest.mark.parametrize(
    "door", ["quick_start", "optim", "sparse_init", "streaming_video_autoencoder"]
)
def test_the_doors_need_no_installed_program(door: str, tmp_path: Path) -> None:
    words = ("-I", "-S", "-c", DOORS.format(door=door), ROOT, sysconfig.get_path("purelib"))
    printed = _run(sys.executable, *words, cwd=tmp_path)
    assert Path(printed.strip()) == ROOT / "src" / "stream_ae" / "__init__.py"
