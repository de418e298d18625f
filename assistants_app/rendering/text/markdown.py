"""Markdown as safe HTML: one renderer for history, live stream and exports.

HTML in the text is shown as text. What comes out is cleaned once more, by a list of what is
allowed, so that a fault of the renderer is not a hole in the page.
"""

import functools
from collections.abc import Mapping, MutableMapping, Sequence
from types import MappingProxyType
from typing import Any

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from assistants_app.rendering.text.citations import Cited, citation_plugin
from assistants_app.rendering.text.math import math_plugin

HIGHLIGHT_MOST = 50_000  # characters; beyond that colours cost more than they tell
TAGS = {
    *("a", "b", "blockquote", "br", "button", "code", "del", "div", "em", "figcaption", "figure"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "span", "strong"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {
    "*": {"class"},
    "a": {"href", "title", "rel", "target", "download", "aria-label"},
    "button": {"type", "data-copy"},
    "div": {"tabindex"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "span": {"data-tex"},
    "td": {"align"},
    "th": {"align"},
}
_formatter = HtmlFormatter(nowrap=True, classprefix="hl-")


def render_markdown(
    text: str,
    downloads: Mapping[str, str] = MappingProxyType({}),
    citations: Mapping[str, Cited] = MappingProxyType({}),
) -> SafeString:
    """`text` as HTML that may stand in a page. `downloads`: file names by URLs of this site, links
    to which download; other URLs of the scheme ``sandbox`` lead nowhere. `citations`: what stands
    behind marks in the text; other marks stay text.
    """
    return clean(renderer().render(text, {"downloads": downloads, "citations": citations}))


def clean(html: str) -> SafeString:
    """Only what is allowed of `html`."""
    return SafeString(
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            link_rel=None,
            url_schemes={"http", "https", "mailto"},
        )
    )


@functools.cache
def renderer() -> MarkdownIt:
    """The parser and renderer, which has no state of its own."""
    md = MarkdownIt("commonmark", {"html": False, "linkify": True, "typographer": False})
    md.enable(["table", "strikethrough", "linkify"])
    math_plugin(md)
    citation_plugin(md)
    md.add_render_rule("fence", _fence)
    md.add_render_rule("code_block", _fence)
    md.add_render_rule("image", _image)
    md.add_render_rule("link_open", _link_open)
    md.add_render_rule("table_open", _table_open)
    md.add_render_rule("table_close", _table_close)
    md.add_render_rule("td_open", _cell_open)
    md.add_render_rule("th_open", _cell_open)
    return md


def code_figure(code: str, language: str, *, colours: bool = True) -> str:
    """A block of code with its language and a button that copies it."""
    shown = coloured(code, language) if colours else escapeHtml(code)
    return (
        f'<figure class="code"><figcaption><span>{escapeHtml(language or "text")}</span>'
        '<button type="button" class="btn ghost small copy" data-copy>Copy</button></figcaption>'
        f'<pre tabindex="0"><code>{shown}</code></pre></figure>'
    )


def coloured(code: str, language: str) -> SafeString:
    """Code with colours, if the language is known and the code not too long for that."""
    if not language or len(code) > HIGHLIGHT_MOST:
        return SafeString(escapeHtml(code))
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return SafeString(escapeHtml(code))
    return SafeString(highlight(code, lexer, _formatter))


Env = MutableMapping[str, Any]


def _fence(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    token = tokens[index]
    language = token.info.split()[0] if token.info.split() else ""
    return code_figure(token.content, language)


def _image(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    """A link: loading an image from elsewhere would tell its host who reads what."""
    token = tokens[index]
    source = escapeHtml(str(token.attrs.get("src", "")))
    label = escapeHtml(token.content) or source
    return f'<a href="{source}" rel="noopener noreferrer" target="_blank">{label}</a>'


def _link_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    given = str(tokens[index].attrs.get("href", ""))
    href = escapeHtml(given)
    if name := env.get("downloads", {}).get(given):
        return f'<a href="{href}" class="download" download="{escapeHtml(name)}">'
    return f'<a href="{href}" rel="noopener noreferrer" target="_blank">'


def _table_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    return '<div class="table" tabindex="0"><table>'


def _table_close(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    return "</table></div>"


def _cell_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    """The alignment as an attribute: markdown-it writes a style, which the page's policy bars."""
    token = tokens[index]
    style = str(token.attrs.get("style", ""))
    side = style.removeprefix("text-align:")
    return f'<{token.tag} align="{side}">' if side else f"<{token.tag}>"
