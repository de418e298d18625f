"""HTML in Markdown: tags that only format are rendered, and all others stay text."""

import pytest

from assistants_app.rendering.text.blocks import BlockStream
from assistants_app.rendering.text.markdown import render_markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("CO<sub>2</sub>, m<SUP>2</SUP>", "CO<sub>2</sub>, m<sup>2</sup>"),
        ("a<br>b<br/>c<BR />d", "a<br>b<br>c<br>d"),
        ("<kbd>Ctrl</kbd>+<kbd>C</kbd>", "<kbd>Ctrl</kbd>+<kbd>C</kbd>"),
        ("<u>**both**</u>", "<u><strong>both</strong></u>"),
        ("**<mark>x</mark>**", "<strong><mark>x</mark></strong>"),
        ("<ruby>漢<rt>かん</rt></ruby>", "<ruby>漢<rt>かん</rt></ruby>"),
        ("<b>a</b> <i>b</i> <s>c</s> <small>d</small>", None),
        ("<code>a*b*|c</code>", '<bdi dir="ltr"><code>a*b*|c</code></bdi>'),
        ("`<br>`", '<bdi dir="ltr"><code>&lt;br&gt;</code></bdi>'),
        # Without its partner in the same element, a tag stays text.
        ("<u>open", "&lt;u&gt;open"),
        ("closed</sub>", "closed&lt;/sub&gt;"),
        ("**a <u>b** c</u>", "<strong>a &lt;u&gt;b</strong> c&lt;/u&gt;"),
        ("<u>a <b>b</u></b>", "<u>a &lt;b&gt;b</u>&lt;/b&gt;"),
        # Anything that acts or carries an attribute stays text.
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("<style>x</style>", "&lt;style&gt;x&lt;/style&gt;"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("<mark onclick=x>a</mark>", "&lt;mark onclick=x&gt;a&lt;/mark&gt;"),
        ("<sub style='x'>a</sub>", "&lt;sub style='x'&gt;a&lt;/sub&gt;"),
        ("<br onload=x>", "&lt;br onload=x&gt;"),
        ("<button>x</button>", "&lt;button&gt;x&lt;/button&gt;"),
        ("x <!-- y -->", "x &lt;!-- y --&gt;"),
    ],
)
def test_tags_in_a_line(text: str, html: str | None) -> None:
    assert render_markdown(text) == f'<p dir="auto">{html or text}</p>\n'


def test_a_line_break_in_a_cell() -> None:
    html = render_markdown("| a |\n|---|\n| Step 1<br>Step 2<br/>Step 3 |")
    assert '<td dir="auto">Step 1<br>Step 2<br>Step 3</td>' in html


@pytest.mark.parametrize(
    "text",
    [
        "<details>\n<summary>**More**</summary>\n\n- a\n- b\n\n</details>\n\nafter",
        "<details><summary>**More**</summary>\n- a\n- b\n</details> after",
        "before\n<details>\n\n<summary>\n**More**\n</summary>\n\n- a\n- b\n</details>\nafter",
    ],
)
def test_details_fold_markdown(text: str) -> None:
    html = render_markdown(text).replace("\n", "")
    inside = '<ul><li dir="auto">a</li><li dir="auto">b</li></ul>'
    summary = '<summary dir="auto"><strong>More</strong></summary>'
    assert f"<details>{summary}{inside}</details>" in html
    assert html.endswith('</details><p dir="auto">after</p>')


def test_details_end_where_they_say() -> None:
    inner = "<details>\n\n```html\n</details>\n```\n\n</details>"
    html = render_markdown(f"<details open>\n{inner}\nouter\n</details>\nafter")
    assert html.startswith('<details open="">\n<details>')
    assert '<p dir="auto">outer</p>\n</details>\n<p dir="auto">after</p>' in html


def test_details_in_a_list_and_without_an_end() -> None:
    html = render_markdown("- one\n  <details>\n  a\n\n  b\n- two\n\n<details>\nc\n\nd")
    assert html.count("<details>") == html.count("</details>") == 2
    assert '<li dir="auto">two</li>' in html
    assert html.endswith('<p dir="auto">c</p>\n<p dir="auto">d</p>\n</details>\n')


@pytest.mark.parametrize(
    "text",
    ["<details>\n" * 3000, "<details>" * 3000, "<u>" * 20_000 + "</b>" * 20_000, "<code>" * 20_000],
)
def test_many_open_tags_are_only_long(text: str) -> None:
    html = render_markdown(text)
    assert html.count("<details>") <= 8
    assert "<u>" not in html


def test_open_details_stream_in_one_block() -> None:
    stream = BlockStream()
    stream.feed("<details>\n<summary>More</summary>\n\nfirst\n\nsecond\n\n")
    update = stream.flush()
    assert update is not None
    assert update.committed == ""
    assert stream.live.startswith("<details>")
