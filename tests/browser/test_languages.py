"""The page's words, in the language that the browser asks for."""

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import expect
from tests.support.staged_page import StagedPage
from tests.support.tabs import Visits, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]

OWN_WORDS = "h2[data-word], button[data-word], label [data-word], dt[data-word]"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagedPage]:
    with StagedPage(tmp_path_factory.mktemp("stage"), controls=True) as stage:
        stage.window(50)
        stage.event(30)
        yield stage


def words(language: str) -> dict[str, str]:
    text = (files("stream_ae.web") / "static" / f"words.{language}.js").read_text(encoding="utf-8")
    return dict(re.findall(r'^  "([^"]+)": "(.*)",$', text, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("locale", "language"), [("en-US", "en"), ("zh-CN", "zh"), ("zh-TW", "zh"), ("de-DE", "en")]
)
def test_the_page_speaks_the_browsers_language(
    stage: StagedPage, look: Visits, locale: str, language: str
) -> None:
    tab, known = look(stage.url, locale=locale), words(language)
    tab.says("#events", known["kind.appeared"])
    expect(tab["html"]).to_have_attribute("lang", {"en": "en", "zh": "zh-Hans"}[language])
    shown = tab.page.evaluate(
        "query => [...document.querySelectorAll(query)]"
        ".map((e) => [e.dataset.word, e.textContent])",
        OWN_WORDS,
    )
    assert len(shown) > 15
    assert [(key, text) for key, text in shown if text != known[key]] == []
    labels = tab.page.evaluate(
        "() => [...document.querySelectorAll('[data-label]')]"
        ".map((e) => [e.dataset.label, e.getAttribute('aria-label')])"
    )
    assert len(labels) > 5
    assert [(key, text) for key, text in labels if text != known[key]] == []


def test_another_language_is_chosen_and_kept(stage: StagedPage, look: Visits) -> None:
    tab = look(stage.url)
    tab.shows("#health-title", "Health")
    tab["#language"].click()
    tab.shows("#health-title", words("zh")["health"])
    tab.says("#events", words("zh")["kind.appeared"])
    tab.page.reload()
    tab.shows("#health-title", words("zh")["health"])
