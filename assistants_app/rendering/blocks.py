"""Growing markdown, block by block: finished blocks once, the last one again and again.

Whether a block is finished is decided on complete lines alone: a half-arrived ``3`` would close an
ordered list that ``3.`` continues. Documents with link reference definitions may still differ from
their full rendering, which the completed message repairs.
"""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from assistants_app.rendering.markdown import clean, code_figure, render_markdown, renderer

LONG_FENCE = 2048  # characters of open code after which colours wait until it is closed


@dataclass(frozen=True, slots=True)
class Update:
    """What changed: blocks that became final, and the HTML of what still grows."""

    committed: SafeString
    live: SafeString


class BlockStream:
    """One growing markdown text. The cost of a flush depends on the last block, not on the text."""

    def __init__(self) -> None:
        self._tail = ""
        self._committed: list[SafeString] = []
        self._live = SafeString("")
        self._grown = False

    def feed(self, text: str) -> None:
        """More text."""
        self._tail += text
        self._grown = True

    def flush(self) -> Update | None:
        """What changed since the last flush, None if nothing did."""
        if not self._grown:
            return None
        self._grown = False
        end = self._end_of_finished()
        committed = SafeString("")
        if end:
            committed = render_markdown(self._tail[:end])
            self._committed.append(committed)
            self._tail = self._tail[end:]
        self._live = _render_live(self._tail)
        return Update(committed, self._live)

    @property
    def html(self) -> SafeString:
        """Everything as of the last flush."""
        return SafeString("".join(self._committed) + self._live)

    def _end_of_finished(self) -> int:
        """Where the last block of the complete lines begins: what is before it is final."""
        complete = self._tail[: self._tail.rfind("\n") + 1]
        if "\n" not in complete.rstrip("\n") or _is_open_fence(complete):
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
    """The line where a formula begins that has no end yet; if there is none, the last line.

    Half a formula looks like paragraphs and lists, and none of them may be final.
    """
    opened = len(lines)
    for number, line in enumerate(lines):
        text = line.strip()
        if opened < number and (not text or text.endswith(("\\]", "$$"))):
            opened = len(lines)
        elif opened > number and text in {"\\[", "$$"}:
            opened = number
    return opened


def _is_open_fence(text: str) -> bool:
    """Whether the text is one block of code that has no end yet: then there is nothing to parse."""
    return text.startswith("```") and "\n```" not in text


def _render_live(tail: str) -> SafeString:
    if len(tail) > LONG_FENCE and _is_open_fence(tail):
        head, _, code = tail.partition("\n")
        return clean(code_figure(code, head.strip("` "), colours=False))
    return render_markdown(tail)
