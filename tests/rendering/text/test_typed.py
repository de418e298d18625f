"""A person's text is shown as typed: only links and fenced code are more than text."""

import re
from html import unescape

import pytest

from assistants_app.rendering.text.markdown import render_markdown, render_typed
from assistants_app.rendering.threads.messages import message_context


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


@pytest.mark.parametrize(
    "text",
    [
        "Edda Kranich\nHarbour Road 7\n0150 Oslo",
        "1986. A great year",
        "# not a title",
        "call __init__ please",
        "> 5 is enough",
        "- 5 degrees",
        "a\n\n\n\nb",
        "  two  spaces\n\tand a tab",
        "1) one\n3) three",
        "2 * 3 * 4, **kwargs, ~/x and ~~y~~",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "Title\n=====\n---",
        "C:\\new\\_dir \\* &amp; &copy; <br> <b>bold</b> <!-- x -->",
        "$x$ costs $5, \\(y\\)",
        "[docs](https://example.com/b) and [1]: https://example.com/c",
        "【4:0†a.txt】",
        "`code` and ``more``",
        "```\na fence that is never closed",
        "住所：東京\n「はい」",
        "עברית\nEnglish",
    ],
)
def test_text_is_shown_as_typed(text: str) -> None:
    html = render_typed(text)
    assert text_of(html) == text
    assert re.fullmatch(r'<p class="typed" dir="auto">([^<]|</?a\b[^>]*>)*</p>', html)


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_lines_of_other_systems_are_lines(newline: str) -> None:
    assert render_typed(f"a{newline}b") == render_typed("a\nb")


def test_fenced_code_and_links_still_work() -> None:
    html = render_typed(
        "Fix *this*:\n\n```python\nprint(1)\n```\n\n1. see https://example.com/a_b."
    )
    assert '<p class="typed" dir="auto">Fix *this*:</p><figure' in html
    assert '<span class="hl-nb">print</span>' in html
    assert '1. see <a href="https://example.com/a_b"' in html
    assert "https://example.com/a_b</a>.</p>" in html


def test_code_has_the_indentation_of_its_fence_taken_off() -> None:
    html = render_typed("1. Run\n     ~~~js\n     let x;\n       let y;\n     ~~~")
    assert text_of(html) == "1. Runjs" + "Copylet x;\n  let y;\n"


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "```<b onclick=x>\nx\n```", "https://x.y/<svg onload=a>"]
)
def test_nothing_that_acts_gets_through(text: str) -> None:
    assert not re.search(
        r"<(?!/?(?:p|a|figure|figcaption|span|button|pre|code)\b)", render_typed(text)
    )
    assert "onclick=x>" not in re.sub(r"&lt;.*?&gt;", "", render_typed(text))


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_a_message_is_rendered_by_its_author(role: str) -> None:
    text = "# one\n- 5 degrees"
    content = [{"type": "text", "text": {"value": text, "annotations": []}}]
    message = {
        **{"id": "msg_1", "thread_id": "thread_1", "role": role, "content": content},
        **{"assistant_id": None, "created_at": 0, "attachments": [], "status": "completed"},
        "incomplete_details": None,
    }
    block = message_context(message, {}, "proj_1")["blocks"][0]
    assert block.html == (render_typed(text) if role == "user" else render_markdown(text))
