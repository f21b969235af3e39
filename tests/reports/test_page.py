import sys
from pathlib import Path

import pytest

from stream_ae.errors import MissingExtraError
from stream_ae.reports import page
from stream_ae.reports.page import title, today, write_page


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> str:
    texts = {
        "a.jinja": "<p>{{ name }}</p>{% include 'b.css' %}",
        "b.css": 'p::after { content: "" }',
    }
    monkeypatch.setattr(page, "_text", texts.__getitem__)
    return "a.jinja"


def test_what_is_filled_in_cannot_become_markup(tmp_path: Path, template: str) -> None:
    path = write_page(tmp_path / "a.html", template=template, contents={"name": "<b>"})
    assert path.read_text() == '<p>&lt;b&gt;</p>p::after { content: "" }'


def test_a_name_that_is_no_text_is_escaped(tmp_path: Path, template: str) -> None:
    path = write_page(tmp_path / "a.html", template=template, contents={"name": "caf\udce9"})
    assert path.read_text().startswith("<p>caf\\udce9</p>")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/data/set/highway/input", "highway/input"),
        ("/clip.mp4", "/clip.mp4"),
        ("clip.mp4", "clip.mp4"),
        ("rtsp://camera/a/b/live", "rtsp://camera/a/b/live"),
    ],
)
def test_a_title_is_the_end_of_a_path(source: str, name: str) -> None:
    assert title(source) == name


def test_the_date_has_no_leading_zero() -> None:
    assert today()[0] in "123456789"


def test_without_jinja_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"jinja2.*stream-ae\[report\]"):
        write_page(tmp_path / "a.html", template="watch.html.jinja", contents={})
