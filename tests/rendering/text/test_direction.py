"""The direction of text, by block."""

import pytest

from assistants_app.rendering.text.markdown import code_figure, render_markdown


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("مرحبا", ['<p dir="auto">']),
        ("# שלום", ['<h1 dir="auto">']),
        ("- مرحبا\n- hello", ['<li dir="auto">مرحبا', '<li dir="auto">hello']),
        # The item's own text decides on the side of its bullet.
        ("- مرحبا\n\n  more\n\n- b", ['<li dir="auto">\n<p>مرحبا</p>']),
        ("> مرحبا", ['<blockquote dir="auto">\n<p>مرحبا</p>']),
        ("1. أ\n   - ب", ['<li dir="auto">أ', '<li dir="auto">ب']),
        (
            "| א | b |\n|:-:|---|\n| c | ד |",
            ['<th dir="auto" align="center">א', '<td dir="auto">ד'],
        ),
        ("`npm i` مرحبا", ['<p dir="auto"><bdi dir="ltr"><code>npm i</code></bdi>']),
        ("$x$ مرحبا", ['<p dir="auto"><bdi dir="ltr"><span class="math"']),
        ("```\nمرحبا\n```", ['<figure class="code" dir="ltr">']),
    ],
)
def test_each_block_has_the_direction_of_its_text(text: str, tags: list[str]) -> None:
    html = render_markdown(text)
    assert [tag for tag in tags if tag not in html] == []


def test_code_runs_from_left_to_right() -> None:
    assert code_figure("x", "py").startswith('<figure class="code" dir="ltr">')
