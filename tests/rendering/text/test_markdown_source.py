"""Messages in a Markdown document: shown as they are, and apart from each other."""

import re
from html import unescape

import pytest
from markdown_it import MarkdownIt

from assistants_app.rendering.text.markdown_source import (
    one_line_source,
    reply_source,
    typed_source,
)

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NEXT = "\n\n## Next\n\nhi **b**\n"


def shown(markdown: str) -> str:
    """Return the text of paragraphs that contain nothing else than text and line breaks."""
    html = READER.render(markdown)
    assert re.fullmatch(r"(?:<p>(?:[^<]|<br />)*</p>\n)*", html), html
    text = html.replace("<br />\n", "\n").replace("</p>\n<p>", "\n\n")
    return unescape(re.sub(r"</?p>", "", text)).strip("\n").replace("\xa0", " ")


@pytest.mark.parametrize(
    "text",
    [
        "Edda Kranich\nHarbour Road 7\n0150 Oslo",
        "1986. A great year",
        "# not a title\n## nor this",
        "call __init__ please_do and snake_case",
        "> 5 is enough",
        "- 5 degrees\n-5 below\n+ x\n* y",
        "1) a\n2) b",
        "a\n\n  b\n      c",
        "Title\n===\nx\n---",
        "a|b\n-|-\n1|2",
        "| a |\n|---|\n| 1 |",
        "1 < 2 <b>x</b> &amp; & <https://x.y> <!-- c",
        "*a* **b** ~~c~~ `d` [e](f) ![g](h)\n[e]: x",
        "C:\\x \\* y",
        "~~~\nopen\n```\nopen",
        "* * *\n***\n___",
        "住所：東京\n「はい」",
    ],
)
def test_what_people_typed_is_shown_as_typed(text: str) -> None:
    assert shown(typed_source(text)) == text
    assert READER.render(typed_source(text) + NEXT).endswith(READER.render(NEXT))


def test_fenced_code_stays_fenced() -> None:
    text = "Fix:\n  ~~~js\n  let x = `a`;\n  ```\n  ~~~\nthanks"
    assert typed_source(text) == "Fix:\n\n````js\nlet x = `a`;\n```\n````\n\nthanks"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("# T\n\ntext", "### T\n\ntext"),
        ("Set\next\n---\nx\n===", "#### Set ext\n### x"),
        ("##### five\n###### six", "###### five\n###### six"),
        ("> # q\n\n- # i", "> # q\n\n- # i"),
        ("```py\n# open", "```py\n# open\n```"),
        ("~~~~\n~~~", "~~~~\n~~~\n~~~~"),
        ("- item\n\n  ```\n  x", "- item\n\n  ```\n  x"),
        ("<!-- open\n\n# x", "\\<!-- open\n\n### x"),
        ("<script>\nx", "\\<script>\nx"),
        ("<!-- c -->\n\n# x", "<!-- c -->\n\n### x"),
        (
            "<details>\n<summary>x</summary>\n\ny",
            "<details>\n<summary>x</summary>\n\ny\n\n</details>",
        ),
        ("<details>\nx\n</details>", "<details>\nx\n</details>"),
        ("in `<details>`", "in `<details>`"),
        ("| a |\r\n|---|\r\n| 1 |", "| a |\n|---|\n| 1 |"),
    ],
)
def test_a_reply_ends_what_it_begins(text: str, source: str) -> None:
    assert reply_source(text, 2) == source
    assert READER.render(source + NEXT).endswith("<h2>Next</h2>\n<p>hi <strong>b</strong></p>\n")


def test_titles_stay_on_their_line() -> None:
    assert one_line_source("A *b*\n# c <i>") == "A \\*b\\* # c \\<i>"
