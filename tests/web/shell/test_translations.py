"""Translations: each word on the pages can be translated, and collected without gettext."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
READ = ("title", "aria-label", "placeholder", "alt", "hx-confirm")
# Names, and words of the API that are the same in every language.
NAMES = {
    *("Assistants", "Playground", "JSON", "JSONL", "YAML", "NDJSON", "CSV", "Markdown", "HTML"),
    *("Python", "Node", "curl", "text", "json_object", "json_schema", "auto", "none", "required"),
    *("manage.py", "bootstrap", "Esc", "Ctrl", "Shift", "Alt", "ok", "ms", "UTC", "python"),
    *("POST", "json"),
    *("pane", "comparison"),  # layouts of pages, as templates/section.html knows them
}
# URLs, paths and names of settings.
TECHNICAL = re.compile(r"\S*/\S+|\w+_\w+")
WORD = re.compile(r"[^\W\d_][\w.]*[^\W\d_]")


def words(text: str) -> list[str]:
    return WORD.findall(TECHNICAL.sub("", text))


class Words(HTMLParser):
    """Collects words in text nodes and in attributes that screen readers announce."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        for name, value in attrs:
            if name in READ and not (value or "").startswith("{"):  # JSON as an example
                self.found += words(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "code", "pre", "textarea"} & set(self.inside):
            self.found += words(data)


def untranslated(source: str) -> list[str]:
    """Return the words of a template outside of its tags."""
    bare, skips = [], False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.contents.split()[0]
            skips = name in ("blocktrans", "blocktranslate", "comment") or (
                skips and not name.startswith("end")
            )
        elif token.token_type == TokenType.TEXT and not skips:
            bare.append(token.contents)
    whole = "0".join(bare)
    whole = re.sub(r"(</?)0", r"\1i", whole)  # tags whose name is a variable
    if "<" not in whole:  # attributes for a tag of another template
        whole = f"<i {whole}>"
    return [word for word in Words(whole).found if word not in NAMES]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_that_cannot_be_translated(path: Path) -> None:
    assert untranslated(path.read_text(encoding="utf-8")) == []


def test_a_bare_word_is_found() -> None:
    source = (
        '{% load i18n %}<p title="Bare">{% trans "Fine" %} but {{ x }}<code>not_this</code></p>'
    )
    assert untranslated(source) == ["Bare", "but"]


def test_messages_can_be_collected_from_each_template() -> None:
    collected = [templatize(path.read_text(encoding="utf-8")) for path in TEMPLATES]
    assert sum(text.count("gettext(") for text in collected) > 300


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not installed")
def test_the_catalogue_is_written_without_a_warning(tmp_path: Path) -> None:
    # makemessages writes between the sources, so it gets a copy of them.
    for part in ("assistants_app", "playground", "templates"):
        ignored = shutil.ignore_patterns("__pycache__", "*.po")
        shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
    shutil.copy(ROOT / "manage.py", tmp_path)
    made = subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "en"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (made.stdout, made.stderr) == ("processing locale en\n", "")
    catalogue = tmp_path / "assistants_app/locale/en/LC_MESSAGES/django.po"
    assert catalogue.read_text(encoding="utf-8").count("\nmsgid ") > 500
