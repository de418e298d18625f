"""Emphasis beside Chinese, Japanese and Korean text."""

import pytest

from assistants_app.rendering.text.markdown import render_markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**「重要」**です。", "<strong>「重要」</strong>です。"),
        ("これは**（注記）**です", "これは<strong>（注記）</strong>です"),
        ("**注意：**请先备份", "<strong>注意：</strong>请先备份"),
        ("这是**“术语”**的意思", "这是<strong>“术语”</strong>的意思"),
        ("他说**“好。”**然后走了", "他说<strong>“好。”</strong>然后走了"),
        ("**한국어(Korean)**는", "<strong>한국어(Korean)</strong>는"),
        ("**'중요'**입니다", "<strong>'중요'</strong>입니다"),
        ("**A：**一**B：**二", "<strong>A：</strong>一<strong>B：</strong>二"),
        ("*强调。*后面", "<em>强调。</em>后面"),
        ("***注意：***请", "<em><strong>注意：</strong></em>请"),
        ("~~（旧）~~新", "<s>（旧）</s>新"),
        ("**`code`**です", '<strong><bdi dir="ltr"><code>code</code></bdi></strong>です'),
        ("**ﾃｽﾄ。**です", "<strong>ﾃｽﾄ。</strong>です"),
    ],
)
def test_emphasis_ends_beside_punctuation(text: str, html: str) -> None:
    assert render_markdown(text) == f'<p dir="auto">{html}</p>\n'


@pytest.mark.parametrize(
    "text", ["5 * 3 * 2", "你好 ** 世界 **", "snake_case_name", "变量_名_字", "a ~~ b"]
)
def test_signs_that_are_no_emphasis_stay(text: str) -> None:
    assert render_markdown(text) == f'<p dir="auto">{text}</p>\n'
