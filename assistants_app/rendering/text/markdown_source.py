"""Messages as parts of a Markdown document: none of them changes how the others look."""

import functools
import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistants_app.rendering.text.typed import TypedCode, parts_of

DEEPEST = 6  # levels of headings
_MARKS = re.compile(
    r"[\\`*\[]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|~(?=~)|(?<=~)~"
)
_LINE_MARK = re.compile(r"#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=:|][-=:| ]*$|\|")
_NUMBER_MARK = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
# Blocks of HTML that go on until their own end, or else until that of the document.
_ENDLESS = (
    ("<!--", "-->"),
    ("<?", "?>"),
    ("<![CDATA[", "]]>"),
    ("<script", "</script>"),
    ("<pre", "</pre>"),
    ("<style", "</style>"),
    ("<textarea", "</textarea>"),
    ("<!", ">"),
)
_DETAILS = re.compile(r"<(/?)details\b[^<>]*>", re.IGNORECASE)


def one_line_source(text: str) -> str:
    """Return the Markdown that shows a text, such as a title, on one line."""
    return _MARKS.sub(r"\\\g<0>", " ".join(text.split()))


def typed_source(text: str) -> str:
    """Return the Markdown that shows a person's text as typed."""
    return "\n\n".join(
        _fenced(part) if isinstance(part, TypedCode) else _escaped_lines(part.text)
        for part in parts_of(text)
    )


def reply_source(text: str, level: int) -> str:
    """Return a reply that ends all that it begins, with its headings below those of `level`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    lines = text.split("\n")
    tokens = _parser().parse(text)
    for token in reversed(tokens):
        if token.level == 0 and token.map:
            _contain(token, lines, level)
    open_details = sum(-1 if tag[1] else 1 for tag in _DETAILS.finditer(_html_of(tokens)))
    return "\n".join(lines) + "\n\n</details>" * max(open_details, 0)


def _contain(token: Token, lines: list[str], level: int) -> None:
    begin, end = token.map or (0, 0)
    if token.type == "heading_open":
        depth = min(int(token.tag[1:]) + level, DEEPEST)
        is_underlined = token.markup[0] != "#"
        title = lines[begin : end - 1] if is_underlined else [lines[begin].lstrip().lstrip("#")]
        lines[begin:end] = ["#" * depth + " " + " ".join(line.strip() for line in title)]
    elif token.type == "fence":
        last = lines[end - 1].strip()
        is_closed = end - begin > 1 and last.startswith(token.markup)
        if not is_closed or last.strip(token.markup[0]):
            lines.insert(end, token.markup)
    elif token.type == "html_block":
        html = token.content.lstrip().lower()
        for opening, closing in _ENDLESS:
            if html.startswith(opening.lower()):
                if closing.lower() not in html[len(opening) :]:
                    # What follows is Markdown again, as in the reply.
                    rest = "\n".join(lines[begin:end]).replace("<", "\\<", 1)
                    lines[begin:end] = reply_source(rest, level).split("\n")
                return


def _html_of(tokens: list[Token]) -> str:
    each = (one for token in tokens for one in (token, *(token.children or ())))
    return "".join(token.content for token in each if token.type.startswith("html_"))


def _escaped_lines(text: str) -> str:
    lines = [_escaped_line(line) for line in text.split("\n")]
    # A backslash is a line break where a paragraph goes on.
    followed = [*(bool(line) for line in lines[1:]), False]
    return "\n".join(
        line + "\\" if line and more else line for line, more in zip(lines, followed, strict=True)
    )


def _escaped_line(line: str) -> str:
    bare = line.expandtabs(4).lstrip(" ")
    if not bare:
        return ""
    # Spaces would be lost, or make it code.
    indent = "&nbsp;" * (len(line.expandtabs(4)) - len(bare))
    escaped = _MARKS.sub(r"\\\g<0>", bare.rstrip())
    if _LINE_MARK.match(bare):
        escaped = "\\" + escaped
    elif _NUMBER_MARK.match(bare):
        escaped = _NUMBER_MARK.sub(r"\1\\\2", escaped, count=1)
    return indent + escaped


def _fenced(part: TypedCode) -> str:
    longest = max((len(run) for run in re.findall(r"`+", part.code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{part.language}\n{part.code}{fence}"


@functools.cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")
