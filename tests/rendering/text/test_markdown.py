"""Markdown as HTML: correct and harmless, wherever the stream cuts it."""

import random
import re

import pytest

from assistants_app.rendering.text.blocks import BlockStream, Update
from assistants_app.rendering.text.markdown import render_markdown
from tests.rendering.documents import document


def shown(live: str, update: Update) -> str:
    """Return the HTML of the growing block with this update, as a page shows it."""
    if update.live is not None:
        return update.live
    code, end, rest = live.rpartition("</code>")
    return code + escape(update.more) + end + rest


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize("seed", range(200))
def test_the_stream_ends_with_what_the_whole_text_gives(seed: int) -> None:
    text, source = document(seed)
    stream = BlockStream()
    committed = ""
    position = 0
    live = ""
    while position < len(text):
        step = source.randint(1, 9)
        stream.feed(text[position : position + step])
        position += step
        if source.random() < 0.7 and (update := stream.flush()):
            committed += update.committed
            live = shown(live, update)
    if update := stream.flush():
        committed += update.committed
        live = shown(live, update)
    assert committed + live == render_markdown(text)
    assert stream.html == committed + live
    assert stream.text == text


@pytest.mark.parametrize("beginning", ["", "```code``` that is no fence\n\n", "$$ unclosed\n\n"])
def test_a_long_text_costs_no_more_per_flush_than_its_last_block(beginning: str) -> None:
    stream = BlockStream()
    stream.feed(beginning + "A paragraph of some words.\n\n" * 2000)
    assert stream.flush()
    stream.feed("The end")
    update = stream.flush()
    assert update is not None
    assert update.committed == ""
    assert len(stream.live) < 100


def test_an_open_fence_is_code_at_once() -> None:
    stream = BlockStream()
    stream.feed("```python\n" + "x = '<b>'\n" * 400)
    update = stream.flush()
    assert update is not None
    assert "&lt;b&gt;" in stream.live
    assert "<span>python</span>" in stream.live


def test_a_long_open_fence_waits_for_its_own_end() -> None:
    stream = BlockStream()
    stream.feed("~~~~js title=x\n" + "let x = 1;\n~~~\n" * 300)
    update = stream.flush()
    assert update is not None
    assert "<span>js</span>" in stream.live
    assert "hl-" not in stream.live
    stream.feed("~~~~\n")
    update = stream.flush()
    assert update is not None
    assert "hl-" in update.committed
    assert stream.live == ""


LINES = (
    *("", "``", "````", "x```", "   ```  x", "    ```", "~~~", "<b> & 'q'", "```py", "$$", "\\["),
    *("x = 1", "\ty"),
)


@pytest.mark.parametrize("seed", range(15))
def test_long_code_is_appended_to_and_ends_with_what_the_whole_text_gives(seed: int) -> None:
    chance = random.Random(seed)
    code = [chance.choice(LINES).replace("````", "``") for _ in range(800)]
    closing = chance.choice(["```\n", " `````  \n", "```\n\nThe end", "```\n- one\n\n$$ x\n"])
    lines = [chance.choice(["", "Before it.\n"]), "```py", *code, closing]
    text = chance.choice(["\n", "\r\n"]).join(lines)
    stream, page, appended = BlockStream(), ("", ""), 0
    while text:
        cut = chance.randint(1, 60)
        stream.feed(text[:cut])
        text = text[cut:]
        if update := stream.flush():
            appended += len(update.more)
            page = page[0] + update.committed, shown(page[1], update)
            assert "".join(page) == stream.html
    assert stream.html == render_markdown(stream.text.replace("\r\n", "\n"))
    assert appended > 1000


def test_ten_times_the_code_takes_ten_times_the_bytes() -> None:
    def sent(lines: int) -> int:
        stream, size = BlockStream(), 0
        stream.feed("```py\n")
        for number in range(lines):
            stream.feed(f"x = '<b>{number:6}</b>'\n")
            update = stream.flush()
            assert update is not None
            size += len(update.more) + len(update.committed) + len(update.live or "")
        return size

    before = sent(200)  # the first lines, which are sent with colours
    assert (sent(2200) - before) / (sent(400) - before) == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<iframe src=https://example.org></iframe>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        '![x](https://example.org/"onload="alert(1))',
        "```<script>\nx\n```",
        "\\(</span><script>alert(1)</script>\\)",
        "$</span><img src=x onerror=alert(1)>$",
        "<style>*{display:none}</style>",
        "<svg/onload=alert(1)>",
        "|a|\n|-|\n|<b onclick=x>|",
    ],
)
def test_nothing_that_acts_gets_through(text: str) -> None:
    html = str(render_markdown(text))
    tags = re.findall(r"<[^>]+>", re.sub(r'"[^"]*"', '""', html))
    assert not [tag for tag in tags if re.match(r"<(script|img|iframe|style|svg|object)", tag)]
    assert not [tag for tag in tags if re.search(r"\son\w+=|style=", tag)]
    assert not re.search(r'href="(?!https?:|mailto:|sandbox:)', html)


def test_math_keeps_its_tex_and_money_stays_money() -> None:
    html = render_markdown("\\(a<b\\) costs $5 and $120, $x$ and\n\n\\[ x = 1 \\]")
    assert '<span class="math" data-tex="a&lt;b">a&lt;b</span>' in html
    assert "$5 and $120," in html
    assert '<span class="math" data-tex="x">x</span>' in html
    assert '<span class="math block" data-tex="x = 1">' in html


def test_code_has_its_language_and_colours() -> None:
    html = render_markdown("```python\nprint('x')\n```")
    assert "<span>python</span>" in html
    assert '<span class="hl-nb">print</span>' in html
    assert "data-copy" in html
