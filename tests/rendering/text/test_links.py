"""Links in text: what becomes one, and where it ends."""

import re

import pytest

from assistants_app.rendering.text.markdown import render_markdown, render_typed


def links_of(html: str) -> list[str]:
    return re.findall(r"<a [^>]*>([^<]*)</a>", html)


@pytest.mark.parametrize(
    "text",
    [
        "Open README.md, then run setup.py and deploy.sh",
        "see main.rs and ASP.NET, done.In short; q3.report.pl",
        "Node.js, example.com, 1.2.3.4 and v1.0.io",
        "me@example.com and git@github.com:a/b.git",
        "www.x and awww.example.com and a.www.b",
        "https:// and http://. and //example.com",
        "`https://example.com`",
        "javascript:alert(1) and file:///etc/passwd",
    ],
)
def test_nothing_without_a_scheme_or_www_is_a_link(text: str) -> None:
    assert links_of(render_markdown(text)) == []
    if "`" not in text:
        assert links_of(render_typed(text)) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("详情见https://example.com/docs。谢谢", "https://example.com/docs"),
        ("（https://example.com/a）", "https://example.com/a"),
        ("https://example.com/b，然后登录", "https://example.com/b"),
        ("「https://example.com/a」を見る", "https://example.com/a"),
        ("『https://example.com/a?x=1』", "https://example.com/a?x=1"),
        ("https://example.com/a、https", "https://example.com/a"),
        ("https://example.com/docs를 참고", "https://example.com/docs"),
        ("请打开https://example.com/docs然后", "https://example.com/docs"),
        ("https://example.com是", "https://example.com"),
        ("ดูhttps://example.com/aและ", "https://example.com/a"),
        ("“https://example.com/a”", "https://example.com/a"),
        ("«https://example.com/a»", "https://example.com/a"),
        ("https://example.com/a… more", "https://example.com/a"),
        ("https://example.com/a—or", "https://example.com/a"),
        ("https://example.com/a؟", "https://example.com/a"),
        ("https://example.com/a।", "https://example.com/a"),
        ("https://example.com/a→b", "https://example.com/a"),
        ("https://example.com/a\u200f", "https://example.com/a"),
        ("(see https://example.com/x_(y)).", "https://example.com/x_(y)"),
        ("[https://example.com/a]", "https://example.com/a"),
        ('"https://example.com/a", she', "https://example.com/a"),
        ("'https://example.com/a'", "https://example.com/a"),
        ("https://example.com/a?!", "https://example.com/a"),
        ("**https://example.com/a**谢谢", "https://example.com/a"),
        ("http://localhost:8000/x, or", "http://localhost:8000/x"),
        ("WWW.Example.com/a.", "WWW.Example.com/a"),
        ("mailto:me@example.com.", "mailto:me@example.com"),
        # Titles keep their signs.
        ("https://zh.wikipedia.org/wiki/中文。", "https://zh.wikipedia.org/wiki/中文"),
        ("https://fr.wikipedia.org/wiki/Café,", "https://fr.wikipedia.org/wiki/Café"),
        ("https://a.org/Bose–Einstein_x.", "https://a.org/Bose–Einstein_x"),
        ("https://例え.jp/。", "https://例え.jp/"),
    ],
)
def test_a_link_ends_before_the_text_around_it(text: str, address: str) -> None:
    assert links_of(render_typed(text)) == [address]
    assert links_of(render_markdown(text)) == [address]


def test_two_links_in_a_sentence_are_two() -> None:
    text = "见https://example.com/a和https://example.com/b。"
    both = ["https://example.com/a", "https://example.com/b"]
    assert links_of(render_typed(text)) == links_of(render_markdown(text)) == both


def test_links_of_markdown_are_as_written() -> None:
    html = render_markdown(
        "[文档](https://example.com/a。) <https://example.com/b> ![图](https://a.b/c)"
    )
    assert links_of(html) == ["文档", "https://example.com/b", "图"]
    assert 'href="https://example.com/a%E3%80%82"' in html
