"""The live page's files, as they are: small, complete, and asking nobody but their own server."""

import re
from pathlib import Path

import pytest

import stream_ae

STATIC = Path(stream_ae.__file__).parent / "web" / "static"
FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted(STATIC.iterdir())}
PAGES = [name for name in FILES if name.endswith(".html")]
MODULES = [name for name in FILES if name.endswith(".js")]

MOST_BYTES = 300_000
MOST_LINES = 300
DRAWING = "http://www.w3.org/2000/svg"  # the name of a language, which nobody fetches


def _words(name: str) -> dict[str, str]:
    """The keys and texts of a language."""
    pairs = re.findall(r'^  "([^"]+)": "(.*)",$', FILES[name], flags=re.MULTILINE)
    assert len(pairs) == len(dict(pairs)) == FILES[name].count('\n  "')
    return dict(pairs)


def _imports(name: str) -> list[str]:
    return re.findall(r'^(?:import|export) .* from "\./([^"]+)";$', FILES[name], re.MULTILINE)


def test_the_page_is_small() -> None:
    assert sum(path.stat().st_size for path in STATIC.iterdir()) < MOST_BYTES
    assert [name for name, text in FILES.items() if text.count("\n") > MOST_LINES] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    named = re.findall(r'(?:src|href)="(static/[^"]+)"', FILES[page])
    assert len(named) >= 4
    assert [name for name in named if name.removeprefix("static/") not in FILES] == []


@pytest.mark.parametrize(("page", "first"), [("index.html", "app.js"), ("wall.html", "wall.js")])
def test_every_module_is_loaded_at_once(page: str, first: str) -> None:
    ahead = set(re.findall(r'rel="modulepreload" href="static/([^"]+)"', FILES[page]))
    needed, todo = set[str](), [first]
    while todo:
        new = [name for name in _imports(todo.pop()) if name not in needed]
        needed.update(new)
        todo += new
    assert ahead == needed


def test_every_module_is_of_a_page() -> None:
    used = {name for page in PAGES for name in re.findall(r'static/([^"]+\.js)"', FILES[page])}
    assert set(MODULES) == used


def test_imports_are_of_what_is_exported() -> None:
    for name in MODULES:
        for names, other in re.findall(
            r'^import \{([^}]+)\} from "\./([^"]+)";', FILES[name], re.M
        ):
            wanted = {part.split(" as ")[0].strip() for part in names.split(",")} - {""}
            exported = re.findall(
                r"^export (?:class|function|const) (\w+)", FILES[other], re.MULTILINE
            )
            assert wanted <= set(exported), (name, other)


def test_no_other_host_is_asked() -> None:
    for name, text in FILES.items():
        assert re.findall(r"https?://|wss?://|//cdn", text.replace(DRAWING, "")) == [], name


@pytest.mark.parametrize("page", PAGES)
def test_nothing_that_the_policy_forbids(page: str) -> None:
    text = FILES[page]
    assert re.findall(r"\sstyle=|<style|\son\w+=|javascript:", text) == []
    assert [body for body in re.findall(r"<script[^>]*>(.*?)</script>", text, re.S) if body] == []


def test_nothing_from_outside_becomes_markup() -> None:
    dangerous = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\("
    )
    assert [name for name in MODULES if dangerous.search(FILES[name])] == []


@pytest.mark.parametrize("of", ["words", "words.wall"])
def test_both_languages_say_the_same(of: str) -> None:
    english, chinese = _words(f"{of}.en.js"), _words(f"{of}.zh.js")
    assert list(english) == list(chinese)
    for key, text in english.items():
        holes = re.findall(r"\{\w+\}", text)
        assert sorted(holes) == sorted(re.findall(r"\{\w+\}", chinese[key])), key


def test_every_word_is_known_and_used() -> None:
    english = {**_words("words.en.js"), **_words("words.wall.en.js")}
    code = "".join(FILES[name] for name in FILES if not name.startswith("words."))
    named = set(re.findall(r'\bword\(\s*"([^"]+)"', code))
    named |= set(re.findall(r'data-(?:word|label|hint)="([^"]+)"', code))
    assert named - set(english) == set()
    quoted = set(re.findall(r'"([\w./-]+)"', code))
    built = tuple(re.findall(r"`([a-z.-]+\.)\$\{", code))  # such as `kind.${kind}`
    assert [key for key in english if key not in quoted and not key.startswith(built)] == []
