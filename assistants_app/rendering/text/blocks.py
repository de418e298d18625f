"""Growing markdown, block by block: a finished block is rendered once, the last block each time.

A long block of code, which is common, isn't rendered each time either: only its new text is passed
on.

Only complete lines decide whether a block is finished, because half of ``3.`` would end the
ordered list that the whole continues. Link reference definitions may still make a difference to
the full rendering, which replaces this one when the message is complete.
"""

import re
from dataclasses import dataclass

from django.utils.safestring import SafeString
from markdown_it.token import Token

from assistants_app.rendering.text.markdown import clean, code_figure, render_markdown, renderer

# Characters of open code after which its text is only appended, without colours until it is closed.
LONG_FENCE = 2048
_NEWLINE = re.compile(r"\r\n?")
_FENCE = re.compile(r" {0,3}(?:(`{3,}+)([^`\n]*+)|(~{3,}+)([^\n]*+))\n")


@dataclass(frozen=True, slots=True)
class Update:
    """A change: the HTML of blocks that became final, and of the block that still grows.

    `live` is None if that block has only grown: `more` is then appended to its code, as text.
    """

    committed: SafeString
    live: SafeString | None
    more: str = ""


class _LongFence:
    """A long code block that isn't closed yet."""

    def __init__(self, language: str, marks: str) -> None:
        self.language = language
        self.shown: list[str] = []
        self._closing = _closing_line(marks)
        self._beginning = re.compile(rf" {{0,3}}{marks[0]}*[ \t]*")
        self._waiting = ""  # a last line that may still become the end of the block
        self._within_line = False  # whether the shown text ends within a line

    def take(self, text: str) -> str | None:
        """Add text, and return what the code has grown by, or None if the block ends in it."""
        text = self._waiting + text
        last = text.rfind("\n") + 1
        first = text.find("\n") + 1 if self._within_line else 0
        if (first or not self._within_line) and self._closing.search(text, first, last):
            self._waiting = text
            return None
        line_begins = last > 0 or not self._within_line
        waits = line_begins and self._beginning.fullmatch(text, last)
        end = last if waits else len(text)
        more, self._waiting = text[:end], text[end:]
        if more:
            self._within_line = not more.endswith("\n")
            self.shown.append(more)
        return more

    @property
    def code(self) -> str:
        """Return all of its text."""
        return "".join(self.shown) + self._waiting

    @property
    def html(self) -> SafeString:
        """Return the block as it is shown."""
        return clean(code_figure("".join(self.shown), self.language, colours=False))


class BlockStream:
    """A growing markdown text. The time for a flush depends on the last block, not on the text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._fresh: list[str] = []
        self._tail = ""  # the text of the last block; of a long fence, its first line
        self._fence: _LongFence | None = None
        self._return = ""  # a carriage return at the end, which may be half of a newline
        self._committed: list[SafeString] = []
        self._live = SafeString("")

    def feed(self, text: str) -> None:
        """Add text."""
        self._parts.append(text)
        self._fresh.append(text)

    def flush(self) -> Update | None:
        """Return the change since the last flush, or None."""
        if not self._fresh:
            return None
        fresh = self._take_fresh()
        if self._fence is not None:
            more = self._fence.take(fresh)
            if more is not None:
                return Update(SafeString(""), None, more)
            fresh, self._fence = self._fence.code, None
        self._tail += fresh
        end = _end_of_finished(self._tail)
        committed = SafeString("")
        if end:
            committed = render_markdown(self._tail[:end])
            self._committed.append(committed)
            self._tail = self._tail[end:]
        self._live = self._render_live()
        return Update(committed, self._live)

    def _take_fresh(self) -> str:
        # markdown-it counts lines by these newlines.
        fresh = self._return + "".join(self._fresh)
        self._fresh.clear()
        self._return = "\r" if fresh.endswith("\r") else ""
        return _NEWLINE.sub("\n", fresh.removesuffix("\r"))

    def _render_live(self) -> SafeString:
        fence = _open_fence(self._tail) if len(self._tail) > LONG_FENCE else None
        if fence is None:
            return render_markdown(self._tail + self._return)
        self._fence = _LongFence(fence.language, fence.marks)
        self._fence.take(fence.code)
        self._tail = self._tail.removesuffix(fence.code)
        return self._fence.html

    @property
    def live(self) -> SafeString:
        """Return the HTML of the block that still grows, as of the last flush."""
        return self._fence.html if self._fence else self._live

    @property
    def text(self) -> str:
        """Return the text so far."""
        return "".join(self._parts)

    @property
    def html(self) -> SafeString:
        """Return the HTML as of the last flush."""
        return SafeString("".join(self._committed) + self.live)


@dataclass(frozen=True, slots=True)
class _OpenFence:
    """A code block that isn't closed yet. `marks` are those that it began with."""

    language: str
    marks: str
    code: str


def _end_of_finished(tail: str) -> int:
    """Return how much of the text is final: all but the last block of its complete lines.

    A code block that has been closed is final, too.
    """
    complete = tail[: tail.rfind("\n") + 1]
    if "\n" not in complete.rstrip("\n") or _open_fence(complete):
        return 0
    blocks = [
        token
        for token in renderer().parse(complete)
        if token.level == 0 and token.nesting >= 0 and token.map
    ]
    lines = complete.split("\n")[:-1]
    last = _end_of_closed_fence(blocks[-1], lines) if blocks else 0
    if not last:
        open_math = _open_math(lines)
        starts = (token.map[0] for token in blocks if token.map)
        last = max((start for start in starts if start <= open_math), default=0)
    return sum(len(line) + 1 for line in lines[:last])


def _end_of_closed_fence(block: Token, lines: list[str]) -> int:
    """Return the line after the block, or 0 if it is no code block that has been closed."""
    # Such a block can be long, and its colours take time: 100 ms for 50 KB. Else each frame would
    # render it again until the next block has a complete line.
    if block.type != "fence" or not block.map:
        return 0
    begin, end = block.map
    closed = end - begin > 1 and _closing_line(block.markup).fullmatch(lines[end - 1])
    # The beginning of a formula before it could still make all of it a formula.
    return end if closed and _open_math(lines[:begin]) == begin else 0


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
    marks = match[1] or match[3]
    if _closing_line(marks).search(text, match.end()):
        return None
    words = (match[2] or match[4] or "").split()
    return _OpenFence(words[0] if words else "", marks, text[match.end() :])


def _closing_line(marks: str) -> re.Pattern[str]:
    # A line with at least the same number of marks closes the block.
    return re.compile(rf"^ {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*$", re.MULTILINE)
