"""Growing markdown, block by block: a finished block is rendered once, the last block each time.

Only complete lines decide whether a block is finished, because half of ``3.`` would end the
ordered list that the whole continues. Link reference definitions may still make a difference to
the full rendering, which replaces this one when the message is complete.
"""

import re
from dataclasses import dataclass

from django.utils.safestring import SafeString

from assistants_app.rendering.text.markdown import clean, code_figure, render_markdown, renderer

LONG_FENCE = 2048  # characters of open code after which colours wait until it is closed
_NEWLINE = re.compile(r"\r\n?")
_FENCE = re.compile(r" {0,3}(?:(`{3,}+)([^`\n]*+)|(~{3,}+)([^\n]*+))\n")


@dataclass(frozen=True, slots=True)
class Update:
    """A change: the HTML of blocks that became final, and of the block that still grows."""

    committed: SafeString
    live: SafeString


@dataclass(frozen=True, slots=True)
class _OpenFence:
    """A code block that isn't closed yet."""

    language: str
    code: str


class BlockStream:
    """A growing markdown text. The time for a flush depends on the last block, not on the text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._tail = ""
        self._committed: list[SafeString] = []
        self._live = SafeString("")
        self._grown = False

    def feed(self, text: str) -> None:
        """Add text."""
        self._parts.append(text)
        self._tail += text
        self._grown = True

    def flush(self) -> Update | None:
        """Return the change since the last flush, or None."""
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
        """Return the text so far."""
        return "".join(self._parts)

    @property
    def html(self) -> SafeString:
        """Return the HTML as of the last flush."""
        return SafeString("".join(self._committed) + self._live)


def _with_plain_newlines(text: str) -> str:
    # markdown-it counts lines by these newlines. A carriage return at the end may be half of one.
    held = "\r" if text.endswith("\r") else ""
    return _NEWLINE.sub("\n", text.removesuffix(held)) + held


def _end_of_finished(tail: str) -> int:
    """Return where the last block of the complete lines begins. Everything before it is final."""
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
    """Return the first line of a formula that has no end yet, or else the number of lines."""
    # Half a formula looks like paragraphs and lists, and none of them may become final.
    opened = len(lines)
    bracket_closed = dollar_closed = False
    for number in range(len(lines) - 1, -1, -1):
        text = lines[number].strip()
        if not text:  # no formula contains a blank line
            break
        bracket = text.startswith("\\[") and not text.endswith("\\]")
        dollar = text.startswith("$$") and "$$" not in text[2:]
        if (bracket and not bracket_closed) or (dollar and not dollar_closed):
            opened = number
        bracket_closed = bracket_closed or text.endswith("\\]")
        dollar_closed = dollar_closed or text.endswith("$$")
    return opened


def _open_fence(text: str) -> _OpenFence | None:
    """Return the open code block, if `text` consists of nothing else."""
    # Long code is common, and parsing all of it for each frame would be slow.
    match = _FENCE.match(text)
    if match is None:
        return None
    # A line with at least the same number of marks closes the block.
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
