"""What a person typed: plain text with links and fenced code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([^`\n]*)")


@dataclass(frozen=True, slots=True)
class TypedText:
    """Text, as typed."""

    text: str


@dataclass(frozen=True, slots=True)
class TypedCode:
    """The inside of a fence, without the fence's indentation."""

    code: str
    language: str


def parts_of(text: str) -> Iterator[TypedText | TypedCode]:
    """Yield the parts of a text. A fence without an end is text, too."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    shown = number = 0
    endless: set[str] = set()  # marks without an end; looking again would take quadratic time
    while number < len(lines):
        fence = _FENCE.fullmatch(lines[number])
        end = _end_of_fence(lines, number, fence[1], endless) if fence else None
        if fence is None or end is None:
            number += 1
            continue
        yield from _text_of(lines[shown:number])
        indent = len(lines[number]) - len(lines[number].lstrip())
        code = "".join(f"{_dedented(line, indent)}\n" for line in lines[number + 1 : end])
        words = fence[2].split()
        yield TypedCode(code, words[0] if words else "")
        shown = number = end + 1
    yield from _text_of(lines[shown:])


def _end_of_fence(lines: list[str], begin: int, marks: str, endless: set[str]) -> int | None:
    if marks in endless:
        return None
    for number in range(begin + 1, len(lines)):
        line = lines[number].strip()
        if line.startswith(marks) and not line.strip(marks[0]):
            return number
    endless.add(marks)
    return None


def _dedented(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip())) :]


def _text_of(lines: list[str]) -> Iterator[TypedText]:
    # A blank line next to code only separates the two.
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield TypedText(text)
