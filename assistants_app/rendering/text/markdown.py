"""Messages as safe HTML, with one renderer for history, live stream and exports.

Models write Markdown; people write text, which is shown as typed. HTML in the text is shown as
text, except for tags that only format. The result also passes an allowlist of tags and
attributes, so that a bug in the renderer isn't a hole in the page.
"""

import functools
from collections.abc import Callable, Mapping, MutableMapping, Sequence
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
from assistants_app.rendering.text.direction import direction_plugin
from assistants_app.rendering.text.emphasis import emphasis_plugin
from assistants_app.rendering.text.html_tags import FOLDED, PAIRED, VOID, html_plugin
from assistants_app.rendering.text.links import link_plugin, links_in
from assistants_app.rendering.text.math import math_plugin
from assistants_app.rendering.text.typed import TypedCode, TypedText, parts_of

HIGHLIGHT_MOST = 50_000  # characters; longer code has no colours, which would take too long
TAGS = {
    *(
        "a",
        "b",
        "bdi",
        "blockquote",
        "br",
        "button",
        "code",
        "del",
        "div",
        "em",
        "figcaption",
        "figure",
    ),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "span", "strong"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
    *(PAIRED | VOID | FOLDED),
}
ATTRIBUTES = {
    "*": {"class", "dir"},
    "a": {"href", "title", "rel", "target", "download", "aria-label"},
    "button": {"type", "data-copy"},
    "details": {"open"},
    "div": {"tabindex"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "span": {"data-tex"},
    "td": {"align"},
    "th": {"align"},
}
_ELSEWHERE = 'rel="noopener noreferrer" target="_blank"'
# Returns the HTML of an image, or "" if it isn't one that the page can show: from its URL, its
# description, and whether it is in a link.
Draw = Callable[[str, str, bool], str]
_formatter = HtmlFormatter(nowrap=True, classprefix="hl-")


def render_markdown(
    text: str,
    downloads: Mapping[str, str] = MappingProxyType({}),
    citations: Mapping[str, Cited] = MappingProxyType({}),
    picture: Draw | None = None,
) -> SafeString:
    """Return `text` as HTML that is safe in a page.

    `downloads`: file names by URLs of this site; links to these URLs download the file.
    `citations`: the citations of the text by their marks; other marks stay text.
    `picture`: draws an image whose URL is in `downloads`. Without it, images become links.
    """
    env: Env = {"downloads": downloads, "citations": citations, "picture": picture, "drawn": []}
    html = str(clean(renderer().render(text, env)))
    # Only now, because the allowlist has neither images nor the buttons that enlarge them.
    for number, drawn in enumerate(env["drawn"]):
        html = html.replace(_place_of_picture(number), drawn)
    return SafeString(html)


def render_typed(text: str) -> SafeString:
    """Return a person's text as HTML: as typed, with its links and with fenced code."""
    return clean("".join(map(_render_part, parts_of(text))))


def clean(html: str) -> SafeString:
    """Return `html` without tags, attributes and URL schemes that aren't allowed."""
    return SafeString(
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            link_rel=None,
            # Models write links such as sandbox:/mnt/data/plot.png, which lead nowhere here.
            url_schemes={"http", "https", "mailto"},
        )
    )


@functools.cache
def renderer() -> MarkdownIt:
    """Return the parser and renderer."""
    # It keeps no state between texts, so all threads share it.
    md = MarkdownIt("commonmark", {"html": False, "linkify": True, "typographer": False})
    md.enable(["table", "strikethrough", "linkify"])
    emphasis_plugin(md)
    link_plugin(md)
    math_plugin(md)
    html_plugin(md)
    citation_plugin(md)
    direction_plugin(md)
    md.add_render_rule("fence", _render_fence)
    md.add_render_rule("code_block", _render_fence)
    md.add_render_rule("image", _render_image)
    md.add_render_rule("link_open", _link_open)
    md.add_render_rule("table_open", _table_open)
    md.add_render_rule("table_close", _table_close)
    md.add_render_rule("td_open", _cell_open)
    md.add_render_rule("th_open", _cell_open)
    return md


def code_figure(code: str, language: str, *, colours: bool = True) -> str:
    """Return a block of code with its language and a button to copy it."""
    shown = coloured(code, language) if colours else escapeHtml(code)
    return (
        f'<figure class="code" dir="ltr"><figcaption><span>{escapeHtml(language or "text")}</span>'
        '<button type="button" class="btn ghost small copy" data-copy>Copy</button></figcaption>'
        f'<pre tabindex="0"><code>{shown}</code></pre></figure>'
    )


def coloured(code: str, language: str) -> SafeString:
    """Return code as HTML, with colours if the language is known and the code isn't too long."""
    if not language or len(code) > HIGHLIGHT_MOST:
        return SafeString(escapeHtml(code))
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return SafeString(escapeHtml(code))
    return SafeString(highlight(code, lexer, _formatter))


Env = MutableMapping[str, Any]


def _render_part(part: TypedText | TypedCode) -> str:
    if isinstance(part, TypedCode):
        return code_figure(part.code, part.language)
    html: list[str] = []
    shown = 0
    for link in links_in(part.text):
        href = escapeHtml(renderer().normalizeLink(link.url))
        html.append(escapeHtml(part.text[shown : link.index]))
        html.append(f'<a href="{href}" {_ELSEWHERE}>{escapeHtml(link.text)}</a>')
        shown = link.last_index
    html.append(escapeHtml(part.text[shown:]))
    return f'<p class="typed" dir="auto">{"".join(html)}</p>'


def _render_fence(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    token = tokens[index]
    language = token.info.split()[0] if token.info.split() else ""
    return code_figure(token.content, language)


def _render_image(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    token = tokens[index]
    source = str(token.attrs.get("src", ""))
    name = env.get("downloads", {}).get(source)
    draw: Draw | None = env.get("picture")
    if name and draw and (html := draw(source, token.content, _is_in_link(tokens, index))):
        env["drawn"].append(html)
        return _place_of_picture(len(env["drawn"]) - 1)
    label = escapeHtml(token.content or name or source)
    # A link instead of an image, because loading the image would tell its host who reads what.
    kind = f'class="download" download="{escapeHtml(name)}"' if name else _ELSEWHERE
    return f'<a href="{escapeHtml(source)}" {kind}>{label}</a>'


def _place_of_picture(number: int) -> str:
    # No text of a model becomes this: it can write neither classes nor empty spans.
    return f'<span class="picture-{number}"></span>'


def _is_in_link(tokens: Sequence[Token], index: int) -> bool:
    kinds = [token.type for token in tokens[:index]]
    return kinds.count("link_open") > kinds.count("link_close")


def _link_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    given = str(tokens[index].attrs.get("href", ""))
    href = escapeHtml(given)
    if name := env.get("downloads", {}).get(given):
        return f'<a href="{href}" class="download" download="{escapeHtml(name)}">'
    return f'<a href="{href}" {_ELSEWHERE}>'


def _table_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    return '<div class="table" tabindex="0"><table>'


def _table_close(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    return "</table></div>"


def _cell_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Env) -> str:
    # An attribute, because the content security policy forbids the style that markdown-it writes.
    token = tokens[index]
    style = str(token.attrs.get("style", ""))
    side = style.removeprefix("text-align:")
    align = f' align="{side}"' if side else ""
    return f'<{token.tag} dir="auto"{align}>'
