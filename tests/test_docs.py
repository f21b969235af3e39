"""README and docs: short, in step in both languages, and true as far as a test can tell."""

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.clips import pictures, write_clip

from stream_ae.cli.program import main

ROOT = Path(__file__).parent.parent
README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MOST_WORDS = 900
UNEXPLAINED = ("prequential", "overshoot", "bias map", "spatial bias", "gate", "latent", "ssim")
BANNED = (
    "anew",
    "let go of",
    "by habit",
    "so many",
    "so much",
    "dear",
    "entrants",
    "who look on",
    "who looks on",
    "is given back",
    "whitened",
    "whitening",
    "usual loss",
    "leak",
    "painted",
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)([^)\s]+)\)")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _blocks(text: str, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(text) if found == language]


def _prose(text: str) -> str:
    return BLOCK.sub("", text)


def _headings(text: str) -> list[str]:
    return [line.split()[0] for line in _prose(text).splitlines() if line.startswith("#")]


def _sections(text: str) -> list[str]:
    return re.split(r"^#+ .*$", _prose(text), flags=re.MULTILINE)


def _errors(text: str) -> list[list[str]]:
    """The numbers of each table row that has four with two decimals."""
    rows = [re.findall(r"\b\d\.\d\d\b", line) for line in text.splitlines() if line[:1] == "|"]
    return [row for row in rows if len(row) == 4]


def _anchors(text: str) -> set[str]:
    """The names that GitHub gives to headings."""
    titles = [line.lstrip("#").strip() for line in _prose(text).splitlines() if line[:1] == "#"]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _commands() -> Iterator[tuple[str, list[str]]]:
    """Every command of ours in a code block of any page."""
    for page in PAGES:
        indented = re.findall(r"^    (\S.*)$", _prose(_read(page)), flags=re.MULTILINE)
        for line in [*"".join(_blocks(_read(page), "")).splitlines(), *indented]:
            words = shlex.split(line.replace("'", "").partition("#")[0].strip())
            if words and words[0].endswith("stream-ae"):
                yield page.name, words[1:]


def _help(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_:
        main([*words, "--help"])
    assert exit_.value.code == 0
    return capsys.readouterr().out


def test_the_readme_is_short() -> None:
    assert len(_read(README).split()) <= MOST_WORDS


def test_the_readme_uses_no_term_that_it_does_not_explain() -> None:
    prose = _prose(_read(README)).lower()
    assert [term for term in UNEXPLAINED if re.search(rf"\b{term}\b", prose)] == []


def test_both_readmes_have_the_same_headings() -> None:
    assert _headings(_read(CHINESE)) == _headings(_read(README))


def test_both_readmes_have_the_same_code() -> None:
    assert BLOCK.findall(_read(CHINESE)) == BLOCK.findall(_read(README))


def test_both_readmes_have_the_same_numbers_in_every_section() -> None:
    english, chinese = ([*map(NUMBER.findall, _sections(_read(p)))] for p in (README, CHINESE))
    assert list(map(sorted, chinese)) == list(map(sorted, english))


def test_both_readmes_lead_to_the_same_pages() -> None:
    english, chinese = (sorted(LINK.findall(_read(path))) for path in (README, CHINESE))
    assert [link for link in chinese if link != "README.md"] == [
        link for link in english if link != "README.zh-CN.md"
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for link in LINK.findall(_read(page)):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(_read(target)), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_use_the_words_of_the_field(page: Path) -> None:
    text = _read(page).lower()
    assert [word for word in BANNED if re.search(rf"\b{word}\b", text)] == []


def test_the_readmes_table_is_that_of_the_results() -> None:
    summary = _read(ROOT / "docs" / "results.md").partition("## Summary")[2].partition("\n## ")[0]
    assert _errors(_read(README)) == _errors(summary)
    assert len(_errors(summary)) == 4


def test_every_page_can_be_reached_from_the_readme() -> None:
    found, todo = set[Path](), [README]
    while todo:
        page = todo.pop().resolve()
        if page in found or page.suffix != ".md":
            continue
        found.add(page)
        todo += [page.parent / link.partition("#")[0] for link in LINK.findall(_read(page))]
    assert {page.resolve() for page in (ROOT / "docs").rglob("*.md")} - found == set()


def test_pages_named_in_the_code_exist() -> None:
    code = [
        path for folder in ("src", "tests", "examples") for path in (ROOT / folder).rglob("*.py")
    ]
    named = {name for path in code for name in re.findall(r"\bdocs/[\w/-]+\.md", _read(path))}
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_files_named_in_the_architecture_exist() -> None:
    section = _read(ROOT / "docs" / "architecture.md").partition("## Where is …?")[2]
    rows = re.findall(r"^\| (.*) \| `(\S+)` \|$", section, flags=re.MULTILINE)
    assert len(rows) == 26
    assert [name for _, name in rows if not (ROOT / "src" / "stream_ae" / name).is_file()] == []


def test_the_readmes_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "street.mp4", pictures(3))
    (code,) = _blocks(_read(README), "python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 8
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert (tmp_path / "street.pt").is_file()


def test_a_package_index_gets_absolute_links() -> None:
    text = runpy.run_path(str(ROOT / "packaging" / "readme.py"))["absolute"](_read(README))
    assert LINK.findall(text) == []
    assert "/raw/main/docs/learning.webp)" in text
    assert "/blob/main/README.zh-CN.md)" in text


def test_make_knows_the_targets_that_pages_name() -> None:
    makefile = _read(ROOT / "Makefile")
    named = {
        target
        for page in PAGES
        for block in _blocks(_read(page), "")
        for target in re.findall(r"^make ([\w-]+)", block, flags=re.MULTILINE)
    }
    assert {"demo", "test"} <= named
    assert [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_the_parser_knows_every_command_and_option_that_pages_show(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = list(_commands())
    assert {"README.md", "README.zh-CN.md", "benchmark.md"} <= {page for page, _ in shown}
    for page, words in shown:
        depth = 2 if words[0] in ("bench", "fleet") else 0 if words[0].startswith("-") else 1
        text = _help(words[:depth], capsys)
        options = [word.strip("[]") for word in words if word.startswith(("--", "[--"))]
        missing = [option for option in options if option.partition("=")[0] not in text]
        assert missing == [], f"{page}: {words}"
