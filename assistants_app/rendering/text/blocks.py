"""Growing markdown, block by block: finished blocks once, the last one again and again.

Whether a block is finished is decided on complete lines alone: a half-arrived ``3`` would close an
ordered list that ``3.`` continues. Documents with link reference definitions may still differ from
their full rendering, which the completed message repairs.
"""

import re
from dataclasses import dataclass

from django.utils.safestring import SafeString

from assistants_app.rendering.text.markdown import clean, code_figure, render_markdown, renderer

LONG_FENCE = 2048  # characters of open code after which colours wait until it is closed
_NEWLINE = re.compile(r"\r\n?")
_FENCE = re.compile(r" {0,3}(?:(`{3,})([^`\n]*)|(~{3,})([^\n]*))\n")


@dataclass(frozen=True, slots=True)
class Update:
    """What changed: blocks that became final, and the HTML of what still grows."""

    committed: SafeString
    live: SafeString


@dataclass(frozen=True, slots=True)
class _OpenFence:
    """A block of code that has no end yet."""

    language: str
    code: str


class BlockStream:
    """One growing markdown text. The cost of a flush depends on the last block, not on the text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._tail = ""
        self._committed: list[SafeString] = []
        self._live = SafeString("")
        self._grown = False

    def feed(self, text: str) -> None:
        """More text."""
        self._parts.append(text)
        self._tail += text
        self._grown = True

    def flush(self) -> Update | None:
        """What changed since the last flush, None if nothing did."""
        if not self._grown:
            return None
        self._grown = False
        self._tail = _with_plain_newlines(self._tail)
        end = _end_of_finished(self._tail)
        committed = SafeString("")
        if end:
            committed = render_markdown(self._tail[:end])
            self._committed.append(committed)
            self._tail = self._tail[end:]
        self._live = _render_live(self._tail)
        return Update(committed, self._live)

    @property
    def text(self) -> str:
        """All that was fed."""
        return "".join(self._parts)

    @property
    def html(self) -> SafeString:
        """Everything as of the last flush."""
        return SafeString("".join(self._committed) + self._live)


def _with_plain_newlines(text: str) -> str:
    """The newlines that markdown-it counts by; a carriage return at the end may be half of one."""
    held = "\r" if text.endswith("\r") else ""
    return _NEWLINE.sub("\n", text.removesuffix(held)) + held


def _end_of_finished(tail: str) -> int:
    """Where the last block of the complete lines begins: what is before it is final."""
    complete = tail[: tail.rfind("\n") + 1]
    if "\n" not in complete.rstrip("\n") or _open_fence(complete):
        return 0
    starts = [
        token.map[0]
        for token in renderer().parse(complete)
        if token.level == 0 and token.nesting >= 0 and token.map
    ]
    lines = complete.split("\n")[:-1]
    open_math = _open_math(lines)
    last = max((start for start in starts if start <= open_math), default=0)
    return sum(len(line) + 1 for line in lines[:last])


def _open_math(lines: list[str]) -> int:
    """The line where a formula may begin that has no end yet; if there is none, the last line.

    Half a formula looks like paragraphs and lists, and none of them may be final. No formula spans
    a blank line.
    """
    opened = len(lines)
    bracket_closed = dollar_closed = False
    for number in range(len(lines) - 1, -1, -1):
        text = lines[number].strip()
        if not text:
            break
        bracket = text.startswith("\\[") and not text.endswith("\\]")
        dollar = text.startswith("$$") and "$$" not in text[2:]
        if (bracket and not bracket_closed) or (dollar and not dollar_closed):
            opened = number
        bracket_closed = bracket_closed or text.endswith("\\]")
        dollar_closed = dollar_closed or text.endswith("$$")
    return opened


def _open_fence(text: str) -> _OpenFence | None:
    """The code that `text` is, if it is nothing but that and still open: there is no more to parse.

    A fence is closed by a line of as many of its marks, or more.
    """
    match = _FENCE.match(text)
    if match is None:
        return None
    marks = match[1] or match[3]
    closing = re.compile(rf"^ {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*$", re.MULTILINE)
    if closing.search(text, match.end()):
        return None
    words = (match[2] or match[4] or "").split()
    return _OpenFence(words[0] if words else "", text[match.end() :])


def _render_live(tail: str) -> SafeString:
    if len(tail) > LONG_FENCE and (fence := _open_fence(tail)):
        return clean(code_figure(fence.code, fence.language, colours=False))
    return render_markdown(tail)
